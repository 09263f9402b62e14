/** Pods and what makes pods, of one workload unless told, for tests of what admission says of them. */
import { apiVersionOf, type KubeObject, type Resource } from "kopf-ts";
import { WORKLOAD_LABEL } from "../../src/crds/group.ts";
import { CRON_JOB, DAEMON_SET, DEPLOYMENT, JOB, REPLICA_SET, STATEFUL_SET } from "../../src/kubernetes/kinds.ts";
import type { PodSpec } from "../../src/policies/index.ts";

export const OURS = { [WORKLOAD_LABEL]: "web" };

export interface Holder {
  readonly resource: Resource;
  readonly spec: (template: object) => object;
}

/** The kind that most tests make do with. */
export const DEPLOYMENTS: Holder = {
  resource: DEPLOYMENT,
  spec: (template) => ({ selector: { matchLabels: OURS }, template }),
};

/** What a template becomes in each kind. */
export const HOLDERS: readonly Holder[] = [
  DEPLOYMENTS,
  { resource: REPLICA_SET, spec: (template) => ({ selector: { matchLabels: OURS }, template }) },
  { resource: STATEFUL_SET, spec: (template) => ({ selector: { matchLabels: OURS }, serviceName: "web", template }) },
  { resource: DAEMON_SET, spec: (template) => ({ selector: { matchLabels: OURS }, template }) },
  { resource: JOB, spec: (template) => ({ template: once(template) }) },
  {
    resource: CRON_JOB,
    spec: (template) => ({ schedule: "0 3 * * *", jobTemplate: { spec: { template: once(template) } } }),
  },
];

const once = (template: object): object => {
  const { spec, ...rest } = template as { readonly spec: PodSpec };
  return { ...rest, spec: { ...spec, restartPolicy: "Never" } };
};

export interface Made {
  readonly name?: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const metadataOf = ({ labels = OURS, annotations = {} }: Made) => ({ labels, annotations });

export function aPod(spec: PodSpec, made: Made): KubeObject {
  const { name = "any", namespace } = made;
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace, ...metadataOf(made) }, spec };
}

export function holding({ resource, spec }: Holder, pod: PodSpec, made: Made): KubeObject {
  const { name = "any", namespace, labels = OURS } = made;
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name, namespace, labels },
    spec: spec({ metadata: metadataOf({ ...made, labels: OURS }), spec: pod }),
  };
}

/** The same object of nobody: neither it nor its template bears the label. */
export const unlabelled = (object: KubeObject): KubeObject =>
  JSON.parse(JSON.stringify(object).replaceAll(WORKLOAD_LABEL, "app")) as KubeObject;
