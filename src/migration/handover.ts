/** Which objects of a namespace a workload takes over: what has a child's name, and what scales, opens or keeps its pods. Pure. */
import type { KubeObject } from "kopf-ts";
import { kindsWith } from "../expand/child-kinds.ts";
import { couldMatch, type LabelSelector } from "../kubernetes/selectors.ts";
import { podLabelsOf, runnerOf } from "./running.ts";

export interface Named {
  readonly kind: string;
  readonly name: string;
}

export const nameOf = ({ kind = "", metadata }: KubeObject): Named => ({ kind, name: metadata.name });

interface CompanionSpec {
  readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string };
  readonly selector?: LabelSelector;
  readonly defaultBackend?: Backend;
  readonly rules?: readonly { readonly http?: { readonly paths?: readonly { readonly backend?: Backend }[] } }[];
}

interface Backend {
  readonly service?: { readonly name?: string };
}

const specOf = (object: KubeObject): CompanionSpec => (object["spec"] ?? {}) as CompanionSpec;

/** In the order in which they were read. `own` is the SecureWorkload, where it is written already: it says what its Services are called. */
export function handedOver(workload: string, running: readonly KubeObject[], own?: KubeObject): readonly KubeObject[] {
  const runner = runnerOf(workload, running);
  const { serviceNames = [] } = (own?.["spec"] ?? {}) as { readonly serviceNames?: readonly Pick<Named, "name">[] };
  const names = serviceNames.map(({ name }) => name);
  const kinds = kindsWith(names);
  return running.filter(
    (object) =>
      hasChildName(object, workload, kinds) || (runner !== undefined && isBeside(object, runner, [workload, ...names])),
  );
}

const hasChildName = ({ kind, metadata }: KubeObject, workload: string, kinds: ReturnType<typeof kindsWith>): boolean =>
  kinds.some(({ resource, nameFor }) => resource.kind === kind && nameFor(workload) === metadata.name);

function isBeside(object: KubeObject, runner: KubeObject, services: readonly string[]): boolean {
  const spec = specOf(object);
  switch (object.kind) {
    case "HorizontalPodAutoscaler":
      return spec.scaleTargetRef?.kind === runner.kind && spec.scaleTargetRef?.name === runner.metadata.name;
    case "ScaledObject":
      return (
        (spec.scaleTargetRef?.kind ?? "Deployment") === runner.kind &&
        spec.scaleTargetRef?.name === runner.metadata.name
      );
    case "PodDisruptionBudget":
      return spec.selector !== undefined && isOnlyOf(spec.selector, runner);
    case "Ingress":
      return leadsOnlyTo(spec, services);
    default:
      return false;
  }
}

/** An empty selector is everybody's. */
function isOnlyOf(selector: LabelSelector, runner: KubeObject): boolean {
  const isEmpty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  return !isEmpty && couldMatch(selector, podLabelsOf(runner));
}

/** An Ingress that leads elsewhere too is nobody's to give away. */
function leadsOnlyTo({ defaultBackend, rules = [] }: CompanionSpec, services: readonly string[]): boolean {
  const backends = [
    ...(defaultBackend === undefined ? [] : [defaultBackend]),
    ...rules.flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend)),
  ];
  return backends.length > 0 && backends.every((backend) => services.includes(backend?.service?.name ?? ""));
}
