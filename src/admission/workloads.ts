import {
  GROUP,
  SECURE_WORKLOAD,
  SECURITY_BASELINE,
  SECURITY_EXCEPTION,
  SERVICES_ANNOTATION,
  WORKLOADS_ANNOTATION,
} from "../crds/group.ts";
import type { Installation } from "../installation.ts";
import { any, celList, celText } from "../policies/cel.ts";
import { isRefusedName } from "./enrolled.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, finalizersAt, holds, mayManage, namespaceList, SUBRESOURCE } from "./request.ts";

const isWorkload = `request.resource.resource == ${celText(SECURE_WORKLOAD.plural)} && ${SUBRESOURCE} == ''`;

/** `orphanDependents` is the older form. */
const orphans = any(
  "request.?options.?propagationPolicy.orValue('') == 'Orphan'",
  "request.?options.?orphanDependents.orValue(false)",
);

const CHOSEN = "object.?spec.?serviceNames.orValue([])";
const OLD_CHOSEN = "(oldObject == null ? [] : oldObject.?spec.?serviceNames.orValue([]))";

const FINALIZERS = finalizersAt("object");
const OLD_FINALIZERS = finalizersAt("oldObject");
/** The API server sets these for such deletions. Set by hand, the second one would orphan the pods. */
const GARBAGE_COLLECTOR = celList(["foregroundDeletion", "orphan"]);

/** Whose a Service is by its name has one answer. What comes at the same moment is told by the status. */
const SERVICE_NAMES: AdmissionPolicy["validations"] = [
  {
    expression: any(
      `!(${isWorkload} && request.operation == 'CREATE')`,
      `!${holds(namespaceList(SERVICES_ANNOTATION), "object.metadata.name")}`,
    ),
    message:
      "Another SecureWorkload has a Service of this name by its serviceNames: use another name, or remove it there first.",
  },
  {
    expression: any(
      `!(${isWorkload} && request.operation != 'DELETE')`,
      `${CHOSEN}.all(s, s.name == object.metadata.name || s.name in ${OLD_CHOSEN}.map(o, o.name) || !${holds(namespaceList(WORKLOADS_ANNOTATION), "s.name")})`,
    ),
    message: "serviceNames has the name of another SecureWorkload, whose Service is called so: choose another name.",
  },
];

export const workloads = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-workloads",
  cases: [35, 36, 37, 38, 78, 131],
  about:
    "Only the operator writes the status of Palisade's kinds, and workloads start and end only where and how they may.",
  rules: [
    {
      apiGroups: [GROUP],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: [
        SECURE_WORKLOAD.plural,
        SECURITY_BASELINE.plural,
        SECURITY_EXCEPTION.plural,
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
        "SecureWorkloads cannot run in default, kube-* or the operator's namespace: create another namespace for them.",
    },
    ...SERVICE_NAMES,
    {
      expression: `${SUBRESOURCE} != 'status'`,
      message: "Only the operator may write this status: change the spec.",
    },
    {
      expression: any("request.operation == 'DELETE'", `${FINALIZERS}.all(f, f in ${OLD_FINALIZERS})`),
      message:
        "This finalizer would block the deletion of the workload and keep its name in use: remove it. Kubernetes deletes the children by itself.",
    },
    {
      expression: any(
        "request.operation == 'DELETE'",
        `${OLD_FINALIZERS}.all(f, f in ${FINALIZERS} || !(f in ${GARBAGE_COLLECTOR} || f.startsWith(${celText(`${GROUP}/`)})))`,
      ),
      message:
        "Kubernetes removes this finalizer when the deletion it waits for is done: wait, or find out what blocks it.",
    },
    {
      expression: any(
        "request.operation != 'UPDATE'",
        "object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences",
        mayManage,
      ),
      message: `With an owner that is not there Kubernetes would delete this object: owner references of ${GROUP} kinds that exist are the platform team's to write.`,
    },
    {
      expression: any("request.operation != 'DELETE'", `!(${orphans})`),
      message: "Nobody would protect the orphaned pods: delete the SecureWorkload without --cascade=orphan.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
