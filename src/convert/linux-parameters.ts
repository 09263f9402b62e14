/** What a container of a task definition asks of the kernel: memory that is mounted is kept, the rest the baseline decides. */
import { claimByName, drop, type Fates, rule } from "./fate.ts";
import type { Part } from "./ledger.ts";

type Fields = Record<string, unknown>;

export interface Mounted {
  readonly mounts: readonly Fields[];
  readonly volumes: readonly Fields[];
}

/** Directories in memory, as volumes with a mount each. `prefix` makes their names those of this container. */
export function memoryOf(part: Part, prefix: string): Mounted {
  const shared = inMemory(`${prefix}-shm`, "/dev/shm", part.at("sharedMemorySize").keep("sharedMemory").number());
  const temporary = part
    .at("tmpfs")
    .items()
    .flatMap((one, index) => {
      one.at("mountOptions").drop("scratch has a path and a size");
      one.keep("scratch");
      return inMemory(`${prefix}-tmpfs-${index}`, one.at("containerPath").text() ?? "", one.at("size").number());
    });
  claimByName(part, FATES);
  const all = [...shared, ...temporary];
  return { mounts: all.map(({ mount }) => mount), volumes: all.map(({ volume }) => volume) };
}

/** Sizes are mebibytes. */
function inMemory(name: string, mountPath: string, size: number | undefined) {
  if (size === undefined || mountPath === "") return [];
  return [
    {
      mount: { name, mountPath },
      volume: { name, emptyDir: { medium: "Memory", sizeLimit: `${size}Mi` } },
    },
  ];
}

const FATES: Fates = {
  capabilities: rule("drop-capabilities"),
  devices: rule("not-privileged"),
  initProcessEnabled: drop("the runtime reaps processes with an image that has its own init"),
  maxSwap: drop("pods do not swap"),
  swappiness: drop("pods do not swap"),
};
