/** Ports of a node that may answer without login, and what an answer means. Pure. */

export interface NodePort {
  readonly port: number;
  readonly protocol: "http" | "https";
  readonly path: string;
  /** Who listens there. */
  readonly what: string;
  /** Only the kubelet that takes logins is always there: an answer of it proves that the node can be reached. */
  readonly isKubelet: boolean;
}

const KUBELET_PORT = 10_250;

/** `kubeletPort` as the node names it. */
export const portsOf = (kubeletPort: number = KUBELET_PORT): readonly NodePort[] => [
  { port: kubeletPort, protocol: "https", path: "/pods", what: "the kubelet", isKubelet: true },
  { port: 10_255, protocol: "http", path: "/pods", what: "the kubelet's read-only port", isKubelet: false },
  { port: 10_249, protocol: "http", path: "/metrics", what: "kube-proxy", isKubelet: false },
  { port: 4_194, protocol: "http", path: "/metrics", what: "cAdvisor", isKubelet: false },
];

/** The status code of an answer, `refused`, or `silent` where nobody answered. */
export type Reply = number | "refused" | "silent";

export interface PortReply {
  readonly port: NodePort;
  readonly reply: Reply;
}

export interface NodePortsFinding {
  /** Whether the node could be reached at all: one that could not is unknown, and not closed. */
  readonly isReached: boolean;
  readonly open: readonly NodePort[];
}

/** Open is what gives its content to who shows no credentials. */
export function judgePorts(replies: readonly PortReply[]): NodePortsFinding {
  return {
    isReached: replies.some(({ port, reply }) => reply === 200 || (port.isKubelet && reply !== "silent")),
    open: replies.filter(({ reply }) => reply === 200).map(({ port }) => port),
  };
}

export const openWords = (open: readonly NodePort[]): string =>
  open.map(({ port, what }) => `${what} answers on port ${port} without login`).join(", ");

/** A node names its own addresses: none of this machine's, and none that only a link knows, such as metadata services. */
export function isNodeAddress(address: string): boolean {
  const plain = address.toLowerCase();
  return (
    !/^(127\.|0\.|169\.254\.|22[4-9]\.|23\d\.|::1?$|::ffff:|fe[89ab]|ff)/.test(plain) && !plain.startsWith("fd00:ec2:")
  );
}
