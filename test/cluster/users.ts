/** The people of a test cluster, and the programs of its node. */
import { NODE_NAME } from "./node/addresses.ts";

export type ClusterUser = "admin" | "platform" | "alice" | "bob" | "carol" | "reader" | "mallory";

/** `admin` is beyond RBAC; `platform` is bound to cluster-admin; `alice`, `bob` and `carol` are of app teams; `reader` only looks; `mallory` has nothing but what a test gives. */
export const USERS: Readonly<Record<ClusterUser, readonly string[]>> = {
  admin: ["system:masters"],
  platform: ["platform-team"],
  alice: ["team-a"],
  bob: ["team-b"],
  carol: ["team-c"],
  reader: ["readers"],
  mallory: ["intruders"],
};

/** As real clusters call them: RBAC and admission policies know these names. */
export const CONTROL_PLANE_IDENTITIES: Readonly<Record<string, readonly string[]>> = {
  "system:kube-controller-manager": [],
  "system:kube-scheduler": [],
};

/** A node that exists on paper only, and whoever speaks for it. */
export const PAPER_NODE = "paper";
export const PAPER_NODE_USER = `system:node:${PAPER_NODE}` as const;
export const PAPER_NODE_IDENTITY: Readonly<Record<string, readonly string[]>> = { [PAPER_NODE_USER]: ["system:nodes"] };

/** The programs of a real node, where there is one. */
export const NODE_IDENTITIES: Readonly<Record<string, readonly string[]>> = {
  [`system:node:${NODE_NAME}`]: ["system:nodes"],
  "system:kube-proxy": [],
  "network-policies": ["system:masters"],
};

export const USER_NAMES = Object.keys(USERS) as readonly ClusterUser[];

/** A kubeconfig for one user by bearer token. */
export function tokenKubeconfig(server: string, caFile: string, user: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority": caFile } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user } }],
    "current-context": "test",
  });
}
