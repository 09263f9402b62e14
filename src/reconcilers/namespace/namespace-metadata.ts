import { CLEAR_SINCE_ANNOTATION, ENROLMENT_LABEL } from "../../crds/group.ts";
import { type Enrolment, labelOfEnrolment } from "../../crds/v1alpha1/enrolment.ts";
import { isTelling, MODES, securedLabels, TELLING_MODES } from "../../kubernetes/pod-security.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { Foreign, NamespaceRecord } from "../../state/records/namespace.ts";

type Marks = Readonly<Record<string, string>>;

/** What a team set to be warned of stays while its namespace is only observed. */
const tellingLabels = (podSecurity: Marks): Marks =>
  Object.fromEntries(Object.entries(podSecurity).filter(([label]) => isTelling(label)));

/** What closes the namespace: asked for in every pass of each of its workloads, so it looks at none of them. */
export function labelsFor(
  namespace: string,
  { podSecurity }: NamespaceRecord,
  enrolment: Enrolment,
  state: ClusterState,
): Marks {
  const version = state.facts().podSecurityVersion;
  const modes = enrolment === "Observing" ? TELLING_MODES : MODES;
  const enforced = state.exceptions.podSecurityLevel(namespace);
  return {
    ...securedLabels(podSecurity, version, { modes, enforced }),
    ...(enrolment === "Observing" ? tellingLabels(podSecurity) : {}),
    [ENROLMENT_LABEL]: labelOfEnrolment(enrolment),
  };
}

/** Since when nothing foreign makes pods, as this replica noted it or one before it; undefined where nobody did. */
export function clearSince(namespace: string, { memory, namespaces }: ClusterState): number | undefined {
  const noted = Date.parse(namespaces.get(namespace)?.marks[CLEAR_SINCE_ANNOTATION] ?? "");
  return memory.ofNamespace(namespace).clearSinceMs ?? (Number.isNaN(noted) ? undefined : noted);
}

/** When the namespace leaves Observing, as the replica that works on it noted; undefined while something foreign makes pods there. */
export function notedLeave(namespace: string, { makers }: Foreign, state: ClusterState): number | undefined {
  const sinceMs = makers.length > 0 ? undefined : clearSince(namespace, state);
  return sinceMs === undefined ? undefined : sinceMs + state.granted.leaveObservingAfterMs();
}

/** The names of the labels that are not as they must be: these close the namespace. */
export const missingLabels = ({ podSecurity, marks }: NamespaceRecord, labels: Marks): readonly string[] =>
  Object.entries(labels).flatMap(([name, value]) => ((podSecurity[name] ?? marks[name]) === value ? [] : [name]));
