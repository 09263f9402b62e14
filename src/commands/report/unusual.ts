/** What of a cluster is unusual, for the report: read beside the audit, with the caller's rights. What may not be read is told. */
import type { KubeObject, Transport } from "kopf-ts";
import type { SecurityBaselineStatus } from "../../crds/v1alpha1/security-baseline.ts";
import type { Unusual } from "../../report/unusual-model.ts";
import type { ClusterReading, UnusualCollector } from "../../unusual/cluster-reading.ts";
import { deniedIn } from "../../unusual/denials.ts";
import { type Version, versionIn } from "../../unusual/support.ts";
import { linesOf } from "../../unusual/workload.ts";
import type { ServerVersion } from "../server-version.ts";
import { keyOfWorkload, statusOf } from "../status/reading.ts";
import type { HeldReading } from "./holdings.ts";

const OURS = /^palisade-/;

export interface UnusualReading {
  readonly reading: ClusterReading;
  readonly denials: Unusual["denials"];
  readonly unknown: readonly string[];
}

interface Reading {
  readonly collector: UnusualCollector;
  /** Undefined for every namespace. */
  readonly namespace: string | undefined;
  /** Kinds that could not be listed. */
  readonly unread: readonly string[];
  readonly nowMs: number;
}

export async function readUnusual(
  transport: Pick<Transport, "request">,
  { collector, namespace, unread, nowMs }: Reading,
): Promise<UnusualReading> {
  const server = await serverOf(transport);
  const denials = await denialsOf(transport);
  const isWhole = namespace === undefined && !unread.includes("pods");
  return {
    reading: collector.finish({ server, nowMs, isWhole }),
    denials: denials ?? [],
    unknown: [
      ...(unread.includes("nodes") ? ["nodes: they may not be listed"] : []),
      ...(unread.includes("pods") ? ["pods: they may not be listed"] : []),
      ...(isWhole ? [] : ["images that no pod names: not every pod was read"]),
      ...(server === undefined ? ["distance of kubelets from the API server: it does not say its version"] : []),
      ...(denials === undefined ? ["refused requests: /metrics of the API server may not be read"] : []),
    ],
  };
}

async function serverOf(transport: Pick<Transport, "request">): Promise<Version | undefined> {
  try {
    const { major, minor } = await transport.request<ServerVersion>({ method: "GET", path: "/version" });
    return versionIn(`${major}.${minor.replace(/[^0-9]/g, "")}`);
  } catch {
    return undefined;
  }
}

/** Of the API server that answers: others count their own. */
async function denialsOf(transport: Pick<Transport, "request">): Promise<Unusual["denials"] | undefined> {
  try {
    const text = await transport.request<string>({ method: "GET", path: "/metrics", accept: "text/plain", as: "text" });
    const { denied } = deniedIn(text, (policy) => OURS.test(policy));
    return [...denied].map(([policy, count]) => ({ policy, count })).sort((a, b) => b.count - a.count);
  } catch {
    return undefined;
  }
}

/** With what the operator says: it sees ports of nodes, CPU, and pods that are gone. */
export function unusualOf({ reading, denials, unknown }: UnusualReading, held: HeldReading): Unusual {
  const told = ((held.baseline?.["status"] ?? {}) as Partial<SecurityBaselineStatus>).unusual ?? {};
  const answers = (told.nodes ?? []).filter(({ fact }) => fact === "KubeletAnswers");
  const asked = told.kubelets === undefined ? ["kubelet ports: no operator tried them"] : [];
  const unreached = told.kubelets?.unreached ?? 0;
  return {
    nodes: [...answers, ...reading.nodes],
    containers: [...reading.containers],
    entered: [...reading.entered],
    images: [...reading.images],
    unnamed: [...reading.unnamed],
    denials: denials.length > 0 ? [...denials] : [...(told.denials ?? [])],
    workloads: held.workloads.flatMap(factsOf),
    unknown: [
      ...unknown,
      ...asked,
      ...(unreached === 0
        ? []
        : [`kubelet ports of ${unreached} nodes: the operator could not reach them, or has not tried yet`]),
      ...(told.unknown ?? []).filter((line) => line.startsWith("CPU")),
    ],
  };
}

function factsOf(workload: KubeObject): Unusual["workloads"] {
  const { unusual } = statusOf(workload);
  const facts = unusual === undefined ? [] : linesOf(unusual);
  return facts.length === 0 ? [] : [{ workload: keyOfWorkload(workload), facts: [...facts] }];
}
