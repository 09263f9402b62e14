/** What runs in a namespace before it moves: who makes pods there, and by which labels those are known. Pure. */
import type { KubeObject, Resource } from "kopf-ts";
import { SECURE_WORKLOAD } from "../crds/group.ts";
import { foreignLabels, labelList } from "../crds/v1alpha1/pod-peers.ts";
import { CRON_JOB, DAEMON_SET, DEPLOYMENT, JOB, REPLICATION_CONTROLLER, STATEFUL_SET } from "../kubernetes/kinds.ts";
import { controllerOf } from "../kubernetes/metadata.ts";

export type Labels = Readonly<Record<string, string>>;

interface Template {
  readonly metadata?: { readonly labels?: Labels };
}

interface RunnerSpec {
  readonly replicas?: number;
  readonly selector?: Labels | { readonly matchLabels?: Labels };
  readonly template?: Template;
  readonly jobTemplate?: { readonly spec?: { readonly template?: Template } };
}

/** What makes pods, and can move. */
export const RUNNERS: readonly Resource[] = [
  DEPLOYMENT,
  STATEFUL_SET,
  DAEMON_SET,
  CRON_JOB,
  JOB,
  REPLICATION_CONTROLLER,
];

export const isRunner = (object: KubeObject): boolean =>
  RUNNERS.some(({ kind }) => kind === object.kind) && !isOwned(object);

const isOwned = (object: KubeObject): boolean => controllerOf(object)?.kind === SECURE_WORKLOAD.kind;

const specOf = (object: KubeObject): RunnerSpec => (object["spec"] ?? {}) as RunnerSpec;

export const replicasOf = (runner: KubeObject): number => specOf(runner).replicas ?? 1;

export const podLabelsOf = (runner: KubeObject): Labels => {
  const { template, jobTemplate } = specOf(runner);
  return (template ?? jobTemplate?.spec?.template)?.metadata?.labels ?? {};
};

/** By which a peer names the pods of `runner`: as few as its own controller needs. Undefined where there is none, or none that a peer can name. */
export function labelsOf(runner: KubeObject): Labels | undefined {
  const { selector } = specOf(runner);
  const matched = (selector as { readonly matchLabels?: Labels } | undefined)?.matchLabels;
  const plain = runner.kind === "ReplicationController" ? (selector as Labels | undefined) : undefined;
  const labels = matched ?? plain ?? podLabelsOf(runner);
  return foreignLabels.safeParse(labelList(labels)).success ? labels : undefined;
}

/** Whether a plain set of labels, as a Service has them, selects the pods of `runner`. An empty one selects nothing. */
export const selects = (selector: Labels, runner: KubeObject): boolean =>
  Object.keys(selector).length > 0 &&
  Object.entries(selector).every(([key, value]) => podLabelsOf(runner)[key] === value);

/** Who runs what is to become the workload `name`: of its name, else behind the Service of its name. */
export function runnerOf(name: string, running: readonly KubeObject[]): KubeObject | undefined {
  const runners = running.filter(isRunner);
  const named = runners.find(({ metadata }) => metadata.name === name);
  if (named !== undefined) return named;
  const service = running.find(({ kind, metadata }) => kind === "Service" && metadata.name === name);
  const { selector = {} } = (service?.["spec"] ?? {}) as { readonly selector?: Labels };
  const behind = runners.filter((runner) => selects(selector, runner));
  return behind.length === 1 ? behind[0] : undefined;
}
