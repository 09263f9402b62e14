/** Tells a Pod Security level that exceptions moved, up or down, from one that somebody lowered. */
import { enforcedLevel, isOnlyLevel } from "../../kubernetes/pod-security.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { NamespaceRecord } from "../../state/records/namespace.ts";

/**
 * Whether the labels called `names` are off because exceptions began or ended, and for no other reason. After a restart, or when
 * another replica wrote them, a lower level is theirs where one that has ended needed it.
 */
export function isMovedByExceptions(
  namespace: string,
  { podSecurity }: NamespaceRecord,
  names: readonly string[],
  { exceptions, memory }: Pick<ClusterState, "exceptions" | "memory">,
): boolean {
  const found = enforcedLevel(podSecurity);
  const former = memory.ofNamespace(namespace).podSecurityLevel ?? exceptions.formerPodSecurityLevel(namespace);
  return isOnlyLevel(names) && (found === "restricted" || found === former);
}
