import { any } from "./cel.ts";
import { IN_ENROLLED, WORKLOADS } from "./enrolled.ts";
import type { Installation } from "./identities.ts";
import { foreign } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, listAt, mapAt } from "./request.ts";
import { selectorExcludesOurs } from "./selectors.ts";

const allowsNothing = `${listAt("object", "spec", "ingress")}.size() == 0 && ${listAt("object", "spec", "egress")}.size() == 0`;

export const networkPolicies = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-network-policies",
  cases: [40],
  about:
    "NetworkPolicies only ever add, so none of others may select the pods of a workload, unless it allows nothing.",
  rules: [{ apiGroups: ["networking.k8s.io"], operations: ["CREATE", "UPDATE"], resources: ["networkpolicies"] }],
  conditions: [byOthers(installation), foreign],
  variables: [...WORKLOADS, { name: "selector", expression: mapAt("object", "spec", "podSelector") }],
  validations: [
    {
      expression: any(allowsNothing, selectorExcludesOurs("variables.selector")),
      message:
        "This policy could open the pods of a workload: use spec.access of its SecureWorkload, or select by a label that only your own pods have, app for example.",
    },
  ],
  bindings: [IN_ENROLLED],
});
