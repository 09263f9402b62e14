/** The pods of a workload: how many are ready, and why the others are not. Pure. */
import type { KubeObject } from "kopf-ts";
import { troubleOf } from "../../state/records/pod.ts";
import type { Page, Pod } from "./model.ts";
import { specOf, statusOf } from "./reading.ts";

interface Ended {
  readonly exitCode?: number;
  readonly reason?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: object; readonly running?: object; readonly terminated?: Ended };
  readonly lastState?: { readonly terminated?: Ended };
}

interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

interface PodSpec {
  readonly containers?: readonly { readonly name: string }[];
  readonly initContainers?: readonly { readonly name: string; readonly restartPolicy?: string }[];
}

/** As a scheduler's message may list every node. */
const MAX_MESSAGE = 300;

/** Those that do not run first, then by name. */
export const podsOf = (pods: readonly KubeObject[]): readonly Pod[] =>
  pods
    .map(podOf)
    .sort((a, b) => Number(b.why !== undefined) - Number(a.why !== undefined) || (a.name < b.name ? -1 : 1));

/** From the workload alone, so that a list needs no pods. Of runs, and of what an autoscaler or the nodes decide, those that are there. */
export function podCounts(workload: KubeObject): Pick<Page["pods"], "ready" | "wanted"> {
  const { type = "Deployment", replicas = 1, autoscaling } = specOf(workload);
  const { replicas: there = 0, readyReplicas: ready = 0 } = statusOf(workload);
  const isFixed = autoscaling === undefined && (type === "Deployment" || type === "StatefulSet");
  return { ready, wanted: isFixed ? replicas : there };
}

function podOf(pod: KubeObject): Pod {
  const { name, namespace } = pod.metadata;
  const status = (pod["status"] ?? {}) as PodStatus;
  const { containers = [], initContainers = [] } = (pod["spec"] ?? {}) as PodSpec;
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  const staying = new Set([...containers, ...sidecars].map((container) => container.name));
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const why = whyNot(pod, status, staying);
  const failing = all.find(hasEnded);
  const logs = `kubectl logs ${name} -n ${namespace} -c ${failing?.name}`;
  const look = failing === undefined ? `kubectl describe pod ${name} -n ${namespace}` : `${logs}${previous(failing)}`;
  return {
    name,
    phase: phaseOf(pod, status),
    ready: all.filter((container) => staying.has(container.name) && container.ready === true).length,
    containers: staying.size,
    restarts: all.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    ...(why === undefined ? {} : { why, next: look }),
  };
}

/** As kubectl has it. */
const phaseOf = ({ metadata }: KubeObject, { phase = "Unknown" }: PodStatus): string =>
  metadata.deletionTimestamp === undefined ? phase : "Terminating";

const endOf = ({ state, lastState }: ContainerStatus): Ended | undefined => state?.terminated ?? lastState?.terminated;

/** Not well: a container that has completed ends with 0. */
function hasEnded(container: ContainerStatus): boolean {
  const end = endOf(container);
  return container.ready !== true && end !== undefined && end.exitCode !== 0;
}

const previous = ({ state }: ContainerStatus): string => (state?.terminated === undefined ? " --previous" : "");

/** One that is on its way out, or has completed, is nobody's trouble. */
const isOver = ({ metadata }: KubeObject, { phase }: PodStatus): boolean =>
  metadata.deletionTimestamp !== undefined || phase === "Succeeded";

function whyNot(pod: KubeObject, status: PodStatus, staying: ReadonlySet<string>): string | undefined {
  if (isOver(pod, status)) return undefined;
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const trouble = troubleOf(pod);
  const reasons = [
    ...(trouble === undefined ? [] : [`${trouble}${scheduling(status)}`]),
    ...(status.phase === "Failed" ? [`the pod failed${status.reason === undefined ? "" : ` (${status.reason})`}`] : []),
    ...all.filter(hasEnded).map(sayEnd),
  ];
  if (reasons.length > 0) return reasons.join("; ");
  if (all.length === 0) return "the pod has not started yet";
  const waiting = all.filter(({ name, ready }) => staying.has(name) && ready !== true);
  return waiting.length === 0 ? undefined : waiting.map(sayWaiting).join("; ");
}

/** Never the message of a container, which may quote anything. */
function sayEnd(container: ContainerStatus): string {
  const { exitCode, reason } = endOf(container) ?? {};
  const why = reason === undefined || reason === "Error" ? "" : ` (${reason})`;
  return `container ${container.name} ended with exit code ${exitCode ?? "unknown"}${why}`;
}

const sayWaiting = ({ name, state }: ContainerStatus): string =>
  state?.running === undefined
    ? `container ${name} has not started yet`
    : `container ${name} runs and is not ready yet: its readiness probe has not succeeded`;

function scheduling({ conditions = [] }: PodStatus): string {
  const scheduled = conditions.find(({ type }) => type === "PodScheduled");
  const { message } = scheduled ?? {};
  return scheduled?.status === "False" && message !== undefined ? `: ${message.slice(0, MAX_MESSAGE)}` : "";
}
