import type { Installation } from "../installation.ts";
import { all, any } from "../policies/cel.ts";
import { IN_ENROLLED, isObserved } from "./enrolled.ts";
import { foreign } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, listAt, mapAt } from "./request.ts";
import { SELECTORS, selectorAsksForOurs, selectorExcludesOurs } from "./selectors.ts";

const allowsNothing = `${listAt("object", "spec", "ingress")}.size() == 0 && ${listAt("object", "spec", "egress")}.size() == 0`;

export const networkPolicies = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-network-policies",
  cases: [40],
  about:
    "A foreign NetworkPolicy may select a workload's pods only if it allows nothing, because NetworkPolicies only add access.",
  rules: [{ apiGroups: ["networking.k8s.io"], operations: ["CREATE", "UPDATE"], resources: ["networkpolicies"] }],
  conditions: [byOthers(installation), foreign],
  variables: [...SELECTORS, { name: "selector", expression: mapAt("object", "spec", "podSelector") }],
  validations: [
    {
      expression: any(
        allowsNothing,
        selectorExcludesOurs("variables.selector"),
        all(isObserved, `!(${selectorAsksForOurs("variables.selector")})`),
      ),
      message:
        "This NetworkPolicy could open the pods of a workload: use spec.access of the SecureWorkload, or select pods by a label that only your own pods have, for example app.",
    },
  ],
  bindings: [IN_ENROLLED],
});
