/** docs/reference/metrics.md: what `/metrics` shows, as it is registered. */
import { markdownFile } from "./generated-file.ts";
import { catalogue, table } from "./markdown.ts";
import { type MetricDescription, registeredMetrics } from "./registered-metrics.ts";

/** By the first word of the name. */
const FAMILIES: readonly (readonly [title: string, prefixes: readonly string[], about: string])[] = [
  [
    "Palisade",
    ["palisade"],
    "What Palisade does and finds. Every replica reports the same gauges of the cluster; counters count the work of one replica.",
  ],
  [
    "Controllers",
    ["controller", "workqueue", "leader"],
    "These have the names of controller-runtime and client-go, so existing dashboards work.",
  ],
  [
    "Requests",
    ["rest"],
    "These have the names of client-go. There is no client-side rate limiter and so no metric for it: API Priority and Fairness limits requests with status 429.",
  ],
  ["Runtime", ["kopf"], "Of the operator's runtime."],
  ["Process", ["process", "nodejs"], "Of the process and of Node.js."],
];

function familyOf({ name }: MetricDescription): string | undefined {
  return FAMILIES.find(([, prefixes]) => prefixes.includes(name.split("_")[0] ?? ""))?.[0];
}

const rowOf = ({ name, type, labels, help }: MetricDescription): readonly string[] => [
  `\`${name}\``,
  type,
  labels.map((label) => `\`${label}\``).join(", "),
  help,
];

function blocks(): readonly string[] {
  const all = registeredMetrics();
  const strange = all.filter((metric) => familyOf(metric) === undefined);
  if (strange.length > 0) throw new Error(`metrics of no family: ${strange.map(({ name }) => name).join(", ")}`);
  return [
    "# Metrics",
    "Served at `/metrics` on the probes' port in the Prometheus text format. Histograms have the series `_bucket`, `_sum` and `_count`.",
    ...FAMILIES.flatMap(([title, , about]) => [
      `## ${title}`,
      about,
      table(["name", "type", "labels", "meaning"], all.filter((metric) => familyOf(metric) === title).map(rowOf)),
    ]),
    "## Values of labels",
    catalogue("label", LABELS),
  ];
}

export const metricsFile = markdownFile("docs/reference/metrics.md", blocks);

const LABELS = {
  controller:
    "The controller: `secureworkload` for workloads, `namespace` for enrolment, `admission` for the policies, and so on.",
  name: "The controller for queues; the Lease for leader election.",
  kind: "The kind of the changed object, or of a pod's controller.",
  action: "`Repair`, `Recreate` or `Delete`.",
  drift_case: "The number of the drift case, or `other`.",
  exception: "The name of a SecurityException. No other object name is a label; the alert before its expiry needs it.",
  code: "The HTTP status, or `<error>` without an answer.",
};
