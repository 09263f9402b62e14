/** Connects with the ServiceAccount that the kubelet mounts into a pod and rotates. */
import { readFileSync } from "node:fs";
import type { Connection, TlsMaterial } from "./connection-types.ts";
import { followedFile } from "./followed-file.ts";

const MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The connection of this pod, or undefined outside a cluster. Reads token and CA again when their files change.
 * Throws when no ServiceAccount is mounted: the pod needs `automountServiceAccountToken: true` or a projected token.
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
