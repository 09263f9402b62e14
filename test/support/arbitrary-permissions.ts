/** Rules of permissions near the edges of what may be declared and granted. */
import fc from "fast-check";

const GROUPS = [
  "",
  "apps",
  "batch",
  "coordination.k8s.io",
  "metrics.k8s.io",
  "rbac.authorization.k8s.io",
  "k8s.io",
  "palisade.dev",
  "argoproj.io",
  "notk8s.io",
  "extensions",
  "argo.*",
  "*",
];
const RESOURCES = [
  "pods",
  "pods/log",
  "configmaps",
  "secrets",
  "deployments",
  "events",
  "leases",
  "applications",
  "applications/status",
  "applications/console",
  "status",
  "*",
  "*/status",
  "pods/exec",
];
const VERBS = ["get", "list", "watch", "create", "update", "delete", "deletecollection", "escalate", "bind", "*"];

export const arbitraryPermission = fc.record(
  {
    apiGroups: fc.uniqueArray(fc.constantFrom(...GROUPS), { maxLength: 2 }),
    resources: fc.uniqueArray(fc.constantFrom(...RESOURCES), { maxLength: 3 }),
    verbs: fc.uniqueArray(fc.constantFrom(...VERBS), { maxLength: 3 }),
    resourceNames: fc.uniqueArray(fc.constantFrom("mine", "a.b", ""), { maxLength: 2 }),
  },
  { requiredKeys: ["apiGroups", "resources", "verbs"] },
);
