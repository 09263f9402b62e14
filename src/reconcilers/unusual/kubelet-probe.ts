/**
 * Tries the ports of nodes that should ask for a login: a few nodes a minute, one after the other, without credentials. Nothing is read of an answer but its
 * status. What is said is what any pod finds whose network policy lets it out.
 */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIPv6 } from "node:net";
import { type Outcome, type ReconcileContext, waiting } from "kopf-ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import {
  isNodeAddress,
  judgePorts,
  type NodePort,
  type NodePortsFinding,
  openWords,
  portsOf,
  type Reply,
} from "../../unusual/kubelet-ports.ts";

const EVERY_MS = 60_000;
const AT_ONCE = 16;
const TIMEOUT_MS = 2_000;

interface Counts {
  readonly tried: number;
  readonly unreached: number;
}

export class KubeletProbe {
  readonly #nodes: ClusterState["nodes"];
  readonly #found = new Map<string, NodePortsFinding>();
  readonly #listeners = new Set<() => void>();
  #counts: Counts | undefined;
  /** The name that was tried last. */
  #last = "";

  constructor({ nodes }: Pick<ClusterState, "nodes">) {
    this.#nodes = nodes;
    nodes.onChange(({ type, key }) => {
      if (type === "deleted") this.#found.delete(key);
    });
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** What answers on a node without login, in words. */
  answersOf(node: string): string | undefined {
    const open = this.#found.get(node)?.open ?? [];
    return open.length === 0 ? undefined : openWords(open);
  }

  /** Of the last round over all nodes; undefined until there was one. */
  counts(): Counts | undefined {
    return this.#counts;
  }

  unknown(): string | undefined {
    return this.#counts === undefined ? "kubelet ports: not every node was tried yet" : undefined;
  }

  readonly reconcile = async (_context: ReconcileContext): Promise<Outcome> => {
    const before = this.#said();
    const { nodes, isLast } = this.#next();
    await Promise.all(nodes.map((node) => this.#try(node)));
    if (isLast) this.#counts = this.#count();
    if (this.#said() !== before) for (const listener of this.#listeners) listener();
    return waiting("KubeletsTried", EVERY_MS);
  };

  /** What the status says of it. */
  #said(): string {
    const open = [...this.#found.keys()].filter((node) => this.answersOf(node) !== undefined);
    return JSON.stringify([this.#counts, open.map((node) => [node, this.answersOf(node)])]);
  }

  #count(): Counts {
    const tried = [...this.#found.values()].filter(({ isReached }) => isReached).length;
    return { tried, unreached: this.#nodes.size - tried };
  }

  /** The next few by name, and whether they are the last of a round. */
  #next(): { readonly nodes: readonly string[]; readonly isLast: boolean } {
    const names = [...this.#nodes.entries()].map(([name]) => name).sort();
    const after = names.filter((name) => name > this.#last);
    const nodes = after.slice(0, AT_ONCE);
    const isLast = after.length <= AT_ONCE;
    this.#last = isLast ? "" : (nodes.at(-1) ?? "");
    return { nodes, isLast };
  }

  async #try(node: string): Promise<void> {
    const facts = this.#nodes.get(node)?.facts;
    const address = facts?.addresses.find(isNodeAddress);
    if (facts === undefined || address === undefined) return;
    const ports = portsOf(facts.kubeletPort);
    const replies = await Promise.all(ports.map(async (port) => ({ port, reply: await replyOf(address, port) })));
    if (this.#nodes.get(node) !== undefined) this.#found.set(node, judgePorts(replies));
  }
}

/** What answers a GET without credentials. The connection ends with the head of the answer; certificates of kubelets are often signed by themselves. */
export function replyOf(
  address: string,
  { port, protocol, path }: Pick<NodePort, "port" | "protocol" | "path">,
  timeoutMs = TIMEOUT_MS,
): Promise<Reply> {
  return new Promise((resolve) => {
    const host = isIPv6(address) ? `[${address}]` : address;
    const options = { agent: false as const, signal: AbortSignal.timeout(timeoutMs) };
    const url = `${protocol}://${host}:${port}${path}`;
    const asking =
      protocol === "https" ? httpsRequest(url, { ...options, rejectUnauthorized: false }) : httpRequest(url, options);
    asking.once("response", (response) => {
      resolve(response.statusCode ?? "silent");
      asking.destroy();
    });
    asking.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED" ? "refused" : "silent"));
    asking.end();
  });
}
