import { EVERY_NAME } from "../crds/group.ts";
import type { Installation } from "../installation.ts";
import { HEADLESS_SUFFIX } from "../names.ts";
import { all, any, celText } from "../policies/cel.ts";
import { CHOSEN_NAMES, IN_ENROLLED, isObserved, isTaken } from "./enrolled.ts";
import { foreign } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, mapAt, type Side } from "./request.ts";
import { mapAsksForOurs, mapExcludesOurs, SELECTORS } from "./selectors.ts";

const ALIAS = "variables.alias";

/** Empty for a Service that is no other name of anything. */
const aliasAt = (side: Side): string =>
  `${side} != null && ${side}.?spec.?type.orValue('') == 'ExternalName' ? ${side}.spec.?externalName.orValue('').lowerAscii() : ''`;

/** `serviceNamed` of `state/records/foreign-service.ts` in CEL, of a Service that a workload of this namespace has. */
const namesAmong = (names: string, suffix: string): string =>
  `${names}.split(',').exists(w, ${all(
    "w != ''",
    `${ALIAS}.matches('^([^/]+[.])?' + w + ${celText(`${suffix}[.]`)} + request.namespace + '[.]svc([.].*)?$')`,
    `!${isTaken("'Service'", "w")}`,
  )})`;
const namesOurs = any(
  namesAmong("variables.workloads", `(${HEADLESS_SUFFIX})?`),
  // A list that stands for every name is no pattern.
  namesAmong(`variables.services.replace(${celText(EVERY_NAME)}, ${celText("[^.]+")})`, ""),
);

/** A Service without a selector has no endpoints of its own; `palisade-endpoints` covers hand-written ones. */
export const services = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-services",
  cases: [44, 45, 46, 48],
  about: "Only a workload's own Services may select its pods, and none may be another name of them.",
  rules: [{ apiGroups: [""], operations: ["CREATE", "UPDATE"], resources: ["services"] }],
  conditions: [byOthers(installation), foreign],
  variables: [
    ...SELECTORS,
    CHOSEN_NAMES,
    { name: "selector", expression: mapAt("object", "spec", "selector") },
    { name: "oldSelector", expression: mapAt("oldObject", "spec", "selector") },
    { name: "alias", expression: aliasAt("object") },
    { name: "oldAlias", expression: aliasAt("oldObject") },
  ],
  validations: [
    {
      expression: any(
        "variables.selector.size() == 0",
        "variables.selector == variables.oldSelector",
        mapExcludesOurs("variables.selector"),
        all(isObserved, `!(${mapAsksForOurs("variables.selector")})`),
      ),
      message:
        "This Service could route to the pods of a workload: use spec.ports of the SecureWorkload, or select pods by a label that only your own pods have, for example app.",
    },
    {
      expression: any("variables.alias == variables.oldAlias", isObserved, `!(${namesOurs})`),
      message:
        "This is another name of a workload's Service, which its SecureWorkload does not know: use the Service's own name.",
    },
  ],
  bindings: [IN_ENROLLED],
});
