/** A HorizontalPodAutoscaler becomes the workload's own. */
import { autoscaling as schema } from "../../crds/v1alpha1/autoscaling.ts";
import { isQuantity, quantityMillis } from "../../kubernetes/quantity.ts";
import { type Draft, defined, evidenceOf, set } from "../draft.ts";
import { type Part, sayPlace } from "../ledger.ts";
import { takes } from "../takes.ts";
import { isBeside, type World } from "../world.ts";
import { claimReplaced } from "./services.ts";

type Fields = Record<string, unknown>;

export function readAutoscaler(world: World, part: Part): void {
  const spec = part.at("spec");
  const name = spec.at("scaleTargetRef", "name").text() ?? "";
  const draft = world.drafts.find((one) => (one.name === name || one.aliases.has(name)) && isBeside(part, one));
  if (draft === undefined) {
    part.keep("applied as it is: an autoscaler of no workload of these files");
    return;
  }
  const legacy = spec.at("targetCPUUtilizationPercentage").keep("autoscaling.cpu").number();
  const window = spec
    .at("behavior", "scaleDown", "stabilizationWindowSeconds")
    .keep("autoscaling.scaleDownAfterSeconds")
    .number();
  const autoscaling = defined({
    minReplicas: spec.at("minReplicas").keep("autoscaling.minReplicas").number(),
    maxReplicas: spec.at("maxReplicas").keep("autoscaling.maxReplicas").number(),
    cpu: utilization(spec, "cpu") ?? (legacy === undefined ? undefined : { averageUtilization: legacy }),
    memory: utilization(spec, "memory"),
    metrics: metricsOf(draft, spec),
    scaleDownAfterSeconds: window === undefined || window === 300 ? undefined : Math.max(window, 30),
  });
  spec.at("behavior").fix("one pod at a time, after scaleDownAfterSeconds");
  spec.at("scaleTargetRef").replace("autoscaling");
  set(draft, "autoscaling", autoscaling, evidenceOf(part, "the autoscaler"));
  claimReplaced(part, "autoscaling");
}

const resourceIn = (metric: Part): string | undefined =>
  metric.at("resource", "name").text() ?? metric.at("containerResource", "name").text();

/** Of what is requested, in percent. */
function percentIn(metric: Part): number | undefined {
  const resource = metric.at(metric.at("containerResource").exists ? "containerResource" : "resource");
  return resource.at("target", "averageUtilization").number() ?? resource.at("targetAverageUtilization").number();
}

const isUtilization = (metric: Part, name: string): boolean =>
  resourceIn(metric) === name && percentIn(metric) !== undefined;

function utilization(spec: Part, name: string): Fields | undefined {
  const metrics = spec.at("metrics").items();
  const metric = metrics.find((one) => isUtilization(one, name));
  metric?.keep(`autoscaling.${name}`);
  return metric === undefined ? undefined : { averageUtilization: percentIn(metric) };
}

function metricsOf(draft: Draft, spec: Part): readonly Fields[] | undefined {
  const others = spec
    .at("metrics")
    .items()
    .filter((metric) => !isUtilization(metric, "cpu") && !isUtilization(metric, "memory"));
  const metrics = others.flatMap((metric) => metricOf(draft, metric));
  return metrics.length === 0 ? undefined : metrics;
}

/** Of the pods, or from outside; metrics of other objects are neither. */
function metricOf(draft: Draft, metric: Part): readonly Fields[] {
  const type = metric.at("type").text() ?? "";
  const entry = measureOf(type, metric.at(type.toLowerCase()));
  if (takes(schema, { maxReplicas: 1, metrics: [entry] })) {
    metric.keep("autoscaling.metrics");
    return [entry];
  }
  metric.drop("is neither a share of cpu or memory nor a plain metric: write it under autoscaling.metrics");
  draft.decisions.push(
    `autoscaling.metrics: ${sayPlace(metric.place)} is neither a share of cpu or memory nor a plain metric; write it there`,
  );
  return [];
}

function measureOf(type: string, source: Part): Fields {
  const selector = source.at("metric", "selector");
  const labels = Object.entries(selector.at("matchLabels").labels()).map(([name, value]) => ({ name, value }));
  const amount = (field: string): string | undefined => wholeOf(source.at("target", field).text());
  return defined({
    type,
    // What is more than labels is no name of a metric that the schema takes.
    name: selector.at("matchExpressions").exists ? undefined : source.at("metric", "name").text(),
    labels: labels.length === 0 ? undefined : labels,
    averageValue: amount("averageValue"),
    value: amount("value"),
  });
}

/** A whole number, or thousandths. */
function wholeOf(written: string | undefined): string | undefined {
  if (written === undefined || !isQuantity(written)) return written;
  const millis = quantityMillis(written);
  return millis % 1_000n === 0n ? String(millis / 1_000n) : `${millis}m`;
}
