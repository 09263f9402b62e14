/** ClusterRoles that every API server makes itself, for files that bind to them without having them. */
import { type Rule, rulesFrom } from "../../rbac/rule.ts";

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];

const VIEWED = [
  {
    verbs: READ,
    apiGroups: [""],
    resources: ["configmaps", "endpoints", "persistentvolumeclaims", "pods", "pods/log", "services", "serviceaccounts"],
  },
  { verbs: READ, apiGroups: ["apps", "batch", "autoscaling", "policy", "networking.k8s.io"], resources: ["*"] },
];

/** As the bootstrap policy of Kubernetes has `edit`, as far as it is worth anything to an attacker. */
const EDITED = [
  ...VIEWED,
  {
    verbs: READ,
    apiGroups: [""],
    resources: ["secrets", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"],
  },
  { verbs: ["impersonate"], apiGroups: [""], resources: ["serviceaccounts"] },
  {
    verbs: WRITE,
    apiGroups: [""],
    resources: [
      "pods",
      "pods/attach",
      "pods/exec",
      "pods/portforward",
      "pods/proxy",
      "configmaps",
      "secrets",
      "serviceaccounts",
      "services",
      "replicationcontrollers",
    ],
  },
  { verbs: ["create"], apiGroups: [""], resources: ["serviceaccounts/token"] },
  { verbs: WRITE, apiGroups: ["apps", "batch", "networking.k8s.io"], resources: ["*"] },
];

const ROLES: Readonly<Record<string, readonly Partial<Rule>[]>> = {
  "cluster-admin": [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ],
  admin: [
    ...EDITED,
    { verbs: [...READ, ...WRITE], apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"] },
  ],
  edit: EDITED,
  view: VIEWED,
  "system:auth-delegator": [],
  "system:node-proxier": [],
  "system:kube-dns": [],
  "system:coredns": [],
  "system:discovery": [],
  "system:basic-user": [],
  "system:public-info-viewer": [],
  "system:monitoring": [],
  "system:node-problem-detector": [],
  "system:image-puller": [],
  "system:persistent-volume-provisioner": [
    { verbs: ["get", "list", "watch", "create", "delete"], apiGroups: [""], resources: ["persistentvolumes"] },
  ],
  "system:kube-controller-manager": [
    { verbs: ["create"], apiGroups: [""], resources: ["serviceaccounts/token"] },
    { verbs: READ, apiGroups: ["*"], resources: ["*"] },
  ],
  "system:kubelet-api-admin": [{ verbs: ["*"], apiGroups: [""], resources: ["nodes/proxy"] }],
  "system:aggregate-to-admin": [],
  "system:heapster": [],
  "system:kube-scheduler": [],
  "system:node-bootstrapper": [],
  "system:service-account-issuer-discovery": [],
  "system:certificates.k8s.io:certificatesigningrequests:nodeclient": [],
  "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": [],
  "system:node": [
    { verbs: READ, apiGroups: [""], resources: ["secrets"] },
    { verbs: ["create"], apiGroups: [""], resources: ["pods", "serviceaccounts/token"] },
  ],
  "system:controller:clusterrole-aggregation-controller": [
    { verbs: ["escalate", "patch", "update"], apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"] },
  ],
  "system:controller:generic-garbage-collector": [
    { verbs: [...READ, "patch", "update", "delete"], apiGroups: ["*"], resources: ["*"] },
  ],
  "system:controller:namespace-controller": [
    { verbs: ["get", "list", "delete", "deletecollection"], apiGroups: ["*"], resources: ["*"] },
  ],
  "system:controller:resourcequota-controller": [{ verbs: ["list", "watch"], apiGroups: ["*"], resources: ["*"] }],
  "system:controller:deployment-controller": [{ verbs: WRITE, apiGroups: ["apps"], resources: ["replicasets"] }],
  "system:controller:cronjob-controller": [{ verbs: WRITE, apiGroups: ["batch"], resources: ["jobs"] }],
  ...Object.fromEntries(
    ["daemon-set", "job", "replicaset", "replication", "statefulset"].map((name) => [
      `system:controller:${name}-controller`,
      [{ verbs: ["create", "delete", "patch"], apiGroups: [""], resources: ["pods"] }],
    ]),
  ),
};

const KNOWN: ReadonlyMap<string, readonly Rule[]> = new Map(
  Object.entries(ROLES).map(([name, rules]) => [name, rulesFrom(rules)]),
);

/** The rules of a default ClusterRole; undefined for any other name. */
export const defaultRules = (name: string): readonly Rule[] | undefined => KNOWN.get(name);

/** Roles that it makes in its own namespaces, which give nothing away. */
const DEFAULT_ROLE =
  /^Role\/kube-(system\/(extension-apiserver-authentication-reader|system::leader-locking-kube-(controller-manager|scheduler)|system:controller:(bootstrap-signer|cloud-provider|token-cleaner))|public\/system:controller:bootstrap-signer)$/;

export const isDefaultRole = (role: string): boolean => DEFAULT_ROLE.test(role);
