/** Which changes concern which exceptions, and whom exceptions concern. */
import { type CacheChange, mapChanges, nameOf, type Source } from "kopf-ts";
import { exceptionOfGrant, GRANT_RESOURCES } from "../../names.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { ExceptionRecord } from "../../state/records/security-exception.ts";

export function exceptionSources(state: ClusterState): readonly Source[] {
  return [
    mapChanges(state.exceptions.cache, ({ key, old, new: now }) => (isSame(old, now) ? [] : [key])),
    mapChanges(state.workloads, ({ key, old, new: now }) =>
      old?.ref.uid === now?.ref.uid && old?.spec?.image === now?.spec?.image
        ? []
        : state.exceptions.of(key).map(({ name }) => name),
    ),
    ...GRANT_RESOURCES.map((resource) =>
      mapChanges(state.childrenOf(resource), ({ name }) => {
        const exception = exceptionOfGrant(resource, name.name);
        if (exception === undefined) return [];
        if (state.exceptions.namespaceOf(exception) === undefined)
          state.exceptions.noteNamespace(exception, name.namespace);
        return [exception];
      }),
    ),
  ];
}

/** The workloads that an exception concerns when it comes, goes, or begins or ends by the clock. */
export function exceptedWorkloads(state: ClusterState): readonly Source[] {
  const existing = (keys: readonly string[]): readonly string[] =>
    keys.filter((key) => state.workloads.get(key) !== undefined);
  return [
    mapChanges(state.exceptions.cache, (change) => existing(workloadsOf(change))),
    {
      subscribe: (enqueue) => {
        state.exceptions.onTurn((workload) => {
          for (const key of existing([workload])) enqueue(key, false);
        });
      },
    },
  ];
}

/** Their namespaces, whose Pod Security level may move. */
export function exceptedNamespaces(state: ClusterState): readonly Source[] {
  return exceptedWorkloads(state).map(({ subscribe }) => ({
    subscribe: (enqueue) =>
      subscribe((mapped, initial) =>
        enqueue(nameOf(typeof mapped === "string" ? mapped : mapped.key).namespace ?? "", initial),
      ),
  }));
}

/** The spec cannot change, so that an update is one of the status, or of labels. */
const isSame = (old: ExceptionRecord | undefined, now: ExceptionRecord | undefined): boolean =>
  old?.uid === now?.uid && old?.generation === now?.generation;

const workloadsOf = ({ old, new: now }: CacheChange<ExceptionRecord>): readonly string[] =>
  isSame(old, now) ? [] : [old, now].flatMap((exception) => exception?.workload ?? []);
