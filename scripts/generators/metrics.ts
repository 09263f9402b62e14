/** docs/reference/metrics.md: what `/metrics` shows, as it is registered. */
import { catalogue, GENERATED_MARK, table } from "./markdown.ts";
import { type MetricDescription, registeredMetrics } from "./registered-metrics.ts";

/** By the first word of the name. */
const FAMILIES: readonly (readonly [title: string, prefixes: readonly string[], about: string])[] = [
  [
    "Palisade",
    ["palisade"],
    "What the product does and finds. Gauges of the cluster are the same on every replica; counters count what this replica did.",
  ],
  [
    "Controllers",
    ["controller", "workqueue", "leader"],
    "The names of controller-runtime and client-go, so that dashboards made for them fit.",
  ],
  [
    "Requests",
    ["rest"],
    "The names of client-go. There is no rate limiter on this side, so its metric is missing: API Priority and Fairness limits, by status 429.",
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

export const metricsFile = {
  path: "docs/reference/metrics.md",
  render: (): string => {
    const all = registeredMetrics();
    const strange = all.filter((metric) => familyOf(metric) === undefined);
    if (strange.length > 0) throw new Error(`metrics of no family: ${strange.map(({ name }) => name).join(", ")}`);
    const sections = FAMILIES.flatMap(([title, , about]) => [
      `## ${title}`,
      about,
      table(["name", "type", "labels", "meaning"], all.filter((metric) => familyOf(metric) === title).map(rowOf)),
    ]);
    return [
      GENERATED_MARK,
      "# Metrics",
      "Served at `/metrics` on the port of the probes, in the text format of Prometheus. A histogram has the series `_bucket`, `_sum` and `_count`.",
      ...sections,
      "## Values of labels",
      catalogue("label", LABELS),
      "",
    ].join("\n\n");
  },
};

const LABELS = {
  controller:
    "The reconciler: `secureworkload` for workloads, `namespace` for what closes namespaces in, `admission` for the policies, and so on.",
  name: "Of a queue, the controller; of the leader election, the Lease.",
  kind: "The kind of the object that was changed, or that controls a pod.",
  action: "`Repair`, `Recreate` or `Delete`.",
  drift_case: "The number in the list of drift cases, or `other`.",
  exception:
    "The name of a SecurityException: the only object whose name is a label, since an alert before it ends must say which.",
  code: "The HTTP status, or `<error>` when no answer came.",
};
