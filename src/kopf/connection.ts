/** Connects to the API server with the pod's ServiceAccount or a kubeconfig. */
import type { Connection } from "./connection-types.ts";
import { inClusterConnection } from "./in-cluster.ts";
import { kubeconfigConnection } from "./kubeconfig.ts";

/** In a pod, its ServiceAccount; elsewhere, the current context of the default kubeconfig. */
export async function defaultConnection(): Promise<Connection> {
  return inClusterConnection() ?? (await kubeconfigConnection());
}
