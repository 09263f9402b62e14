/** What a node says of itself, and what of that is unusual. Pure, and small: it is kept of every node. */
import type { KubeObject } from "kopf-ts";
import type { NodeFact } from "../crds/v1alpha1/unusual.ts";
import { CONTAINERD_ENDS, endedOn, KUBERNETES_ENDS, skewOf, type Version, versionIn } from "./support.ts";

export interface NodeFacts {
  /** Undefined where the node says nothing of it. */
  readonly ready: "True" | "False" | "Unknown" | undefined;
  /** Conditions that tell of a problem. */
  readonly problems: readonly string[];
  readonly kubelet: string;
  /** `containerd://2.2.1`. */
  readonly runtime: string;
  readonly architecture: string;
  readonly addresses: readonly string[];
  readonly kubeletPort: number | undefined;
}

interface Status {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly nodeInfo?: {
    readonly kubeletVersion?: string;
    readonly containerRuntimeVersion?: string;
    readonly architecture?: string;
  };
  readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
}

/** Of the kubelet, and of node-problem-detector; others may be good where they are true. */
const PROBLEMS: ReadonlySet<string> = new Set([
  "MemoryPressure",
  "DiskPressure",
  "PIDPressure",
  "NetworkUnavailable",
  "KernelDeadlock",
  "ReadonlyFilesystem",
  "CorruptDockerOverlay2",
  "FrequentKubeletRestart",
  "FrequentContainerdRestart",
  "FrequentDockerRestart",
  "FrequentUnregisterNetDevice",
]);

export function nodeFacts(node: KubeObject): NodeFacts {
  const { conditions = [], nodeInfo = {}, addresses = [], daemonEndpoints } = (node["status"] ?? {}) as Status;
  return {
    ready: conditions.find(({ type }) => type === "Ready")?.status as NodeFacts["ready"],
    problems: conditions.filter(({ type, status }) => status === "True" && PROBLEMS.has(type)).map(({ type }) => type),
    kubelet: nodeInfo.kubeletVersion ?? "",
    runtime: nodeInfo.containerRuntimeVersion ?? "",
    architecture: nodeInfo.architecture ?? "",
    addresses: addresses.filter(({ type }) => type === "InternalIP").map(({ address }) => address),
    kubeletPort: daemonEndpoints?.kubeletEndpoint?.Port,
  };
}

/** Runtime and architecture, by which reports of nodes may be compared; undefined where the node does not name both. */
export const platformOf = ({ runtime, architecture }: NodeFacts): string | undefined =>
  runtime === "" || architecture === "" ? undefined : `${runtime} ${architecture}`;

export interface FoundFact {
  readonly fact: NodeFact;
  readonly detail: string;
}

export interface Judging {
  /** Undefined where it is not known: then nothing is said of skew. */
  readonly server: Version | undefined;
  readonly nowMs: number;
}

/** From what the node says itself. */
export function nodeFindings(node: NodeFacts, judging: Judging): readonly FoundFact[] {
  return [
    ...(node.ready === "False" || node.ready === "Unknown" ? [found("NotReady", `Ready is ${node.ready}`)] : []),
    ...(node.problems.length === 0 ? [] : [found("UnderPressure", node.problems.join(", "))]),
    ...versionFindings(node, judging),
  ];
}

function versionFindings({ kubelet, runtime }: NodeFacts, { server, nowMs }: Judging): readonly FoundFact[] {
  const version = versionIn(kubelet);
  const [kind, text = ""] = runtime.split("://");
  const runs = kind === "containerd" ? versionIn(text) : undefined;
  const skew = version === undefined || server === undefined ? undefined : skewOf(version, server);
  const ended = version === undefined ? undefined : endedOn(KUBERNETES_ENDS, version, nowMs);
  const runtimeEnded = runs === undefined ? undefined : endedOn(CONTAINERD_ENDS, runs, nowMs);
  return [
    ...(skew === undefined ? [] : [found("KubeletSkewed", skew)]),
    ...(ended === undefined ? [] : [found("KubeletOutOfSupport", `${kubelet}: upstream support ended ${ended}`)]),
    ...(runtimeEnded === undefined
      ? []
      : [found("RuntimeOutOfSupport", `${runtime}: upstream support ended ${runtimeEnded}`)]),
  ];
}

const found = (fact: NodeFact, detail: string): FoundFact => ({ fact, detail });
