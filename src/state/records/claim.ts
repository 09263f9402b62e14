/** What is kept of a PersistentVolumeClaim: whose it is, how large it is, and what keeps it from growing. */
import type { KubeObject } from "kopf-ts";
import { workloadLabelOf } from "../../names.ts";

export interface ClaimRecord {
  readonly uid: string;
  /** The workload whose label it bears: the controller of StatefulSets puts it on the claims that it makes, and Palisade on its own. */
  readonly workload: string | undefined;
  readonly requested: string;
  /** What it has; undefined until it is bound. */
  readonly capacity: string | undefined;
  readonly storageClass: string | undefined;
  readonly isBound: boolean;
  /** Why growing does not go on by itself, in one word (KEP-1790). */
  readonly obstacle: string | undefined;
}

interface RawClaim {
  readonly spec?: {
    readonly storageClassName?: string;
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
  readonly status?: {
    readonly phase?: string;
    readonly capacity?: { readonly storage?: string };
    readonly allocatedResourceStatuses?: Readonly<Record<string, string>>;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Words that last until somebody does something; the others pass by themselves. */
const OBSTACLES: ReadonlySet<string> = new Set([
  "ControllerResizeInfeasible",
  "NodeResizeInfeasible",
  "ControllerResizeError",
  "NodeResizeError",
]);

export function shapeClaim(object: KubeObject): ClaimRecord {
  const { spec = {}, status = {} } = object as RawClaim;
  const words = [
    ...Object.values(status.allocatedResourceStatuses ?? {}),
    ...(status.conditions ?? []).flatMap((condition) => (condition.status === "True" ? [condition.type] : [])),
  ];
  return {
    uid: object.metadata.uid ?? "",
    workload: workloadLabelOf(object),
    requested: spec.resources?.requests?.storage ?? "0",
    capacity: status.capacity?.storage,
    storageClass: spec.storageClassName === "" ? undefined : spec.storageClassName,
    isBound: status.phase === "Bound",
    obstacle: words.find((word) => OBSTACLES.has(word)),
  };
}
