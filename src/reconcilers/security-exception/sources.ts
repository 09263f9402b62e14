/** Which changes concern which exceptions, and whom exceptions concern. */
import type { CacheChange } from "../../kopf/cache.ts";
import { nameOf } from "../../kopf/object.ts";
import { from, type Source } from "../../kopf/operator.ts";
import type { World } from "../world.ts";
import { exceptionOfGrant, GRANT_RESOURCES } from "./break-glass.ts";
import type { ExceptionRecord } from "./record.ts";

export function exceptionSources(world: World): readonly Source[] {
  return [
    from(world.exceptions.cache, ({ key, old, new: now }) => (isSame(old, now) ? [] : [key])),
    from(world.workloads, ({ type, key }) =>
      type === "updated" ? [] : world.exceptions.of(key).map(({ name }) => name),
    ),
    ...GRANT_RESOURCES.map((resource) =>
      from(world.childrenOf(resource), ({ name }) => {
        const exception = exceptionOfGrant(resource, name.name);
        if (exception === undefined) return [];
        if (world.exceptions.namespaceOf(exception) === undefined)
          world.exceptions.noteNamespace(exception, name.namespace);
        return [exception];
      }),
    ),
  ];
}

/** The workloads that an exception concerns when it comes, goes, or begins or ends by the clock. */
export function exceptedWorkloads(world: World): readonly Source[] {
  const existing = (keys: readonly string[]): readonly string[] =>
    keys.filter((key) => world.workloads.get(key) !== undefined);
  return [
    from(world.exceptions.cache, (change) => existing(workloadsOf(change))),
    {
      subscribe: (enqueue) => {
        world.exceptions.onTurn((workload) => {
          for (const key of existing([workload])) enqueue(key, false);
        });
      },
    },
  ];
}

/** Their namespaces, whose Pod Security level may move. */
export function exceptedNamespaces(world: World): readonly Source[] {
  return exceptedWorkloads(world).map(({ subscribe }) => ({
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
