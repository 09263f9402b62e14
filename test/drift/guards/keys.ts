/** Labels and annotations that somebody gives a meaning to, each a path of its own beside that of any other key. */
import { ADOPT_LABEL, ENROLMENT_LABEL, WORKLOAD_LABEL, WORKLOADS_ANNOTATION } from "../../../src/crds/group.ts";
import { RESTARTED_AT_ANNOTATION, TRACKING_ANNOTATIONS, TRACKING_LABELS } from "../../../src/plan/ignored-fields.ts";
import { PLATFORM_METADATA, ROUTE_METADATA } from "../../../src/plan/platform-metadata.ts";
import { type Path, textOf, VALUE } from "./schema.ts";

const SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict";

const wholeKey = (entry: string): string => (entry.endsWith("/") ? `${entry}probe` : entry);

const LABELS = [...TRACKING_LABELS, ADOPT_LABEL, ENROLMENT_LABEL, WORKLOAD_LABEL, "pod-security.kubernetes.io/enforce"];
const ANNOTATIONS = [
  ...TRACKING_ANNOTATIONS,
  ...[...PLATFORM_METADATA, ...ROUTE_METADATA].map(wholeKey),
  RESTARTED_AT_ANNOTATION,
  WORKLOADS_ANNOTATION,
  SAFE_TO_EVICT,
];

const KEYS: readonly (readonly [field: string, keys: readonly string[]])[] = [
  ["labels", [...new Set(LABELS)]],
  ["annotations", [...new Set(ANNOTATIONS)]],
];

export interface Trial {
  readonly path: Path;
  readonly text: string;
  /** Of a map, where one is meant. */
  readonly key?: string;
}

const keysOf = ({ steps }: Path): readonly string[] =>
  steps.at(-1) === VALUE && steps.at(-3) === "metadata"
    ? (KEYS.find(([field]) => field === steps.at(-2))?.[1] ?? [])
    : [];

/** Each path, and those of the keys that have a meaning in metadata. */
export const trialsOf = (paths: readonly Path[]): readonly Trial[] =>
  paths.flatMap((path) => [
    { path, text: textOf(path.steps) },
    ...keysOf(path).map((key) => ({ path, key, text: textOf([...path.steps.slice(0, -1), `{${key}}`]) })),
  ]);
