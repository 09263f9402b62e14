/** Where the API server is and how to prove who we are: from the pod's own ServiceAccount, or from a kubeconfig. */
import { inClusterConnection } from "./in-cluster.ts";
import { kubeconfigConnection } from "./kubeconfig.ts";

export { inClusterConnection } from "./in-cluster.ts";
export { type KubeconfigOptions, kubeconfigConnection } from "./kubeconfig.ts";

export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface Connection {
  /** `https://host:port`, without a trailing slash. */
  readonly server: string;
  /** The current TLS material. The same object as long as nothing changed on disk, so that pools are kept. */
  tls(): TlsMaterial;
  /** The `Authorization` header, or undefined; `refresh` after a 401 reads credentials anew. */
  authorization(refresh?: boolean): Promise<string | undefined>;
  /** The namespace this process runs in, where known. */
  readonly namespace?: string;
}

/** In a pod its ServiceAccount, elsewhere the current context of the default kubeconfig. */
export async function defaultConnection(): Promise<Connection> {
  return inClusterConnection() ?? (await kubeconfigConnection());
}
