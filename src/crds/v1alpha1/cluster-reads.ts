/**
 * What a workload may read in the whole cluster, where the platform team grants it: one table, from which the schema and the reference are made. Never
 * ConfigMaps, Secrets or logs, which hold what applications keep to themselves, and never a verb that writes.
 */
import { z } from "zod";
import { listSet } from "../schema.ts";
import type { PermissionRule } from "./permission-menu.ts";

interface ClusterRead {
  readonly group: string;
  readonly resource: string;
  /** What whoever reads it learns, for the reference. */
  readonly opens: string;
}

const SPECS = "specs and statuses in every namespace: values that stand in variables of pods as text, too";
const ADDRESSES = "names, addresses and ports in every namespace";

/** As kubectl writes a resource. */
export const readName = (group: string, resource: string): string => (group === "" ? resource : `${resource}.${group}`);

const read = (group: string, resource: string, opens: string): readonly [string, ClusterRead] => [
  readName(group, resource),
  { group, resource, opens },
];

/** By name, as kubectl writes resources. */
export const CLUSTER_READS: ReadonlyMap<string, ClusterRead> = new Map([
  read("", "endpoints", ADDRESSES),
  read("", "namespaces", "names and labels of namespaces"),
  read("", "nodes", "names, addresses, sizes and labels of nodes"),
  read("", "nodes/metrics", "what kubelets measure of nodes and of every container"),
  read("", "persistentvolumeclaims", "names and sizes of claims, not their data"),
  read("", "persistentvolumes", "names, sizes and drivers of volumes, not their data"),
  read("", "pods", SPECS),
  read("", "services", ADDRESSES),
  read("apiextensions.k8s.io", "customresourcedefinitions", "which kinds the cluster has"),
  read("apps", "daemonsets", SPECS),
  read("apps", "deployments", SPECS),
  read("apps", "replicasets", SPECS),
  read("apps", "statefulsets", SPECS),
  read("autoscaling", "horizontalpodautoscalers", "how workloads scale"),
  read("batch", "cronjobs", SPECS),
  read("batch", "jobs", SPECS),
  read("discovery.k8s.io", "endpointslices", ADDRESSES),
  read("metrics.k8s.io", "nodes", "CPU and memory that nodes use"),
  read("metrics.k8s.io", "pods", "CPU and memory that pods use"),
  read("networking.k8s.io", "ingressclasses", "names of ingress controllers"),
  read("networking.k8s.io", "ingresses", "hosts and paths that lead into the cluster"),
  read("networking.k8s.io", "networkpolicies", "who may reach whom"),
  read("policy", "poddisruptionbudgets", "how many pods of a workload must run"),
  read("scheduling.k8s.io", "priorityclasses", "which pods give way to others"),
  read("storage.k8s.io", "storageclasses", "names and drivers of storage"),
  read("storage.k8s.io", "volumeattachments", "which volume is at which node"),
]);

const NAMES = [...CLUSTER_READS.keys()];

export const clusterReads = listSet(
  z
    .enum(NAMES as [string, ...string[]])
    .meta({ description: "One resource of the table, such as nodes or endpointslices.discovery.k8s.io." }),
  { min: 1, max: NAMES.length },
);

export const CLUSTER_READ_VERBS = ["get", "list", "watch"] as const;

export const isClusterRead = (verb: string): boolean => CLUSTER_READ_VERBS.some((one) => one === verb);

/** The rules of RBAC that these names stand for; none for a name that is not in the table. */
export const clusterRules = (names: readonly string[]): readonly Omit<PermissionRule, "resourceNames">[] =>
  names.flatMap((name) => {
    const found = CLUSTER_READS.get(name);
    return found === undefined
      ? []
      : [{ apiGroups: [found.group], resources: [found.resource], verbs: CLUSTER_READ_VERBS }];
  });
