import { API_VERSION, BASELINE_NAME, ENROLMENT_LABEL, SECURE_WORKLOAD, SECURITY_BASELINE } from "../crds/group.ts";
import { type Enrolment, labelOfEnrolment } from "../crds/v1alpha1/enrolment.ts";
import { celText } from "./cel.ts";
import { NAMESPACE_RESOURCES } from "./namespaces.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";

const NAMESPACES: ResourceRule = { apiGroups: [""], operations: ["UPDATE"], resources: NAMESPACE_RESOURCES };

/**
 * A namespace is enrolled by the first SecureWorkload in it, which the operator's account cannot make: its token opens no namespace that nobody
 * declared a workload in. Only `palisade.dev/enrolment` coming onto a namespace is matched: the new labels have it, and one side has it not.
 */
const declared: AdmissionPolicy = {
  name: "palisade-enrolment-needs-secureworkload",
  cases: [],
  about: "A namespace is enrolled where somebody declared a SecureWorkload, and nowhere else.",
  parameters: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind },
  namespaces: { label: ENROLMENT_LABEL },
  objects: { label: ENROLMENT_LABEL, absent: true },
  rules: [NAMESPACES],
  conditions: [],
  validations: [
    {
      expression: "params.metadata.namespace == object.metadata.name",
      message: "A namespace is enrolled by its first SecureWorkload.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
};

/** The way back, which the platform team alone decides (0014). The new labels have the weaker state, and one side has a stricter one. */
const loosened = (state: Enrolment, stricter: readonly Enrolment[]): AdmissionPolicy => ({
  name: `palisade-enrolment-${labelOfEnrolment(state)}-needs-baseline`,
  cases: [],
  about: `A namespace goes back to ${labelOfEnrolment(state)} where the SecurityBaseline holds it there, and nowhere else.`,
  parameters: { apiVersion: API_VERSION, kind: SECURITY_BASELINE.kind, name: BASELINE_NAME },
  namespaces: { label: ENROLMENT_LABEL, values: [labelOfEnrolment(state)] },
  objects: { label: ENROLMENT_LABEL, values: stricter.map(labelOfEnrolment) },
  rules: [NAMESPACES],
  conditions: [],
  validations: [
    {
      expression: `params.?spec.?namespaces.orValue([]).exists(n, n.name == object.metadata.name && n.?enrolment.orValue('') == ${celText(state)})`,
      message: `A namespace goes back to ${labelOfEnrolment(state)} where the SecurityBaseline says so, under spec.namespaces.`,
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});

/** What they look at is for the API server to read; a folder of policies cannot name it (KEP-5793). */
export const ENROLMENT_POLICIES: readonly AdmissionPolicy[] = [
  declared,
  loosened("Observing", ["Guarding", "Sealed"]),
  loosened("Guarding", ["Sealed"]),
];
