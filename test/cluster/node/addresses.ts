/** The networks inside a node. They end at its own network namespace, so every node may use the same. */
export const NODE_NAME = "node-1";
export const POD_RANGE = "10.244.0.0/24";
export const SERVICE_RANGE = "10.96.0.0/16";
export const CLUSTER_DOMAIN = "cluster.local";
