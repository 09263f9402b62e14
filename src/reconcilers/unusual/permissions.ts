/** What unusual containers and nodes are found by, beside pods and nodes, which are watched anyway. Reads only. */
import type { PolicyRule } from "../../kubernetes/policy-rule.ts";

export const UNUSUAL_PERMISSIONS: readonly PolicyRule[] = [
  // What pods use of their CPU: amounts and names, nothing of what they do. Listed by namespace, in namespaces with workloads.
  { apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: ["list"] },
];
