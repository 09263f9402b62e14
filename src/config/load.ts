/** Flags and the configuration file, parsed once and frozen. A flag goes before the file. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { configSchema, LOG_LEVELS, type OperatorConfig } from "./schema.ts";

export const COMMANDS = ["operator", "keep-admission", "check", "version"] as const;
export type Command = (typeof COMMANDS)[number];

export interface Config extends OperatorConfig {
  readonly command: Command;
  readonly leaderElect: boolean;
  /** Where it is installed; the pod's own namespace unless set. */
  readonly namespace: string | undefined;
  readonly kubeconfig: string | undefined;
  /** A docker config file with the operator's own credentials for registries. */
  readonly registryConfig: string | undefined;
  /** Authorities of registries, in PEM, beside the system's. */
  readonly registryCa: string | undefined;
  /** How long `check` asks again for what does not hold yet. */
  readonly waitSeconds: number;
}

export const USAGE = `usage: palisade [command] [flags]
commands
  operator                           keep workloads as they are declared; unless another is named
  keep-admission                     keep the admission policies as this version has them
  check                              say whether an installation works, in a line for each thing looked at, and end
  version                            say the version, and end
flags
  --config FILE                      the configuration, in JSON; what a flag says goes before it
  --leader-elect, --no-leader-elect  lead through a Lease; on unless set
  --namespace NAME                   where it is installed; the pod's own, else palisade-system
  --health-port N, --health-host H   probes and metrics; 8080 on every address
  --dns-service NAMESPACE/NAME       the cluster's DNS; kube-system/kube-dns
  --concurrency N                    workloads reconciled at once; 16
  --shards N                         parts that the namespaces are divided into among replicas; 1
  --log-level LEVEL                  fatal, error, warn, info, debug, trace or silent; info
  --registry-config FILE             credentials for registries, as a docker config file; none
  --registry-ca FILE                 authorities of registries beside the system's, in PEM; none
  --wait SECONDS                     how long check asks again for what does not hold yet; 60
  --kubeconfig FILE                  outside a cluster; the default kubeconfig`;

const flagsSchema = z.strictObject({
  config: z.string().optional(),
  "leader-elect": z.boolean().default(true),
  namespace: z.string().max(63).optional(),
  "health-port": z.coerce.number().int().min(0).max(65_535).optional(),
  "health-host": z.string().optional(),
  "dns-service": z
    .string()
    .regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, "must be namespace/name")
    .optional(),
  concurrency: z.coerce.number().int().min(1).max(128).optional(),
  shards: z.coerce.number().int().min(1).max(64).optional(),
  "log-level": z.enum(LOG_LEVELS).optional(),
  wait: z.coerce.number().int().min(0).max(3_600).default(60),
  kubeconfig: z.string().optional(),
  "registry-config": z.string().optional(),
  "registry-ca": z.string().optional(),
});

/** Throws an error whose message names the flag, or the field of the file, and what it takes. */
export function loadConfig(argv: readonly string[]): Config {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowNegative: true,
    allowPositionals: true,
    options: {
      config: { type: "string" },
      "leader-elect": { type: "boolean" },
      namespace: { type: "string" },
      "health-port": { type: "string" },
      "health-host": { type: "string" },
      "dns-service": { type: "string" },
      concurrency: { type: "string" },
      shards: { type: "string" },
      "log-level": { type: "string" },
      wait: { type: "string" },
      kubeconfig: { type: "string" },
      "registry-config": { type: "string" },
      "registry-ca": { type: "string" },
    },
  });
  const flags = checked(flagsSchema, values, (path) => `--${path}`);
  const file = flags.config === undefined ? {} : readConfigFile(flags.config);
  const [dnsNamespace = "", dnsName = ""] = flags["dns-service"]?.split("/") ?? [];
  return Object.freeze({
    ...configSchema.parse({
      ...file,
      ...defined({ logLevel: flags["log-level"], concurrency: flags.concurrency, shards: flags.shards }),
      health: { ...file.health, ...defined({ port: flags["health-port"], host: flags["health-host"] }) },
      ...(dnsName === "" ? {} : { dnsService: { namespace: dnsNamespace, name: dnsName } }),
    }),
    command: commandOf(positionals),
    leaderElect: flags["leader-elect"],
    namespace: flags.namespace,
    kubeconfig: flags.kubeconfig,
    registryConfig: flags["registry-config"],
    registryCa: flags["registry-ca"],
    waitSeconds: flags.wait,
  });
}

function commandOf([name = "operator", ...rest]: readonly string[]): Command {
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined || rest.length > 0)
    throw new Error(`${[name, ...rest].join(" ")}: the command must be one of ${COMMANDS.join(", ")}`);
  return command;
}

function readConfigFile(file: string): z.input<typeof configSchema> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`--config ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return checked(configSchema, content, (path) => `${file}: ${path}`);
}

function checked<T>(schema: z.ZodType<T>, value: unknown, place: (path: string) => string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `${place(path.join("."))}: ${message}`).join("; "));
}

const defined = <T extends Record<string, unknown>>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
