/** A kind without schema: whatever a pod may look like, the API server asks the rules about it as it was written. */
import { apiVersionOf, type KubeObject, type Resource } from "kopf-ts";
import { baselineValidations, baselineVariables } from "../../src/admission/pod-baseline.ts";
import type { AdmissionPolicy } from "../../src/admission/policy.ts";
import type { PodSpec } from "../../src/policies/index.ts";

export const SPECIMEN: Resource = {
  group: "palisade.test",
  version: "v1",
  kind: "Specimen",
  plural: "specimens",
  namespaced: true,
};

export const SPECIMEN_DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${SPECIMEN.plural}.${SPECIMEN.group}` },
  spec: {
    group: SPECIMEN.group,
    names: { kind: SPECIMEN.kind, plural: SPECIMEN.plural },
    scope: "Namespaced",
    versions: [
      {
        name: SPECIMEN.version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

/** Tells of every rule that a specimen breaks. */
export const SPECIMEN_POLICY: AdmissionPolicy = {
  name: "palisade-test-specimens",
  cases: [],
  about: "Judges specimens.",
  rules: [
    {
      apiGroups: [SPECIMEN.group],
      apiVersions: [SPECIMEN.version],
      operations: ["CREATE"],
      resources: [SPECIMEN.plural],
    },
  ],
  conditions: [],
  variables: baselineVariables("object"),
  validations: baselineValidations(),
  bindings: [{ actions: ["Audit"] }],
};

export const specimen = (name: string, namespace: string, spec: PodSpec): KubeObject => ({
  apiVersion: apiVersionOf(SPECIMEN),
  kind: SPECIMEN.kind,
  metadata: { name, namespace },
  spec,
});
