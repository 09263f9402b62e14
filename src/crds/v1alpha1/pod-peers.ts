/** Pods that are no workload's, by the name of their namespace and by labels. */
import { z } from "zod";
import { GROUP } from "../group.ts";
import { listMap, text, withRules } from "../schema.ts";
import { labelName } from "./names.ts";

const MAX_LABELS = 8;

interface PodLabel {
  readonly key: string;
  readonly value: string;
}

const podLabel = z.strictObject({
  key: text(253, 1)
    .regex(
      /^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    )
    .meta({ description: "Key of a label." }),
  value: text(63)
    .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/)
    .meta({ description: "Value of that label." }),
});

/** Labels that pods have, all of them. */
export const podLabels = listMap(podLabel.meta({ description: "One label of the pods." }), ["key"], {
  min: 1,
  max: MAX_LABELS,
});

/** Only Palisade's pods have its labels: a workload is named, and then no other pod matches. */
export const foreignLabels = listMap(
  withRules(podLabel, {
    rule: `!self.key.startsWith('${GROUP}/')`,
    message: `labels of ${GROUP} select pods of workloads: write workload, and namespace beside it`,
    holds: ({ key }: PodLabel) => !key.startsWith(`${GROUP}/`),
  }).meta({ description: "One label of the pods." }),
  ["key"],
  { min: 1, max: MAX_LABELS },
);

export const podPeer = (namespace: string) =>
  z.strictObject({
    namespace: labelName(namespace).optional(),
    podLabels: foreignLabels.meta({ description: "Labels of the pods; all must match." }),
  });

export const podGrant = z.strictObject({
  namespace: labelName("Namespace of the pods, by name."),
  podLabels: foreignLabels.meta({
    description: "Labels of the pods. A workload may name these, and more beside them to select fewer.",
  }),
});

export type PodPeer = z.output<ReturnType<typeof podPeer>>;

/** Labels as a list of them, which is how a spec has them. */
export const labelList = (labels: Readonly<Record<string, string>>): PodLabel[] =>
  Object.entries(labels).map(([key, value]) => ({ key, value }));

/** A list of labels as an object of Kubernetes has them. */
export const labelsIn = (labels: readonly PodLabel[]): Readonly<Record<string, string>> =>
  Object.fromEntries(labels.map(({ key, value }) => [key, value]));
