import type { Installation } from "../installation.ts";
import { CANARY, ROLLOUT } from "../kubernetes/kinds.ts";
import { any } from "../policies/cel.ts";
import { IN_ENROLLED, isChildName, WORKLOADS } from "./enrolled.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers } from "./request.ts";

const nameAt = (side: string): string => `${side}.?spec.?workloadRef.or(${side}.?spec.?targetRef).?name.orValue('')`;
const kindAt = (side: string): string => `${side}.?spec.?workloadRef.or(${side}.?spec.?targetRef).?kind.orValue('')`;

/** Both scale what they deliver to nothing and run copies of it. */
export const deliverers = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-deliverers",
  cases: [28],
  about:
    "No Rollout of Argo and no Canary of Flagger may take over the pods of a workload: its SecureWorkload rolls out.",
  rules: [
    { apiGroups: [ROLLOUT.group], operations: ["CREATE", "UPDATE"], resources: [ROLLOUT.plural] },
    { apiGroups: [CANARY.group], operations: ["CREATE", "UPDATE"], resources: [CANARY.plural] },
  ],
  conditions: [byOthers(installation)],
  variables: [
    ...WORKLOADS,
    { name: "name", expression: nameAt("object") },
    { name: "kind", expression: kindAt("object") },
    { name: "oldName", expression: `oldObject == null ? '' : ${nameAt("oldObject")}` },
  ],
  validations: [
    {
      expression: any("variables.name == variables.oldName", `!(${isChildName("variables.kind", "variables.name")})`),
      message: "This would take over the pods of a workload.",
      messageExpression: `'The ' + variables.kind + ' ' + variables.name + ' belongs to SecureWorkload ' + variables.name + ', which rolls itself out: use its spec.rollout, and no ' + request.kind.kind + '. docs/guides/beside.md says more.'`,
    },
  ],
  bindings: [IN_ENROLLED],
});
