import { API_VERSION, BASELINE_NAME, ENROLMENT_LABEL, SECURE_WORKLOAD, SECURITY_BASELINE } from "../crds/group.ts";
import { type Enrolment, labelOfEnrolment } from "../crds/v1alpha1/enrolment.ts";
import { celText } from "../policies/cel.ts";
import { NAMESPACE_RESOURCES } from "./namespaces.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";

const NAMESPACES: ResourceRule = { apiGroups: [""], operations: ["UPDATE"], resources: NAMESPACE_RESOURCES };

/**
 * The first SecureWorkload enrols a namespace. The operator's account cannot create SecureWorkloads, so its token cannot enrol namespaces without
 * one. Matches only requests that add `palisade.dev/enrolment`: the new labels have it, and one side does not.
 */
const declared: AdmissionPolicy = {
  name: "palisade-enrolment-needs-secureworkload",
  cases: [],
  about: "Only namespaces with a SecureWorkload can be enrolled.",
  parameters: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind },
  namespaces: { label: ENROLMENT_LABEL },
  objects: { label: ENROLMENT_LABEL, absent: true },
  rules: [NAMESPACES],
  conditions: [],
  validations: [
    {
      expression: "params.metadata.namespace == object.metadata.name",
      message: "Only a namespace with a SecureWorkload can be enrolled: create a SecureWorkload in it.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
};

/** Moving back, which only the platform team decides (0014). The new labels have the weaker state, and one side has a stricter one. */
const loosened = (state: Enrolment, stricter: readonly Enrolment[]): AdmissionPolicy => ({
  name: `palisade-enrolment-${labelOfEnrolment(state)}-needs-baseline`,
  cases: [],
  about: `A namespace can move back to ${labelOfEnrolment(state)} only if the SecurityBaseline says so.`,
  parameters: { apiVersion: API_VERSION, kind: SECURITY_BASELINE.kind, name: BASELINE_NAME },
  namespaces: { label: ENROLMENT_LABEL, values: [labelOfEnrolment(state)] },
  objects: { label: ENROLMENT_LABEL, values: stricter.map(labelOfEnrolment) },
  rules: [NAMESPACES],
  conditions: [],
  validations: [
    {
      expression: `params.?spec.?namespaces.orValue([]).exists(n, n.name == object.metadata.name && n.?enrolment.orValue('') == ${celText(state)})`,
      message: `Only the SecurityBaseline can move a namespace back to ${labelOfEnrolment(state)}: set its enrolment under spec.namespaces.`,
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});

/** The API server must read these objects; policies from a folder cannot (KEP-5793). */
export const ENROLMENT_POLICIES: readonly AdmissionPolicy[] = [
  declared,
  loosened("Observing", ["Guarding", "Sealed"]),
  loosened("Guarding", ["Sealed"]),
];
