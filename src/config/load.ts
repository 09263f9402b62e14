/** Flags and the configuration file, parsed once and frozen. A flag goes before the file. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { configSchema, LOG_LEVELS, type OperatorConfig } from "./schema.ts";

/** Flags as the command line names them, in camel case; absent unless given. */
export type ConfigFlags = Readonly<Record<string, unknown>>;

export interface Config extends OperatorConfig {
  readonly leaderElect: boolean;
  /** Where it is installed; the pod's own namespace unless set. Of `plan` and `status`, the SecureWorkload's. */
  readonly namespace: string | undefined;
  /** One file, or several in the form of KUBECONFIG. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** The user to act as. */
  readonly as: string | undefined;
  /** A docker config file with the operator's own credentials for registries. */
  readonly registryConfig: string | undefined;
  /** Authorities of registries, in PEM, beside the system's. */
  readonly registryCa: string | undefined;
  /** How long `check` retries failed checks. */
  readonly waitSeconds: number;
}

const flagsSchema = z.object({
  config: z.string().optional(),
  leaderElect: z.boolean().default(true),
  namespace: z.string().max(63).optional(),
  healthPort: z.coerce.number().int().min(0).max(65_535).optional(),
  healthHost: z.string().optional(),
  dnsService: z
    .string()
    .regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, "must be namespace/name")
    .optional(),
  concurrency: z.coerce.number().int().min(1).max(128).optional(),
  shards: z.coerce.number().int().min(1).max(64).optional(),
  logLevel: z.enum(LOG_LEVELS).optional(),
  wait: z.coerce.number().int().min(0).max(3_600).default(60),
  kubeconfig: z.string().optional(),
  context: z.string().optional(),
  as: z.string().min(1).optional(),
  registryConfig: z.string().optional(),
  registryCa: z.string().optional(),
});

const flagName = (path: string): string => `--${path.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Throws an error whose message names the flag, or the field of the file, and what it takes. */
export function loadConfig(given: ConfigFlags = {}): Config {
  const flags = checked(flagsSchema, given, flagName);
  const file = flags.config === undefined ? {} : readConfigFile(flags.config);
  const [dnsNamespace = "", dnsName = ""] = flags.dnsService?.split("/") ?? [];
  return Object.freeze({
    ...configSchema.parse({
      ...file,
      ...defined({ logLevel: flags.logLevel, concurrency: flags.concurrency, shards: flags.shards }),
      health: { ...file.health, ...defined({ port: flags.healthPort, host: flags.healthHost }) },
      ...(dnsName === "" ? {} : { dnsService: { namespace: dnsNamespace, name: dnsName } }),
    }),
    leaderElect: flags.leaderElect,
    namespace: flags.namespace,
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    as: flags.as,
    registryConfig: flags.registryConfig,
    registryCa: flags.registryCa,
    waitSeconds: flags.wait,
  });
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
