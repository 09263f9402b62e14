/** The connection of a pod: the ServiceAccount that the kubelet mounts and rotates. */
import { readFileSync, statSync } from "node:fs";
import type { Connection, TlsMaterial } from "./connection.ts";

const MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** A rotated file is followed within this time; a token lives for an hour, a replaced one for as long as it was valid. */
const CHECK_EVERY_MS = 1_000;

/**
 * The connection of a pod, or undefined outside a cluster. Token and CA are read again when their modification time moves.
 * Throws at once when the ServiceAccount is not mounted: the pod needs `automountServiceAccountToken: true` or a projected token.
 */
export function inClusterConnection(
  env: Readonly<Record<string, string | undefined>> = process.env,
  mount = MOUNT,
): Connection | undefined {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT ?? "443";
  if (host === undefined || host === "") return undefined;
  const ca = followedFile(`${mount}/ca.crt`);
  const token = followedFile(`${mount}/token`);
  const namespace = readFileSync(`${mount}/namespace`, "utf8").trim();
  let tls: TlsMaterial = { ca: ca() };
  token();
  return {
    // An IPv6 address stands in brackets.
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    tls: () => {
      const current = ca();
      if (current !== tls.ca) tls = { ca: current };
      return tls;
    },
    authorization: (refresh) => Promise.resolve(`Bearer ${token(refresh)}`),
    namespace,
  };
}

/** A file's trimmed text, read again when its modification time moved. A file missing for a moment keeps its last text. */
function followedFile(path: string): (now?: boolean) => string {
  let mtimeMs = -1;
  let checkedMs = Number.NEGATIVE_INFINITY;
  let text: string | undefined;
  return (now = false) => {
    const atMs = performance.now();
    if (text !== undefined && !now && atMs - checkedMs < CHECK_EVERY_MS) return text;
    checkedMs = atMs;
    try {
      const modifiedMs = statSync(path).mtimeMs;
      if (text === undefined || now || modifiedMs !== mtimeMs) text = readFileSync(path, "utf8").trim();
      mtimeMs = modifiedMs;
    } catch (error) {
      if (text === undefined) throw error;
    }
    return text;
  };
}
