/** Who is who to an admission policy. Names are text that stands in CEL; everybody who is not here is a person or a tool. */

import { GROUP } from "../crds/group.ts";

/** Where Palisade is installed, and what its accounts are called there. */
export interface Installation {
  readonly namespace: string;
  /** The operator's. */
  readonly account: string;
  /** That of the keeper of the admission policies. */
  readonly keeper: string;
}

/** The keeper's account, and with it its role, its Lease and its field manager. */
export const KEEPER_NAME = "palisade-admission";

/** As each of the two signs its Events. */
export const OPERATOR_CONTROLLER = `${GROUP}/operator`;
export const KEEPER_CONTROLLER = `${GROUP}/admission`;

/** Names of accounts are fixed; the namespace is the release's. */
export const installationIn = (namespace: string): Installation => ({
  namespace,
  account: "palisade",
  keeper: KEEPER_NAME,
});

/** Where nothing says where: for the generated manifests, a process outside a cluster, and tests. */
export const DEFAULT_INSTALLATION: Installation = installationIn("palisade-system");

const userOf = (namespace: string, account: string): string => `system:serviceaccount:${namespace}:${account}`;

export const operatorUser = ({ namespace, account }: Installation): string => userOf(namespace, account);

export const keeperUser = ({ namespace, keeper }: Installation): string => userOf(namespace, keeper);

/**
 * The controllers of the control plane that write what belongs to workloads, or to any namespace, in the course of their work. By name and not by
 * their group: whatever else runs in kube-system is not trusted.
 */
const CONTROLLERS = [
  "attachdetach-controller",
  "certificate-controller",
  "cronjob-controller",
  "daemon-set-controller",
  "deployment-controller",
  "disruption-controller",
  "endpoint-controller",
  "endpointslice-controller",
  "endpointslicemirroring-controller",
  "ephemeral-volume-controller",
  "expand-controller",
  "generic-garbage-collector",
  "horizontal-pod-autoscaler",
  "job-controller",
  "legacy-service-account-token-cleaner",
  "namespace-controller",
  "node-controller",
  "persistent-volume-binder",
  "pod-garbage-collector",
  "pv-protection-controller",
  "pvc-protection-controller",
  "replicaset-controller",
  "replication-controller",
  "resourcequota-controller",
  "root-ca-cert-publisher",
  "service-account-controller",
  "service-controller",
  "service-cidrs-controller",
  "statefulset-controller",
  "taint-eviction-controller",
  "ttl-after-finished-controller",
  "validatingadmissionpolicy-status-controller",
] as const;

/** With `--use-service-account-credentials` each controller is a ServiceAccount; without, all of them are one user. */
export const CONTROL_PLANE_USERS: readonly string[] = [
  "system:apiserver",
  "system:kube-controller-manager",
  "system:kube-scheduler",
  ...CONTROLLERS.map((name) => `system:serviceaccount:kube-system:${name}`),
];

export const NODES_GROUP = "system:nodes";

/** KEDA's operator, where its chart puts it: it makes an autoscaler of each ScaledObject, and scales to and from zero. */
export const KEDA_USER = "system:serviceaccount:keda:keda-operator";
