/** A memory in which whatever is asked for exists, until a test says that it is gone. */
import type { CacheChange } from "kopf-ts";
import { Memory, type Remembered } from "../../src/state/memory.ts";
import type { NamespaceRecord } from "../../src/state/records/namespace.ts";
import type { WorkloadRecord } from "../../src/state/records/workload.ts";

/** A workload that its uid alone tells apart. */
export const aRemembered = (uid: string): Remembered => ({
  key: uid,
  ref: { namespace: "shop", name: "web", uid, labels: {} },
});

/** `uidOf` says the uid of the workload under a key: the key itself unless set. */
export function aMemory(uidOf: (key: string) => string = (key) => key): {
  readonly memory: Memory;
  gone(workload: Remembered): void;
} {
  const memory = new Memory();
  const dead = new Set<string>();
  const listeners: ((change: CacheChange<WorkloadRecord>) => void)[] = [];
  memory.follow(
    {
      get: (key) => (dead.has(key) ? undefined : (aRemembered(uidOf(key)) as WorkloadRecord)),
      onChange: (listener) => {
        listeners.push(listener);
        return () => {};
      },
    },
    { get: (name) => ({ uid: name }) as NamespaceRecord, onChange: () => () => {} },
  );
  return {
    memory,
    gone: (workload) => {
      dead.add(workload.key);
      const change = {
        type: "deleted",
        key: workload.key,
        name: { name: "web" },
        new: undefined,
        initial: false,
      } as const;
      for (const listener of listeners) listener({ ...change, old: workload as WorkloadRecord });
    },
  };
}
