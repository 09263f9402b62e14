/** Reads a cluster as a person would, with kubectl: one object, one condition, one field. */
import type { KubeObject } from "kopf-ts";
import type { Condition } from "../../src/crds/v1alpha1/secure-workload.ts";
import type { TestCluster } from "../cluster/index.ts";
import { kubectl } from "./cluster.ts";

export interface Look {
  /** The object, or undefined when there is none, or no such kind. */
  get(kind: string, name: string): Promise<KubeObject | undefined>;
  list(kind: string, ...args: readonly string[]): Promise<readonly KubeObject[]>;
  /** A condition of a SecureWorkload. */
  condition(workload: string, type: string): Promise<Condition | undefined>;
  /** The children that a SecureWorkload's status names. */
  children(workload: string): Promise<readonly string[]>;
  /** The notes of every correction told in the namespace, each as often as it was told. */
  corrections(): Promise<readonly string[]>;
}

export function lookAt(cluster: TestCluster, namespace: string): Look {
  const json = async (args: readonly string[]): Promise<unknown> => {
    const { stdout, code } = await cluster.kubectl([...args, "-n", namespace, "-o", "json"]);
    return code === 0 ? JSON.parse(stdout) : undefined;
  };
  const look: Look = {
    get: async (kind, name) => (await json(["get", kind, name])) as KubeObject | undefined,
    list: async (kind, ...args) => {
      const text = await kubectl(cluster, ["get", kind, ...args, "-n", namespace, "-o", "json"]);
      return (JSON.parse(text) as { readonly items: readonly KubeObject[] }).items;
    },
    condition: async (workload, type) => (await statusOf(look, workload)).conditions?.find((one) => one.type === type),
    children: async (workload) => (await statusOf(look, workload)).children ?? [],
    corrections: async () => {
      const events = (await look.list("events.events.k8s.io")) as readonly Told[];
      return events
        .filter(({ reason }) => reason === "DriftCorrected")
        .flatMap(({ note, series }) => Array.from({ length: series?.count ?? 1 }, () => note));
    },
  };
  return look;
}

interface Told extends KubeObject {
  readonly reason: string;
  readonly note: string;
  readonly series?: { readonly count: number };
}

interface Status {
  readonly conditions?: readonly Condition[];
  readonly children?: readonly string[];
}

const statusOf = async (look: Look, workload: string): Promise<Status> =>
  ((await look.get("sw", workload))?.["status"] ?? {}) as Status;

/** `spec.replicas` and the like of raw JSON. */
export const field = (object: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (value, step) =>
        typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined,
      object,
    );
