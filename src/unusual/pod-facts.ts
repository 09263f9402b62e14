/** What one pod's spec and status say of its containers. Pure, and small: it is kept of every pod. */
import type { KubeObject } from "kopf-ts";
import { quantityMillis } from "../kubernetes/quantity.ts";

export interface ContainerEnd {
  readonly code: number;
  readonly reason: string | undefined;
  /** By the clock of the node, in milliseconds. */
  readonly atMs: number;
}

export interface ContainerFacts {
  readonly name: string;
  readonly restarts: number;
  readonly ends: readonly ContainerEnd[];
}

export interface ImageReport {
  readonly container: string;
  readonly pinned: string;
  /** The same text as `pinned` where the node reports what is pinned. */
  readonly reported: string;
}

export interface PodFacts {
  readonly node: string | undefined;
  /** Those that restarted, or failed. */
  readonly containers: readonly ContainerFacts[];
  /** Names of ephemeral containers. */
  readonly ephemeral: readonly string[];
  readonly images: readonly ImageReport[];
  /** Sum of its containers' limits in thousandths of a core; undefined where one has none. */
  readonly cpuLimit: number | undefined;
}

interface Spec {
  readonly nodeName?: string;
  readonly containers?: readonly SpecContainer[];
  readonly ephemeralContainers?: readonly { readonly name: string }[];
}

interface SpecContainer {
  readonly name: string;
  readonly image?: string;
  readonly resources?: { readonly limits?: { readonly cpu?: string } };
}

interface Terminated {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly finishedAt?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly imageID?: string;
  readonly state?: { readonly terminated?: Terminated };
  readonly lastState?: { readonly terminated?: Terminated };
}

interface Status {
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}

export function podFacts(pod: KubeObject): PodFacts {
  const spec = (pod["spec"] ?? {}) as Spec;
  const { containerStatuses = [], initContainerStatuses = [] } = (pod["status"] ?? {}) as Status;
  // A pod that ends takes its containers along, and their codes say so.
  const isEnding = pod.metadata.deletionTimestamp !== undefined;
  return {
    node: spec.nodeName,
    containers: isEnding ? [] : [...initContainerStatuses, ...containerStatuses].flatMap(containerFacts),
    ephemeral: (spec.ephemeralContainers ?? []).map(({ name }) => name),
    images: imageReports(spec, containerStatuses),
    cpuLimit: cpuLimitOf(spec),
  };
}

function containerFacts({ name, restartCount = 0, state, lastState }: ContainerStatus): readonly ContainerFacts[] {
  const failed = state?.terminated?.exitCode === 0 ? undefined : state?.terminated;
  const ends = [failed, lastState?.terminated].flatMap((end) => (end === undefined ? [] : endOf(end)));
  return restartCount === 0 && ends.length === 0 ? [] : [{ name, restarts: restartCount, ends }];
}

function endOf({ exitCode, reason, finishedAt }: Terminated): readonly ContainerEnd[] {
  const atMs = Date.parse(finishedAt ?? "");
  return exitCode === undefined || Number.isNaN(atMs) ? [] : [{ code: exitCode, reason, atMs }];
}

const DIGEST = /sha(?:256:[a-f0-9]{64}|512:[a-f0-9]{128})$/;

export const digestIn = (reference: string): string | undefined => DIGEST.exec(reference)?.[0];

/** Of containers whose image is pinned, once the node says what runs. */
function imageReports({ containers = [] }: Spec, statuses: readonly ContainerStatus[]): readonly ImageReport[] {
  return containers.flatMap(({ name, image = "" }) => {
    const pinned = image.includes("@") ? digestIn(image) : undefined;
    const reported = digestIn(statuses.find((status) => status.name === name)?.imageID ?? "");
    if (pinned === undefined || reported === undefined) return [];
    return [{ container: name, pinned, reported: reported === pinned ? pinned : reported }];
  });
}

function cpuLimitOf({ containers = [] }: Spec): number | undefined {
  const limits = containers.map(({ resources }) => resources?.limits?.cpu);
  if (limits.length === 0 || limits.some((limit) => limit === undefined)) return undefined;
  return limits.reduce((sum, limit) => sum + Number(quantityMillis(limit ?? "0")), 0);
}
