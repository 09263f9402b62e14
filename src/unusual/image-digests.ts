/**
 * Image digests that differ from the pinned one. What a node reports depends on its runtime: the digest of the index, of the platform's manifest or of
 * the configuration. So a report that differs from the pin proves nothing alone; it is told where pods with the same pin, on the same
 * runtime and architecture, disagree. Pure.
 */
import { MAX_IMAGES, type WorkloadUnusual } from "../crds/v1alpha1/unusual.ts";
import type { ImageReport, PodFacts } from "./pod-facts.ts";

export type Difference = NonNullable<WorkloadUnusual["images"]>[number];

/** `platformOf` names runtime and architecture of a node; undefined where they are not known, and then nothing is told of its pods. */
export function digestDifferences(
  pods: readonly Pick<PodFacts, "node" | "images">[],
  platformOf: (node: string) => string | undefined,
): Difference[] {
  const reports = pods.flatMap(({ node, images }) => {
    const platform = node === undefined ? undefined : platformOf(node);
    return platform === undefined ? [] : images.map((image) => ({ ...image, platform }));
  });
  const alike = Map.groupBy(reports, ({ container, pinned, platform }) => `${container} ${pinned} ${platform}`);
  return [...alike.values()].flatMap(differencesAmong).sort(byName).slice(0, MAX_IMAGES);
}

function differencesAmong(reports: readonly ImageReport[]): readonly Difference[] {
  const byReport = Map.groupBy(reports, ({ reported }) => reported);
  if (byReport.size < 2) return [];
  return [...byReport].flatMap(([reported, own]) => {
    const [{ container, pinned } = { container: "", pinned: reported }] = own;
    if (reported === pinned) return [];
    return [{ container, pinned, reported, pods: own.length, others: reports.length - own.length }];
  });
}

const byName = (a: Difference, b: Difference): number =>
  `${a.container} ${a.reported}` < `${b.container} ${b.reported}` ? -1 : 1;
