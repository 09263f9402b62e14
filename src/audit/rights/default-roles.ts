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

const ROLES = {
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
} as const;

const KNOWN: ReadonlyMap<string, readonly Rule[]> = new Map(
  Object.entries(ROLES).map(([name, rules]) => [name, rulesFrom(rules)]),
);

/** The rules of a default ClusterRole; undefined for any other name. */
export const defaultRules = (name: string): readonly Rule[] | undefined => KNOWN.get(name);

/** A Role that only the API server or its tools make. */
export const isOfApiServer = (name: string): boolean => name.startsWith("system:");
