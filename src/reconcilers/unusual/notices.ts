/** Facts about pods that a person should look at, as a condition. CPU alone is none, and a restart or two happens. Pure. */
import type { Reason } from "../../crds/v1alpha1/conditions.ts";
import type { Notice } from "../../crds/v1alpha1/findings.ts";
import type { WorkloadUnusual } from "../../crds/v1alpha1/unusual.ts";
import { linesOf } from "../../unusual/workload.ts";

const AGAIN_AND_AGAIN = 3;
/** How many facts a message names. */
const MAX_NAMED = 5;

export function unusualNotices(unusual: WorkloadUnusual | undefined): readonly Notice[] {
  const { entered = [], images = [], containers = [] } = unusual ?? {};
  const restarting = containers.filter(({ restarts }) => restarts >= AGAIN_AND_AGAIN);
  const reason = reasonFor({ entered, images, containers: restarting });
  if (reason === undefined) return [];
  const lines = linesOf({ entered, images, containers: restarting });
  const more = lines.length > MAX_NAMED ? `; and ${lines.length - MAX_NAMED} more in status.unusual` : "";
  return [{ type: "Unusual", holds: true, reason, message: `${lines.slice(0, MAX_NAMED).join("; ")}${more}` }];
}

function reasonFor({ entered = [], images = [], containers = [] }: WorkloadUnusual): Reason | undefined {
  if (entered.length > 0) return "PodsEntered";
  if (images.length > 0) return "ImagesDiffer";
  return containers.length > 0 ? "ContainersRestart" : undefined;
}
