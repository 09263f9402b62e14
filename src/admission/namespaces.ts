import { ENROLMENT_LABEL, GROUP } from "../crds/group.ts";
import { all, any, celList, celText } from "./cel.ts";
import { type Installation, operatorUser } from "./identities.ts";
import { bearsMark, MARKS, marksStand } from "./marks.ts";
import { podSecurityStands } from "./pod-security.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { isUser, mapAt } from "./request.ts";

/**
 * Labels by which a namespace leaves other engines: each engine's own webhooks select by them. Mesh labels are among them where they
 * take a namespace out of the mesh, not where they bring it in.
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

/** Labels of a namespace can be changed by way of both subresources too. */
export const NAMESPACE_RESOURCES = ["namespaces", "namespaces/status", "namespaces/finalize"] as const;

const wasEnrolled = `${celText(ENROLMENT_LABEL)} in ${mapAt("oldObject", "metadata", "labels")}`;

/** The binding selects no namespace: a selector would be asked of the labels as they are to be, and whoever takes ours off would be out of it. */
export const namespaces = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-namespaces",
  cases: [69, 70, 71],
  about: "A namespace that holds workloads stays as closed as it is; the operator alone writes how far that is.",
  rules: [{ apiGroups: [""], operations: ["CREATE", "UPDATE"], resources: NAMESPACE_RESOURCES }],
  conditions: [
    { name: "not-by-operator", expression: `!(${isUser(operatorUser(installation))})` },
    { name: "enrolled-or-marked", expression: any(wasEnrolled, bearsMark([])) },
  ],
  variables: [...MARKS, { name: "enrolled", expression: wasEnrolled }],
  validations: [
    {
      expression: all(
        marksStand("variables.labels", "variables.oldLabels"),
        marksStand("variables.annotations", "variables.oldAnnotations"),
      ),
      message: `Labels and annotations of ${GROUP} on a namespace are the operator's: how far it is closed is said in the SecurityBaseline, under spec.namespaces.`,
    },
    {
      expression: any("!variables.enrolled", podSecurityStands("variables.labels", "variables.oldLabels")),
      message:
        "Pod Security of a namespace that holds workloads can be raised, not lowered: how far it is closed is said in the SecurityBaseline, under spec.namespaces.",
    },
    {
      expression: any("!variables.enrolled", all(staysInEngines, staysInMesh)),
      message:
        "This label takes a namespace that holds workloads out of another engine: leave it off, and let that engine's own configuration say what is exempt.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
