import { all, celText } from "./cel.ts";
import type { Installation } from "./identities.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, SIDES } from "./request.ts";

/** As the operator signs its Events. */
const CONTROLLER = "palisade.dev/operator";

/** The two versions of the kind call the same field by two names. */
const isTold = (side: string): string =>
  `${side} != null && ${side}.?reportingController.or(${side}.?reportingComponent).orValue('') == ${celText(CONTROLLER)}`;

export const toldEvents = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-events",
  cases: [81],
  about: "What the operator told stays told, and nobody else speaks in its name.",
  rules: [
    { apiGroups: [""], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["events"] },
    { apiGroups: ["events.k8s.io"], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["events"] },
  ],
  conditions: [byOthers(installation)],
  validations: [
    {
      expression: all(...SIDES.map((side) => `!(${isTold(side)})`)),
      message: "Events of the operator are written and deleted by it alone: they end by themselves after their time.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
