import { ENROLMENT_LABEL, GROUP } from "../crds/group.ts";
import { labelOfEnrolment } from "../crds/v1alpha1/enrolment.ts";
import { controlPlaneUsers, type Installation, operatorUser } from "../installation.ts";
import { all, any, celList, celText } from "../policies/cel.ts";
import { bearsMark, MARKS, marksStand } from "./marks.ts";
import { podSecurityStands } from "./pod-security.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { isUser, mapAt, mayManage } from "./request.ts";

/**
 * Labels that exempt a namespace from other engines, whose webhooks select by them. Mesh labels are included where they
 * remove a namespace from the mesh, not where they add it.
 */
const EXEMPTIONS = [
  // Gatekeeper, and its releases before 3.0 with Azure Policy.
  "admission.gatekeeper.sh/ignore",
  "control-plane",
  // Open Policy Agent's own webhook.
  "openpolicyagent.org/webhook",
  // AKS.
  "admissions.enforcer/disabled",
  // Connaisseur, which checks signatures.
  "securesystemsengineering.connaisseur/webhook",
  // Linkerd.
  "config.linkerd.io/admission-webhooks",
  // cert-manager.
  "cert-manager.io/disable-validation",
] as const;

const OUT_OF_MESH = [
  { key: "istio-injection", value: "disabled" },
  { key: "istio.io/dataplane-mode", value: "none" },
] as const;

const EXEMPT = celList(EXEMPTIONS);
const staysInEngines = `variables.labels.all(k, !(k in ${EXEMPT}) || (k in variables.oldLabels && variables.labels[k] == variables.oldLabels[k]))`;
const staysInMesh = all(
  ...OUT_OF_MESH.map(({ key, value }) => {
    const is = (labels: string): string => `${labels}[?${celText(key)}].orValue('') == ${celText(value)}`;
    return `!(${is("variables.labels")}) || ${is("variables.oldLabels")}`;
  }),
);

/** Both subresources can change the labels of a namespace too. */
export const NAMESPACE_RESOURCES = ["namespaces", "namespaces/status", "namespaces/finalize"] as const;

/** Pod Security of a namespace that is only observed is its team's, and so is what its tool applies again. */
const WAS_OBSERVED = `variables.oldLabels[?${celText(ENROLMENT_LABEL)}].orValue('') == ${celText(labelOfEnrolment("Observing"))}`;

const wasEnrolled = `${celText(ENROLMENT_LABEL)} in ${mapAt("oldObject", "metadata", "labels")}`;

const FINALIZERS = "metadata.?finalizers.orValue([])";
/**
 * An owner that is not there has the garbage collector delete the namespace; a new finalizer keeps its name, and without that of Kubernetes it goes
 * with objects left in it. Whoever set a finalizer takes it off at the end.
 */
const keepsItsEnd = all(
  "object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences",
  `object.${FINALIZERS}.all(f, f in oldObject.${FINALIZERS})`,
  "object.?spec.?finalizers == oldObject.?spec.?finalizers",
);

/** What Palisade lists on a namespace needs the rest of the 256 KiB that the API server takes: `reconcilers/namespace/name-list.ts`. */
const OTHERS_BYTES = 64 * 1_024;
const bytesOfOthers = (annotations: string): string =>
  `${annotations}.filter(k, !k.startsWith(${celText(`${GROUP}/`)})).map(k, bytes(k).size() + bytes(${annotations}[k]).size()).sum()`;
const leavesRoom = any(
  "variables.annotations == variables.oldAnnotations",
  `${bytesOfOthers("variables.annotations")} <= ${OTHERS_BYTES}`,
  `${bytesOfOthers("variables.annotations")} <= ${bytesOfOthers("variables.oldAnnotations")}`,
);

/** The binding selects no namespace: a selector uses the new labels, so a request that removes our label would escape it. */
export const namespaces = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-namespaces",
  cases: [69, 70, 71, 130],
  about:
    "Only the operator may change the enrolment of a namespace with workloads, and nobody may weaken its Pod Security.",
  rules: [{ apiGroups: [""], operations: ["CREATE", "UPDATE"], resources: NAMESPACE_RESOURCES }],
  conditions: [
    { name: "not-by-operator", expression: `!(${isUser(installation, operatorUser(installation))})` },
    { name: "enrolled-or-marked", expression: any(wasEnrolled, bearsMark([])) },
  ],
  variables: [...MARKS, { name: "enrolled", expression: wasEnrolled }],
  validations: [
    {
      // A backup brings a namespace back as it was, and by its label it is closed before anything else of it is there.
      expression: any(
        all(
          marksStand("variables.labels", "variables.oldLabels"),
          marksStand("variables.annotations", "variables.oldAnnotations"),
        ),
        all("request.operation == 'CREATE'", mayManage),
      ),
      message: `Only the operator may set ${GROUP} labels and annotations on a namespace: to change its enrolment, edit spec.namespaces of the SecurityBaseline.`,
    },
    {
      expression: any(
        "!variables.enrolled",
        WAS_OBSERVED,
        podSecurityStands("variables.labels", "variables.oldLabels"),
      ),
      message:
        "Pod Security of a namespace with workloads can only be raised: to change its enrolment, edit spec.namespaces of the SecurityBaseline.",
    },
    {
      expression: any(
        "!variables.enrolled",
        keepsItsEnd,
        isUser(installation, ...controlPlaneUsers(installation)),
        mayManage,
      ),
      message:
        "Owner references and finalizers of a namespace with workloads are the platform team's to write: this needs the verb manage on securitybaselines.palisade.dev.",
    },
    {
      expression: any("!variables.enrolled", leavesRoom, mayManage),
      message:
        "Annotations of a namespace with workloads may hold 64 KiB beside Palisade's own, which need the rest: store this elsewhere.",
    },
    {
      expression: any("!variables.enrolled", all(staysInEngines, staysInMesh)),
      message:
        "This label exempts a namespace with workloads from another engine: remove it, and configure the exemption in that engine.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
