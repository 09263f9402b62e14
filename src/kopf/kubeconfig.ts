/** Connects with a kubeconfig context: certificates, tokens, exec plugins and OIDC, as client-node reads them. */
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Connection, TlsMaterial } from "./connection-types.ts";
import { defined } from "./defined.ts";

export interface KubeconfigOptions {
  /** One file, or several in the form of `KUBECONFIG`, of which the first goes before the others. Unless set: `KUBECONFIG`, then `~/.kube/config`. */
  readonly path?: string;
  /** Unless set: the file's current context. */
  readonly context?: string;
  /** The user to act as; goes before the kubeconfig's own `as`. */
  readonly as?: string;
}

/** How often files and expiring tokens are read again. */
const REREAD_MS = 60_000;

interface Credentials {
  readonly header: string | undefined;
  readonly tls: TlsMaterial;
}

/**
 * Loads client-node only when called: the library is large, and a pod never needs it. Reads credentials again every minute,
 * and the whole kubeconfig after a 401. Throws without a current context, and when the context sets a SOCKS proxy.
 */
export async function kubeconfigConnection(options: KubeconfigOptions = {}): Promise<Connection> {
  const { KubeConfig: Config } = await import("@kubernetes/client-node");
  const load = (): KubeConfig => loaded(new Config(), options);
  let config = load();
  const { server, proxyUrl } = clusterOf(config);
  const impersonatedUser = options.as ?? config.getCurrentUser()?.impersonateUser;
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
    ...(impersonatedUser === undefined || impersonatedUser === null ? {} : { impersonatedUser }),
    ...(proxyUrl === undefined || proxyUrl === "" ? {} : { proxy: proxyUrl }),
  };
}

function loaded(config: KubeConfig, { path, context }: KubeconfigOptions): KubeConfig {
  try {
    if (path === undefined) config.loadFromDefault();
    else loadAll(config, existsSync(path) ? [path] : path.split(delimiter));
  } catch (error) {
    throw unreadable(path === undefined ? "the kubeconfig" : `the kubeconfig ${path}`, error);
  }
  if (context !== undefined) setContext(config, context);
  return config;
}

/** As kubectl merges them: of two entries of one name the first counts, and of the current contexts. */
function loadAll(config: KubeConfig, paths: readonly string[]): void {
  const [first = "", ...others] = paths.filter((path) => path !== "");
  config.loadFromFile(first);
  const Config = config.constructor as new () => KubeConfig;
  for (const path of others) {
    const other = new Config();
    other.loadFromFile(path);
    config.clusters = merged(config.clusters, other.clusters);
    config.users = merged(config.users, other.users);
    config.contexts = merged(config.contexts, other.contexts);
    config.currentContext ||= other.currentContext;
  }
}

function merged<T extends { readonly name: string }>(first: readonly T[], then: readonly T[]): T[] {
  const names = new Set(first.map(({ name }) => name));
  return [...first, ...then.filter(({ name }) => !names.has(name))];
}

function setContext(config: KubeConfig, name: string): void {
  if (!config.contexts.some((context) => context.name === name))
    throw new Error(`the kubeconfig has no context "${name}": list them with \`kubectl config get-contexts\``);
  config.setCurrentContext(name);
}

function clusterOf(config: KubeConfig) {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error("the kubeconfig has no current context: choose one with `kubectl config use-context`");
  }
  if (cluster.proxyUrl?.startsWith("socks") === true) {
    throw new Error(
      `cluster "${cluster.name}" of the kubeconfig sets a SOCKS proxy-url: not supported, use an http or https proxy`,
    );
  }
  return cluster;
}

async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const cluster = clusterOf(config);
  const user = config.getCurrentUser();
  const headers: Record<string, string | undefined> = {};
  const https: TlsMaterial & { readonly headers: typeof headers } = { headers };
  try {
    await config.applyToHTTPSOptions(https);
  } catch (error) {
    throw unreadable(`the credentials of user "${user?.name ?? ""}" in the kubeconfig`, error);
  }
  const { ca, cert, key } = https;
  const basic = user?.username === undefined ? undefined : basicHeader(user.username, user.password ?? "");
  const rejectUnauthorized = cluster.skipTLSVerify === true ? false : undefined;
  const tls = defined({ ca, cert, key, servername: cluster.tlsServerName, rejectUnauthorized });
  return { header: headers.Authorization ?? basic, tls };
}

/** YAML and JSON parsers quote the input, which holds credentials, so their messages are left out. */
function unreadable(what: string, error: unknown): Error {
  const quotes = error instanceof SyntaxError || (error instanceof Error && error.name === "YAMLException");
  const why = !quotes && error instanceof Error ? error.message : "it is not well-formed";
  return new Error(`${what} cannot be read: ${why}`);
}

function basicHeader(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Equal content keeps the pools and their connections. */
function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  const same = (x: string | Buffer | undefined, y: string | Buffer | undefined): boolean => String(x) === String(y);
  return same(a.ca, b.ca) && same(a.cert, b.cert) && same(a.key, b.key);
}
