/** The connection of a kubeconfig context: certificates, tokens, exec plugins and OIDC, as client-node reads them. */
import type { KubeConfig } from "@kubernetes/client-node";
import type { Connection, TlsMaterial } from "./connection.ts";

export interface KubeconfigOptions {
  /** Unless set: `KUBECONFIG`, then `~/.kube/config`. */
  readonly path?: string;
  /** Unless set: the file's current context. */
  readonly context?: string;
}

/** Files named in the kubeconfig, and tokens near their end, are looked at again this often. */
const REREAD_MS = 60_000;

interface Credentials {
  readonly header: string | undefined;
  readonly tls: TlsMaterial;
}

/**
 * Loads client-node only when called: the library is large, and a pod never needs it. Credentials are read again every
 * minute; after a 401 the whole kubeconfig is. Throws when there is no current context, or when it asks for what is not
 * supported here: a proxy, or impersonation.
 */
export async function kubeconfigConnection(options: KubeconfigOptions = {}): Promise<Connection> {
  const { KubeConfig: Config } = await import("@kubernetes/client-node");
  const load = (): KubeConfig => loaded(new Config(), options);
  let config = load();
  const { server } = clusterOf(config);
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  let current = await readCredentials(config);
  let readMs = performance.now();
  let reading: Promise<void> | undefined;
  const reread = async (): Promise<void> => {
    const next = await readCredentials(config);
    current = { header: next.header, tls: sameTls(current.tls, next.tls) ? current.tls : next.tls };
    readMs = performance.now();
  };
  return {
    server: server.replace(/\/+$/, ""),
    tls: () => current.tls,
    authorization: async (refresh = false) => {
      if (refresh || performance.now() - readMs > REREAD_MS) {
        if (refresh && reading === undefined) config = load();
        reading ??= reread().finally(() => {
          reading = undefined;
        });
        await reading;
      }
      return current.header;
    },
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function loaded(config: KubeConfig, { path, context }: KubeconfigOptions): KubeConfig {
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (error) {
    throw unreadable(path === undefined ? "the kubeconfig" : `the kubeconfig ${path}`, error);
  }
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

function clusterOf(config: KubeConfig) {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error("the kubeconfig has no current context: choose one with `kubectl config use-context`");
  }
  if (cluster.proxyUrl !== undefined && cluster.proxyUrl !== "") {
    throw new Error(`cluster "${cluster.name}" of the kubeconfig sets proxy-url: not supported, use a direct address`);
  }
  return cluster;
}

async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const cluster = clusterOf(config);
  const user = config.getCurrentUser();
  if (user?.impersonateUser !== undefined) {
    throw new Error(
      `user "${user.name}" of the kubeconfig sets "as": impersonation is not supported, use another user`,
    );
  }
  const headers: Record<string, string | undefined> = {};
  const https: TlsMaterial & { readonly headers: typeof headers } = { headers };
  try {
    await config.applyToHTTPSOptions(https);
  } catch (error) {
    throw unreadable(`the credentials of user "${user?.name ?? ""}" in the kubeconfig`, error);
  }
  const { ca, cert, key } = https;
  const basic = user?.username === undefined ? undefined : basicHeader(user.username, user.password ?? "");
  return {
    header: headers.Authorization ?? basic,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(cluster.tlsServerName === undefined ? {} : { servername: cluster.tlsServerName }),
      ...(cluster.skipTLSVerify === true ? { rejectUnauthorized: false } : {}),
    },
  };
}

/** The parsers of YAML and JSON quote what they could not read, which is full of credentials: only who refused it is told. */
function unreadable(what: string, error: unknown): Error {
  const quotes = error instanceof SyntaxError || (error instanceof Error && error.name === "YAMLException");
  const why = !quotes && error instanceof Error ? error.message : "it is not well-formed";
  return new Error(`${what} cannot be read: ${why}`);
}

function basicHeader(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Equal in content: the pools, and every connection in them, stay. */
function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  const same = (x: string | Buffer | undefined, y: string | Buffer | undefined): boolean => String(x) === String(y);
  return same(a.ca, b.ca) && same(a.cert, b.cert) && same(a.key, b.key);
}
