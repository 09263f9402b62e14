/** Environment and flags, parsed once and frozen. */
import { parseArgs } from "node:util";
import { z } from "zod";

const schema = z.strictObject({
  "leader-elect": z.boolean().default(true),
  namespace: z.string().max(63).optional(),
  "health-port": z.coerce.number().int().min(0).max(65_535).default(8080),
  "health-host": z.string().default("0.0.0.0"),
  "dns-service": z
    .string()
    .regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, "must be namespace/name")
    .default("kube-system/kube-dns"),
  concurrency: z.coerce.number().int().min(1).max(128).default(16),
  "log-level": z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  kubeconfig: z.string().optional(),
  "registry-config": z.string().optional(),
  "registry-ca": z.string().optional(),
});

export interface Config {
  readonly leaderElect: boolean;
  /** Where the Lease lies; the pod's own namespace unless set. */
  readonly namespace: string | undefined;
  readonly health: { readonly port: number; readonly host: string };
  readonly dnsService: { readonly namespace: string; readonly name: string };
  readonly concurrency: number;
  readonly logLevel: string;
  readonly kubeconfig: string | undefined;
  /** A docker config file with the operator's own credentials for registries. */
  readonly registryConfig: string | undefined;
  /** Authorities of registries, in PEM, beside the system's. */
  readonly registryCa: string | undefined;
}

export const USAGE = `usage: palisade [flags]
  --leader-elect, --no-leader-elect  lead through a Lease; on unless set
  --namespace NAME                   where the Lease lies; the pod's own, else palisade-system
  --health-port N, --health-host H   probes and metrics; 8080 on every address
  --dns-service NAMESPACE/NAME       the cluster's DNS; kube-system/kube-dns
  --concurrency N                    workloads reconciled at once; 16
  --log-level LEVEL                  fatal, error, warn, info, debug, trace or silent; info
  --registry-config FILE             credentials for registries, as a docker config file; none
  --registry-ca FILE                 authorities of registries beside the system's, in PEM; none
  --kubeconfig FILE                  outside a cluster; the default kubeconfig`;

/** Throws an error whose message names the flag and what it takes. */
export function parseConfig(argv: readonly string[]): Config {
  const { values } = parseArgs({
    args: [...argv],
    allowNegative: true,
    options: {
      "leader-elect": { type: "boolean" },
      namespace: { type: "string" },
      "health-port": { type: "string" },
      "health-host": { type: "string" },
      "dns-service": { type: "string" },
      concurrency: { type: "string" },
      "log-level": { type: "string" },
      kubeconfig: { type: "string" },
      "registry-config": { type: "string" },
      "registry-ca": { type: "string" },
    },
  });
  const parsed = schema.safeParse(values);
  if (!parsed.success)
    throw new Error(parsed.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`).join("; "));
  const flags = parsed.data;
  const [dnsNamespace = "", dnsName = ""] = flags["dns-service"].split("/");
  return Object.freeze({
    leaderElect: flags["leader-elect"],
    namespace: flags.namespace,
    health: { port: flags["health-port"], host: flags["health-host"] },
    dnsService: { namespace: dnsNamespace, name: dnsName },
    concurrency: flags.concurrency,
    logLevel: flags["log-level"],
    kubeconfig: flags.kubeconfig,
    registryConfig: flags["registry-config"],
    registryCa: flags["registry-ca"],
  });
}
