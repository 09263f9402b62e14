import type { Installation } from "../installation.ts";
import { all, any } from "../policies/cel.ts";
import { IN_ENROLLED, isObserved } from "./enrolled.ts";
import { foreign } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, mapAt } from "./request.ts";
import { SELECTORS, selectorAsksForOurs, selectorExcludesOurs } from "./selectors.ts";

export const disruption = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-disruption",
  cases: [29],
  about: "Only a workload's own PodDisruptionBudget may block the eviction of its pods.",
  rules: [{ apiGroups: ["policy"], operations: ["CREATE", "UPDATE"], resources: ["poddisruptionbudgets"] }],
  conditions: [byOthers(installation), foreign],
  variables: [
    ...SELECTORS,
    { name: "selector", expression: mapAt("object", "spec", "selector") },
    { name: "oldSelector", expression: mapAt("oldObject", "spec", "selector") },
  ],
  validations: [
    {
      expression: any(
        "oldObject != null && variables.selector == variables.oldSelector",
        // A missing selector selects nothing; an empty one selects everything.
        "!object.?spec.?selector.hasValue()",
        selectorExcludesOurs("variables.selector"),
        all(isObserved, `!(${selectorAsksForOurs("variables.selector")})`),
      ),
      message:
        "This PodDisruptionBudget could block the eviction of a workload's pods: use spec.disruption of the SecureWorkload, or select pods by a label that only your own pods have, for example app.",
    },
  ],
  bindings: [IN_ENROLLED],
});
