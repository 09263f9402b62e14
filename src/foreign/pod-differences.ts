/** The drift case of what somebody changed on a pod that lives, or created in its controller's place. Pure. */

import { liveFieldCase } from "../plan/live-pod-fields.ts";
import type { PodRecord } from "../state/records/pod.ts";
import type { TemplateRecord } from "../state/records/template.ts";

export interface PodOffence {
  readonly driftCase: string;
  readonly fields: readonly string[];
}

/** Of parts that differ from the template and that admission did not put there. */
export function changeIn(
  parts: readonly string[],
  { isMadeByController }: Pick<PodRecord, "isMadeByController">,
): PodOffence {
  const fields = parts.map((path) => `spec.${path}`);
  const cases = parts.map(liveFieldCase);
  const [known] = cases;
  if (known !== undefined && !cases.includes(undefined)) return { driftCase: known, fields };
  // Nobody can change the rest of a pod that lives: it was created so.
  return { driftCase: isMadeByController ? "73" : "24", fields };
}

/** The tolerations that were put on the pod while it lived, unless its template has them (DRIFT 14). */
export function addedBeside(
  { addedTolerations }: Pick<PodRecord, "addedTolerations">,
  templates: readonly Pick<TemplateRecord, "tolerations">[],
): PodOffence | undefined {
  const isForeign = addedTolerations.some(
    (toleration) => !templates.some(({ tolerations }) => tolerations.includes(toleration)),
  );
  return isForeign ? { driftCase: "14", fields: ["spec.tolerations"] } : undefined;
}
