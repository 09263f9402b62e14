/** Where the API server is and how to prove who we are: from the pod's own ServiceAccount, or from a kubeconfig. */
import { readFileSync, statSync } from "node:fs";

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

const MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** A file's text, read again only when its modification time moved. */
function watchedFile(path: string): () => string {
  let mtimeMs = -1;
  let text = "";
  return () => {
    const now = statSync(path).mtimeMs;
    if (now !== mtimeMs) {
      text = readFileSync(path, "utf8");
      mtimeMs = now;
    }
    return text;
  };
}

/** The connection of a pod, or undefined outside a cluster. The kubelet rotates token and CA on disk; both are followed. */
export function inClusterConnection(env: NodeJS.ProcessEnv = process.env, mount = MOUNT): Connection | undefined {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (host === undefined || host === "") return undefined;
  const ca = watchedFile(`${mount}/ca.crt`);
  const token = watchedFile(`${mount}/token`);
  let tls: TlsMaterial = { ca: ca() };
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    tls: () => {
      const current = ca();
      if (current !== tls.ca) tls = { ca: current };
      return tls;
    },
    authorization: () => Promise.resolve(`Bearer ${token().trim()}`),
    namespace: readFileSync(`${mount}/namespace`, "utf8").trim(),
  };
}

/**
 * The connection of a kubeconfig context: certificates, tokens, exec plugins and OIDC as client-node reads them.
 * Loaded lazily, since the library is large and a pod never needs it. Throws when there is no current context.
 */
export async function kubeconfigConnection(options: { readonly path?: string; readonly context?: string } = {}): Promise<Connection> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (options.path === undefined) config.loadFromDefault();
  else config.loadFromFile(options.path);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("the kubeconfig has no current context: choose one with `kubectl config use-context`");
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  const readAuth = async () => {
    const https: Record<string, unknown> = {};
    const headers = { Authorization: undefined as string | undefined };
    await config.applyToHTTPSOptions(Object.assign(https, { headers }) as never);
    return { https, authorization: headers.Authorization };
  };
  const first = await readAuth();
  const { ca, cert, key } = first.https as TlsMaterial;
  const tls: TlsMaterial = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(cluster.tlsServerName === undefined ? {} : { servername: cluster.tlsServerName }),
    ...(cluster.skipTLSVerify === true ? { rejectUnauthorized: false } : {}),
  };
  const maxAgeMs = 60_000;
  let current = { header: first.authorization, readMs: performance.now() };
  return {
    server: cluster.server.replace(/\/$/, ""),
    tls: () => tls,
    authorization: async (refresh = false) => {
      if (refresh || performance.now() - current.readMs > maxAgeMs) {
        current = { header: (await readAuth()).authorization, readMs: performance.now() };
      }
      return current.header;
    },
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** In a pod its ServiceAccount, elsewhere the default kubeconfig. */
export async function defaultConnection(): Promise<Connection> {
  return inClusterConnection() ?? (await kubeconfigConnection());
}
