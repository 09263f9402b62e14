/** What somebody changed on a pod that lives, or made otherwise than its template says: the drift case and the fields. Pure. */
import { differingParts } from "../pod-parts.ts";
import type { PodRecord, TemplateRecord } from "../pod-record.ts";

export interface PodOffence {
  readonly driftCase: string;
  readonly fields: readonly string[];
}

interface FieldCase {
  readonly number: string;
  readonly path: RegExp;
}

/** The fields of a pod that may be changed while it lives. */
const LIVE_FIELDS: readonly FieldCase[] = [
  { number: "3", path: /^ephemeralContainers/ },
  { number: "21", path: /^(initContainers|containers)\[[^\]]+\]\.image$/ },
  { number: "21", path: /^activeDeadlineSeconds$/ },
  { number: "83", path: /^terminationGracePeriodSeconds$/ },
  { number: "17", path: /^(resources|(initContainers|containers)\[[^\]]+\]\.(resources|resizePolicy))/ },
];

/** Where no template has what the pod has: the fields in which it differs from the one that comes nearest. */
export function changeOf(
  pod: Pick<PodRecord, "parts" | "isMadeByController">,
  templates: readonly Pick<TemplateRecord, "parts">[],
): PodOffence | undefined {
  const [nearest] = templates
    .map(({ parts }) => differingParts(parts, pod.parts))
    .sort((one, other) => one.length - other.length);
  const [first] = nearest ?? [];
  if (nearest === undefined || first === undefined) return undefined;
  const fields = nearest.map((path) => `spec.${path}`);
  const cases = nearest.map((path) => LIVE_FIELDS.find((candidate) => candidate.path.test(path))?.number);
  const [known] = cases;
  if (known !== undefined && !cases.includes(undefined)) return { driftCase: known, fields };
  // Nobody can change the rest of a pod that lives: it was made so, or something changed it on its way.
  return { driftCase: pod.isMadeByController ? "73" : "24", fields };
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
