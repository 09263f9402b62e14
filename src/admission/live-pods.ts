/** What others may change of a live pod. */
import { all } from "./cel.ts";
import { marksStand, sameBut } from "./marks.ts";

/**
 * Annotations that are not ours, which no part of Palisade reads: plugins of the network and of storage tell each other of pods by them,
 * some by way of the status. Whoever refuses those keeps pods from starting. Needs `MARKS`.
 */
export const onlyAnnotationsDiffer = all(
  sameBut("object", "oldObject", ["metadata"]),
  ...["labels", "ownerReferences", "finalizers"].map(
    (field) => `object.metadata.?${field} == oldObject.metadata.?${field}`,
  ),
  marksStand("variables.annotations", "variables.oldAnnotations"),
);
