/** Scratch space: which volumes it becomes, and against whose limits it counts. */
import type { V1Volume } from "@kubernetes/client-node";
import { canonicalQuantity, quantityMillis } from "../kubernetes/quantity.ts";
import type { ExpandInput } from "./input.ts";

type Entry = NonNullable<ExpandInput["spec"]["scratch"]>[number];

/** A container as far as its scratch goes; `place` keeps its volume names apart from those of others. */
interface Scratching {
  readonly place: string;
  readonly scratch: readonly Entry[] | undefined;
}

interface ScratchVolume {
  readonly name: string;
  readonly size: string;
  readonly isInMemory: boolean;
  /** Of the first container that declares it. */
  readonly place: string;
}

export const scratchName = (place: string, { name }: Entry, index: number): string =>
  name === undefined ? `${place}scratch-${index}` : `shared-${name}`;

export const scratchVolumes = (containers: readonly Scratching[]): V1Volume[] =>
  declared(containers).map(({ name, size, isInMemory }) => ({
    name,
    emptyDir: { ...(isInMemory ? { medium: "Memory" } : {}), sizeLimit: canonicalQuantity(size) },
  }));

/** What a container's scratch adds to what it may use, in thousandths of bytes. */
export interface ScratchUse {
  readonly disk: bigint;
  readonly memory: bigint;
}

/**
 * The kubelet holds a pod's directories on disk against the sum of its containers' limits, so each counts once, where it is declared first. A
 * directory in memory is charged to whichever container writes it, so it counts in each that mounts it.
 */
export function scratchUse(container: Scratching, all: readonly Scratching[]): ScratchUse {
  const volumes = declared(all);
  const mounted = new Set((container.scratch ?? []).map((entry, index) => scratchName(container.place, entry, index)));
  const sum = (counts: (volume: ScratchVolume) => boolean): bigint =>
    volumes.filter(counts).reduce((total, { size }) => total + quantityMillis(size), 0n);
  return {
    disk: sum(({ isInMemory, place }) => !isInMemory && place === container.place),
    memory: sum(({ isInMemory, name }) => isInMemory && mounted.has(name)),
  };
}

/** Where containers share a directory, the largest declared size applies, and it is in memory if any of them says so. */
function declared(containers: readonly Scratching[]): readonly ScratchVolume[] {
  const byName = new Map<string, ScratchVolume>();
  for (const { place, scratch = [] } of containers)
    for (const [index, entry] of scratch.entries()) {
      const name = scratchName(place, entry, index);
      const one = { name, size: entry.size, isInMemory: entry.medium === "Memory", place };
      const known = byName.get(name);
      byName.set(name, known === undefined ? one : joined(known, one));
    }
  return [...byName.values()];
}

const joined = (known: ScratchVolume, one: ScratchVolume): ScratchVolume => ({
  ...known,
  size: quantityMillis(known.size) < quantityMillis(one.size) ? one.size : known.size,
  isInMemory: known.isInMemory || one.isInMemory,
});
