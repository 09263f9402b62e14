/**
 * Flux's health check expressions (Flux RFC 0009), as a patch of a Kustomization. Flux looks at `status.observedGeneration` by itself first, then
 * asks `inProgress`, `failed` and `current` in this order; what none of them says is in progress.
 */
import { apiVersionOf } from "kopf-ts";
import { yamlFile } from "../generated-file.ts";
import { KIND_HEALTH, type KindHealth, reasonsOf } from "./health.ts";

export interface HealthCheckExpressions {
  readonly apiVersion: string;
  readonly kind: string;
  readonly inProgress: string;
  readonly failed: string;
  readonly current: string;
}

const list = (words: readonly string[]): string => `[${words.map((word) => `'${word}'`).join(", ")}]`;

const holds = (type: string): string => `status.conditions.exists(c, c.type == '${type}' && c.status == 'True')`;

function healthCheckOf(kind: KindHealth): HealthCheckExpressions {
  const { resource, condition } = kind;
  const fails = (words: readonly string[]): string =>
    `status.conditions.exists(c, c.type == '${condition}' && c.status != 'True' && c.reason in ${list(words)})`;
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    inProgress: `!has(status.conditions) || ${holds("Reconciling")} || ${fails(reasonsOf(kind, "Progressing"))}`,
    failed: `has(status.conditions) && (${holds("Stalled")} || ${fails(reasonsOf(kind, "Degraded"))})`,
    current: `has(status.conditions) && (${holds(condition)}${condition === "Ready" ? "" : ` || ${fails(reasonsOf(kind, "Healthy"))}`})`,
  };
}

export const HEALTH_CHECKS: readonly HealthCheckExpressions[] = KIND_HEALTH.map(healthCheckOf);

export const fluxFile = yamlFile(
  "charts/palisade/gitops/flux/health-checks.yaml",
  () => [
    {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: "any" },
      spec: { healthCheckExprs: HEALTH_CHECKS },
    },
  ],
  "patches: [{ path: health-checks.yaml, target: { kind: Kustomization, group: kustomize.toolkit.fluxcd.io } }]",
);
