import { GROUP } from "../../crds/group.ts";
import { type PolicyRule, READ } from "../../kubernetes/policy-rule.ts";

export const BASELINE_PERMISSIONS: readonly PolicyRule[] = [
  { apiGroups: [GROUP], resources: ["securitybaselines"], verbs: READ },
  { apiGroups: [GROUP], resources: ["securitybaselines/status"], verbs: ["patch"] },
  // How hosts are exposed is the platform team's to set up, and read here.
  { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses"], verbs: READ },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["gateways"], verbs: READ },
];
