import { apiVersionOf, type KubeObject } from "kopf-ts";
import { DEPLOYMENT, HORIZONTAL_POD_AUTOSCALER } from "../kubernetes/kinds.ts";
import { canonicalQuantity } from "../kubernetes/quantity.ts";
import { child, type ExpandInput, type WorkloadRef } from "./input.ts";
import { type Autoscaling, autoscalerOf, leastReplicas } from "./replicas.ts";

type Part = Readonly<Record<string, unknown>>;

/** Targets the Deployment rather than the SecureWorkload, so that scaling works while the operator is down. */
export const scaleTarget = ({ name }: WorkloadRef): Part => ({
  apiVersion: apiVersionOf(DEPLOYMENT),
  kind: DEPLOYMENT.kind,
  name,
});

/** Up at once, by 100 % or four pods in 15 seconds, as Kubernetes does by default; down late and in small steps. */
export const scaleBehavior = ({ scaleDownAfterSeconds }: Autoscaling): Part => ({
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: scaleDownAfterSeconds,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 1, periodSeconds: 60 },
      { type: "Percent", value: 25, periodSeconds: 60 },
    ],
  },
});

/** Every field that the API server would default is spelled out. */
export function buildHorizontalPodAutoscaler(input: ExpandInput): KubeObject | undefined {
  const { workload, spec } = input;
  const { autoscaling } = spec;
  if (autoscaling === undefined || autoscalerOf(input) !== "built-in") return undefined;
  return child(HORIZONTAL_POD_AUTOSCALER, workload, workload.name, {
    spec: {
      scaleTargetRef: scaleTarget(workload),
      minReplicas: leastReplicas(autoscaling, "built-in"),
      maxReplicas: autoscaling.maxReplicas,
      metrics: metricsOf(autoscaling),
      behavior: scaleBehavior(autoscaling),
    },
  });
}

function metricsOf({ cpu, memory, metrics = [] }: Autoscaling): readonly Part[] {
  const resources = Object.entries({ cpu, memory }).flatMap(([name, measure]) =>
    measure === undefined
      ? []
      : [{ type: "Resource", resource: { name, target: { type: "Utilization", ...measure } } }],
  );
  return [...resources, ...metrics.map(metricOf)];
}

function metricOf({ type, name, labels = [], averageValue, value }: NonNullable<Autoscaling["metrics"]>[number]): Part {
  const selector = { matchLabels: Object.fromEntries(labels.map((label) => [label.name, label.value])) };
  const target =
    averageValue === undefined
      ? { type: "Value", value: canonicalQuantity(value ?? "") }
      : { type: "AverageValue", averageValue: canonicalQuantity(averageValue) };
  const source = { metric: { name, ...(labels.length === 0 ? {} : { selector }) }, target };
  return type === "Pods" ? { type, pods: source } : { type, external: source };
}
