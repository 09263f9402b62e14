import { CUSTOM_KINDS } from "../crds/custom-kinds.ts";
import { GROUP } from "../crds/group.ts";
import {
  type Installation,
  KEEPER_CONTROLLER,
  keeperUser,
  OPERATOR_CONTROLLER,
  operatorUser,
} from "../installation.ts";
import { all, any, celList, celText } from "../policies/cel.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { isUser, notByControlPlane, SIDES, type Side } from "./request.ts";

/** Each API version has two, under names of its own, and kubectl shows whichever is there. */
const SOURCES = ["reportingController", "reportingComponent", "source.?component", "deprecatedSource.?component"];

const KINDS = celList(CUSTOM_KINDS.map(({ resource }) => resource.kind));
/** What an Event is about, as each API version calls it. */
const isAboutOurs = (side: Side): string =>
  `[${side}.?regarding, ${side}.?involvedObject].exists(o, ${any(
    `o.?apiVersion.orValue('').startsWith(${celText(`${GROUP}/`)})`,
    `o.?kind.orValue('') in ${KINDS}`,
  )})`;

const saysSource = (side: Side, test: (source: string) => string): string =>
  `[${SOURCES.map((source) => `${side}.?${source}.orValue('')`).join(", ")}].exists(s, ${test("s")})`;

/** Signed as one of ours, or about one of our kinds. */
const isTold = (side: Side): string =>
  all(
    `${side} != null`,
    any(
      saysSource(side, (source) => `${source}.startsWith(${celText(`${GROUP}/`)}) || ${source} == 'palisade'`),
      isAboutOurs(side),
    ),
  );

/** Each process signs with its own name, wherever the Event has a place for it. */
const signsAs = (where: Installation, user: string, controller: string): string =>
  all(
    isUser(where, user),
    ...SIDES.map(
      (side) => `${side} == null || !${saysSource(side, (source) => `!(${source} in ['', ${celText(controller)}])`)}`,
    ),
  );

export const toldEvents = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-events",
  cases: [81, 93],
  about:
    "Only Palisade may write and change Events in its name or about its kinds, and each of its processes only in its own name.",
  rules: [
    { apiGroups: [""], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["events"] },
    { apiGroups: ["events.k8s.io"], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["events"] },
  ],
  conditions: [notByControlPlane(installation), { name: "told", expression: any(...SIDES.map(isTold)) }],
  validations: [
    {
      expression: any(
        signsAs(installation, operatorUser(installation), OPERATOR_CONTROLLER),
        signsAs(installation, keeperUser(installation), KEEPER_CONTROLLER),
      ),
      message: "Only Palisade may write and delete Events in its name or about its kinds: they expire by themselves.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
