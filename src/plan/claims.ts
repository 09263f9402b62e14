/** How a persistent volume claim stands against the size that its workload declares, and in words what follows. Pure. */
import { quantityMillis } from "../kubernetes/quantity.ts";

/** A claim that exists, or that is to be made. */
export interface ClaimView {
  readonly name: string;
  /** As the workload declares it. */
  readonly size: string;
  readonly workload: string;
  readonly live: LiveClaim | undefined;
}

export interface LiveClaim {
  readonly uid: string;
  readonly isOurs: boolean;
  /** Whether it bears the label of another workload. */
  readonly isOthers: boolean;
  readonly requested: string;
  readonly capacity: string | undefined;
  readonly isBound: boolean;
  readonly storageClass: string | undefined;
  /** Whether its StorageClass lets it grow. */
  readonly isExpandable: boolean;
  readonly obstacle: string | undefined;
}

/**
 * - `absent`: there is none.
 * - `foreign`: it does not bear the workload's label.
 * - `asDeclared`: it has what is declared.
 * - `small`: it asks for less and may grow.
 * - `growing`: it asks for what is declared, and does not have it yet.
 * - `fixed`: it has another size and cannot get the declared one.
 */
export type ClaimStanding = "absent" | "foreign" | "asDeclared" | "small" | "growing" | "fixed";

export function standingOfClaim({ size, live }: ClaimView): ClaimStanding {
  if (live === undefined) return "absent";
  if (!isReadable(live)) return "asDeclared";
  const asks = compareSizes(live.requested, size);
  if (asks > 0) return "fixed";
  const lacks = compareSizes(live.capacity ?? live.requested, size) < 0;
  if (asks < 0) return standingOfSmaller(live, lacks);
  if (!live.isBound || !lacks) return "asDeclared";
  return live.obstacle === undefined ? "growing" : "fixed";
}

/** A volume is often larger than what was asked for. */
function standingOfSmaller({ isOurs, isBound, isExpandable }: LiveClaim, lacks: boolean): ClaimStanding {
  if (isOurs && isBound && isExpandable) return "small";
  if (!lacks) return "asDeclared";
  return isOurs ? "fixed" : "foreign";
}

function compareSizes(a: string, b: string): number {
  const [left, right] = [quantityMillis(a), quantityMillis(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** What is written another way than a workload may declare it is nobody's to judge. */
function isReadable({ requested, capacity = requested }: LiveClaim): boolean {
  try {
    return quantityMillis(requested) >= 0n && quantityMillis(capacity) >= 0n;
  } catch {
    return false;
  }
}

const called = ({ name }: ClaimView): string => `PersistentVolumeClaim ${name}`;

export const growingText = (view: ClaimView): string =>
  `${called(view)} grows from ${view.live?.capacity ?? view.live?.requested} to ${view.size}`;

/** Why it keeps another size, and what to do. */
export function fixedText(view: ClaimView): string {
  const { live, size, workload } = view;
  if (live === undefined) return "";
  if (compareSizes(live.requested, size) > 0)
    return `${called(view)} keeps ${live.requested}, more than the declared ${size}, because no volume shrinks: declare ${live.requested}, so that every pod has the same`;
  return `${called(view)} keeps ${live.capacity ?? live.requested} instead of ${size}: ${obstacleOf(live, workload)}`;
}

const MOVE = "or move the data to a claim of another name";

function obstacleOf({ isOurs, isBound, isExpandable, storageClass, obstacle }: LiveClaim, workload: string): string {
  if (obstacle !== undefined) return `the storage driver cannot grow it (${obstacle}); kubectl describe says why`;
  if (!isOurs)
    return `it does not bear the label palisade.dev/workload=${workload}, so Palisade leaves it alone: ask the platform team to label it, or grow it yourself`;
  if (storageClass === undefined)
    return `it has no StorageClass, so Kubernetes lets nobody grow it: grow the volume by its own means, ${MOVE}`;
  if (!isExpandable)
    return `StorageClass ${storageClass} does not allow it: ask the platform team to set allowVolumeExpansion, ${MOVE}`;
  return isBound ? "it waits" : "it is not bound to a volume yet; Palisade grows it once it is";
}
