/**
 * What others may write on an object that is not theirs: the marks of deployment tools, and the label that gives it away. CEL cannot take keys out of a map, so two
 * maps are compared key by key, but for those that may differ.
 */
import { ADOPT_LABEL, GROUP, WORKLOAD_LABEL } from "../crds/group.ts";
import { SERVER_METADATA, TRACKING_ANNOTATIONS, TRACKING_LABELS } from "../plan/tolerated.ts";
import { DEFAULT_DENY_NAME } from "../reconcilers/secure-workload/resources/network-policy.ts";
import { all, any, celList, celText } from "./cel.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { listAt, mapAt, SIDES, type Side } from "./request.ts";

/** Labels and annotations of both sides, for {@link onlyMarksDiffer}. */
export const MARKS: NonNullable<AdmissionPolicy["variables"]> = [
  { name: "labels", expression: mapAt("object", "metadata", "labels") },
  { name: "oldLabels", expression: mapAt("oldObject", "metadata", "labels") },
  { name: "annotations", expression: mapAt("object", "metadata", "annotations") },
  { name: "oldAnnotations", expression: mapAt("oldObject", "metadata", "annotations") },
];

/** Whether two maps are the same but for these keys. */
export const sameBut = (one: string, other: string, keys: readonly string[]): string =>
  all(
    `${one}.all(k, k in ${celList(keys)} || (k in ${other} && ${one}[k] == ${other}[k]))`,
    `${other}.all(k, k in ${celList(keys)} || k in ${one})`,
  );

export interface Tolerance {
  /** Parts of the object that are judged elsewhere, or not at all. */
  readonly fields?: readonly string[];
  readonly metadata?: readonly string[];
  readonly labels?: readonly string[];
}

/** Whether an update changes nothing but marks of deployment tools, and what is named here. Needs {@link MARKS}. */
export const onlyMarksDiffer = ({ fields = [], metadata = [], labels = [] }: Tolerance = {}): string =>
  all(
    sameBut("object", "oldObject", ["metadata", ...fields]),
    sameBut("object.metadata", "oldObject.metadata", [...SERVER_METADATA, "labels", "annotations", ...metadata]),
    sameBut("variables.labels", "variables.oldLabels", [...TRACKING_LABELS, ADOPT_LABEL, ...labels]),
    sameBut("variables.annotations", "variables.oldAnnotations", [...TRACKING_ANNOTATIONS]),
  );

/** Marks of ours: whoever bears one is taken for ours. The one label by which an object is given away is anybody's to write. */
export const isMark = (key: string): string =>
  all(`${key}.startsWith(${celText(`${GROUP}/`)})`, `${key} != ${celText(ADOPT_LABEL)}`);

/** Whether no mark of ours was added, changed or taken off. */
export const marksStand = (map: string, oldMap: string): string =>
  all(
    `${map}.all(k, !(${isMark("k")}) || (k in ${oldMap} && ${map}[k] == ${oldMap}[k]))`,
    `${oldMap}.all(k, !(${isMark("k")}) || k in ${map})`,
  );

/** Whether a map of labels or annotations holds a mark of ours. */
export const holdsMark = (map: string): string => `${map}.exists(k, ${isMark("k")})`;

/** Whether the object, as it was or as it is to be, bears a mark of ours at one of these places. */
export const bearsMark = (...places: readonly (readonly string[])[]): string =>
  SIDES.flatMap((side) =>
    places.flatMap((place) =>
      ["labels", "annotations"].map((field) => holdsMark(mapAt(side, ...place, "metadata", field))),
    ),
  ).join(" || ");

/** Whether an object belongs to one of our kinds. */
export const isOwned = SIDES.map(
  (side) =>
    `${listAt(side, "metadata", "ownerReferences")}.exists(o, o.apiVersion.startsWith(${celText(`${GROUP}/`)}))`,
).join(" || ");

/** The one object of ours that belongs to no workload, and so bears no label of one. */
export const isDefaultDeny = (side: Side): string =>
  all(
    "request.resource.resource == 'networkpolicies'",
    `${side} != null`,
    `${side}.?metadata.?name.orValue('') == ${celText(DEFAULT_DENY_NAME)}`,
  );

/** What is ours already is guarded as such, and by no policy on what is foreign. */
export const foreign: AdmissionPolicy["conditions"][number] = {
  name: "foreign",
  expression: `!(${any(`${celText(WORKLOAD_LABEL)} in ${mapAt("oldObject", "metadata", "labels")}`, isDefaultDeny("oldObject"))})`,
};
