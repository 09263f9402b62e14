import { any } from "./cel.ts";
import { IN_ENROLLED, WORKLOADS } from "./enrolled.ts";
import type { Installation } from "./identities.ts";
import { foreign } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, mapAt } from "./request.ts";
import { mapExcludesOurs } from "./selectors.ts";

/** A Service without a selector leads nowhere by itself: `palisade-endpoints` guards the other half. */
export const services = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-services",
  cases: [44, 45, 46],
  about: "A workload's own Services alone lead to its pods.",
  rules: [{ apiGroups: [""], operations: ["CREATE", "UPDATE"], resources: ["services"] }],
  conditions: [byOthers(installation), foreign],
  variables: [
    ...WORKLOADS,
    { name: "selector", expression: mapAt("object", "spec", "selector") },
    { name: "oldSelector", expression: mapAt("oldObject", "spec", "selector") },
  ],
  validations: [
    {
      expression: any(
        "variables.selector.size() == 0",
        "variables.selector == variables.oldSelector",
        mapExcludesOurs("variables.selector"),
      ),
      message:
        "This Service could lead to the pods of a workload past its SecureWorkload: use spec.ports there, or select by a label that only your own pods have, app for example.",
    },
  ],
  bindings: [IN_ENROLLED],
});
