import { all, any, celText } from "./cel.ts";
import { type Installation, KEEPER_CONTROLLER, keeperUser, OPERATOR_CONTROLLER, operatorUser } from "./identities.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { isUser, notByControlPlane, SIDES } from "./request.ts";

/** The two versions of the kind call the same field by two names. */
const isTold = (side: string, controller: string): string =>
  `${side} != null && ${side}.?reportingController.or(${side}.?reportingComponent).orValue('') == ${celText(controller)}`;

const bySigner = (controller: string, user: string): string =>
  any(isUser(user), all(...SIDES.map((side) => `!(${isTold(side, controller)})`)));

export const toldEvents = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-events",
  cases: [81],
  about: "What Palisade told stays told, and each of its processes speaks in its own name alone.",
  rules: [
    { apiGroups: [""], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["events"] },
    { apiGroups: ["events.k8s.io"], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["events"] },
  ],
  conditions: [notByControlPlane],
  validations: [
    {
      expression: all(
        bySigner(OPERATOR_CONTROLLER, operatorUser(installation)),
        bySigner(KEEPER_CONTROLLER, keeperUser(installation)),
      ),
      message: "Events of Palisade are written and deleted by it alone: they end by themselves after their time.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
