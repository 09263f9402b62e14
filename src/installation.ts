/** Who is who to an admission policy. Names are text that stands in CEL; everybody who is not here is a person or a tool. */

import { GROUP } from "./crds/group.ts";

/** Where Palisade is installed, and what its accounts are called there. */
export interface Installation {
  readonly namespace: string;
  /** The operator's. */
  readonly account: string;
  /** That of the keeper of the admission policies. */
  readonly keeper: string;
  /** Users beside {@link CONTROL_PLANE_USERS} who are the control plane here; the configuration names them. */
  readonly controlPlane: readonly string[];
  /** The account of KEDA's operator, where it is not called as KEDA's chart calls it. */
  readonly keda: string | undefined;
  /** Whether the name of a ServiceAccount is believed only with the id of a token: whoever impersonates an account has none. */
  readonly verifyTokens: boolean;
}

/** The keeper's account, and with it its role, its Lease and its field manager. */
export const KEEPER_NAME = "palisade-admission";

/** The ReplicaSet by which Palisade finds out who the control plane is, and the beginning of its pods' names. */
export const PROBE_NAME = "palisade-probe";

/** As each of the two signs its Events. */
export const OPERATOR_CONTROLLER = `${GROUP}/operator`;
export const KEEPER_CONTROLLER = `${GROUP}/admission`;

const userOf = (namespace: string, account: string): string => `system:serviceaccount:${namespace}:${account}`;

/** What of a cluster differs from most others, as the configuration says it. */
export interface Differing {
  readonly users?: readonly string[];
  /** Namespace and name of a ServiceAccount. */
  readonly kedaAccount?: { readonly namespace: string; readonly name: string } | undefined;
  readonly verifyTokens?: boolean;
}

/** Names of accounts are fixed; the namespace is the release's. */
export const installationIn = (
  namespace: string,
  { users = [], kedaAccount, verifyTokens = true }: Differing = {},
): Installation => ({
  namespace,
  account: "palisade",
  keeper: KEEPER_NAME,
  controlPlane: users,
  keda: kedaAccount === undefined ? undefined : userOf(kedaAccount.namespace, kedaAccount.name),
  verifyTokens,
});

/** Where nothing says where: for the generated manifests, a process outside a cluster, and tests. */
export const DEFAULT_INSTALLATION: Installation = installationIn("palisade-system");

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

/**
 * With `--use-service-account-credentials` each controller is a ServiceAccount; without, all of them are the user in the kubeconfig of
 * kube-controller-manager. kubeadm, k3s, OpenShift, EKS, GKE and AKS use these names.
 */
export const CONTROL_PLANE_USERS: readonly string[] = [
  "system:apiserver",
  "system:kube-controller-manager",
  "system:kube-scheduler",
  ...CONTROLLERS.map((name) => `system:serviceaccount:kube-system:${name}`),
];

/** Every user who is the control plane of this installation's cluster. */
export const controlPlaneUsers = ({ controlPlane }: Installation): readonly string[] => [
  ...CONTROL_PLANE_USERS,
  ...controlPlane,
];

export const NODES_GROUP = "system:nodes";

/** Network plugins that exchange data about pods in annotations, under the names that their charts and clouds give their accounts. */
export const NETWORK_PLUGINS: readonly {
  readonly users: readonly string[];
  readonly annotations: readonly string[];
}[] = [
  {
    users: ["kube-system", "calico-system"].flatMap((namespace) =>
      ["calico-node", "calico-cni-plugin", "canal"].map((name) => userOf(namespace, name)),
    ),
    annotations: ["cni.projectcalico.org/"],
  },
  {
    users: [userOf("kube-system", "multus"), userOf("openshift-multus", "multus")],
    annotations: ["k8s.v1.cni.cncf.io/network-status", "k8s.v1.cni.cncf.io/networks-status"],
  },
  {
    users: ["ovn-kubernetes", "openshift-ovn-kubernetes"].flatMap((namespace) =>
      ["ovn", "ovnkube-node", "ovnkube-cluster-manager", "ovn-kubernetes-node", "ovn-kubernetes-control-plane"].map(
        (name) => userOf(namespace, name),
      ),
    ),
    annotations: ["k8s.ovn.org/"],
  },
  {
    users: ["ovn", "kube-ovn-cni"].map((name) => userOf("kube-system", name)),
    annotations: ["ovn.kubernetes.io/"],
  },
  {
    users: [
      userOf("kube-system", "aws-node"),
      userOf("kube-system", "vpc-resource-controller"),
      "eks:vpc-resource-controller",
    ],
    annotations: ["vpc.amazonaws.com/"],
  },
  {
    users: [userOf("istio-system", "istio-cni"), userOf("kube-system", "istio-cni")],
    annotations: ["ambient.istio.io/redirection"],
  },
];

/**
 * What KEDA's chart, and the add-ons of AKS and OpenShift, call the ServiceAccount of its operator, in whichever namespace: it makes an
 * autoscaler of each ScaledObject, and scales to and from zero.
 */
export const KEDA_ACCOUNT = "keda-operator";
