import { any } from "./cel.ts";
import { IN_ENROLLED, WORKLOADS } from "./enrolled.ts";
import type { Installation } from "./identities.ts";
import { foreign } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, mapAt } from "./request.ts";
import { selectorExcludesOurs } from "./selectors.ts";

export const disruption = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-disruption",
  cases: [29],
  about: "No disruption budget but its own keeps a workload's pods from being drained.",
  rules: [{ apiGroups: ["policy"], operations: ["CREATE", "UPDATE"], resources: ["poddisruptionbudgets"] }],
  conditions: [byOthers(installation), foreign],
  variables: [
    ...WORKLOADS,
    { name: "selector", expression: mapAt("object", "spec", "selector") },
    { name: "oldSelector", expression: mapAt("oldObject", "spec", "selector") },
  ],
  validations: [
    {
      expression: any(
        "oldObject != null && variables.selector == variables.oldSelector",
        // Without one it selects nothing; an empty one selects everything.
        "!object.?spec.?selector.hasValue()",
        selectorExcludesOurs("variables.selector"),
      ),
      message:
        "This budget could hold back the pods of a workload: use spec.disruption of its SecureWorkload, or select by a label that only your own pods have, app for example.",
    },
  ],
  bindings: [IN_ENROLLED],
});
