/** What a SecureWorkload `web` of namespace `shop` is expanded from; each test names only what matters to it. */
import type { KubeObject } from "kopf-ts";
import { parseSecureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import { type ClusterFacts, type ExpandInput, NO_PLATFORM } from "../../src/expand/input.ts";
import { resolvedAll } from "./resolved.ts";
import { aWorkload } from "./workloads.ts";

export const NO_FACTS: ClusterFacts = { dns: undefined, apiServer: undefined, podSecurityVersion: "v1.37" };

/** Throws what the API would refuse the spec with. */
export function anInput(spec: object = {}, more: Partial<ExpandInput> = {}): ExpandInput {
  const parsed = parseSecureWorkload(aWorkload("web", "shop", spec));
  if (!parsed.ok) throw new Error(parsed.errors.join("; "));
  return {
    workload: { name: "web", namespace: "shop", uid: "u", labels: {} },
    spec: parsed.value.spec,
    identity: { uid: 10_001, userNamespace: true },
    facts: NO_FACTS,
    platform: NO_PLATFORM,
    resolved: resolvedAll("web", parsed.value.spec),
    ...more,
  };
}

export const specOf = (object: KubeObject | undefined): Record<string, unknown> =>
  (object?.["spec"] ?? {}) as Record<string, unknown>;
