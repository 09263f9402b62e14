import { GROUP, SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION } from "../crds/group.ts";
import { any, celList, celText } from "./cel.ts";
import { isRefusedName } from "./enrolled.ts";
import type { Installation } from "./identities.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, listAt, SUBRESOURCE } from "./request.ts";

const isWorkload = `request.resource.resource == ${celText(SECURE_WORKLOAD.plural)} && ${SUBRESOURCE} == ''`;

/** `orphanDependents` says the same in an older way. */
const orphans = any(
  "request.?options.?propagationPolicy.orValue('') == 'Orphan'",
  "request.?options.?orphanDependents.orValue(false)",
);

const FINALIZERS = listAt("object", "metadata", "finalizers");
const OLD_FINALIZERS = listAt("oldObject", "metadata", "finalizers");
/** Set by the API server when something is deleted so; by hand, the second would leave the pods behind. */
const GARBAGE_COLLECTOR = celList(["foregroundDeletion", "orphan"]);

export const workloads = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-workloads",
  cases: [35, 36, 37, 38, 78],
  about:
    "What the kinds of Palisade say of themselves is the operator's, and no workload runs, or ends, where or how it may not.",
  rules: [
    {
      apiGroups: [GROUP],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: [
        SECURE_WORKLOAD.plural,
        ...[SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION].map(({ plural }) => `${plural}/status`),
      ],
    },
  ],
  conditions: [byOthers(installation)],
  validations: [
    {
      expression: any(
        `!(${isWorkload} && request.operation == 'CREATE')`,
        `!(${isRefusedName("request.namespace", installation)})`,
      ),
      message:
        "SecureWorkloads do not run in default, kube-* or the operator's own namespace: create one of their own for them.",
    },
    {
      expression: `${SUBRESOURCE} != 'status'`,
      message: "This status is written by the operator alone: change the spec.",
    },
    {
      expression: any("request.operation == 'DELETE'", `${FINALIZERS}.all(f, f in ${OLD_FINALIZERS})`),
      message:
        "A finalizer would hold the workload, and its name, for as long as somebody likes: leave it off, its children go with it.",
    },
    {
      expression: any(
        "request.operation == 'DELETE'",
        `${OLD_FINALIZERS}.all(f, f in ${FINALIZERS} || !(f in ${GARBAGE_COLLECTOR} || f.startsWith(${celText(`${GROUP}/`)})))`,
      ),
      message: "This finalizer goes when what it waits for is done: wait, or look at what holds it up.",
    },
    {
      expression: any("request.operation != 'DELETE'", `!(${orphans})`),
      message:
        "Orphaned pods would run on with nobody to guard them: delete the SecureWorkload without --cascade=orphan.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
