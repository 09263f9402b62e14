/** Policies for API servers that read them from a folder (KEP-5793): nobody can change or delete those through the API. */
import type { KubeObject } from "kopf-ts";
import { type AdmissionPolicy, admissionObjects } from "./policy.ts";

/** The API refuses to create objects of such names, so they are never confused with others. */
const SUFFIX = ".static.k8s.io";

/** Parameters are objects of the API, which a folder must do without. */
export const mayBeStatic = ({ parameters }: AdmissionPolicy): boolean => parameters === undefined;

/** The same policy and bindings under names that such a folder may hold. */
export const staticObjects = (policy: AdmissionPolicy): readonly KubeObject[] => admissionObjects(policy).map(renamed);

function renamed(object: KubeObject): KubeObject {
  const spec = object["spec"] as { readonly policyName?: string };
  return {
    ...object,
    metadata: { ...object.metadata, name: `${object.metadata.name}${SUFFIX}` },
    spec: { ...spec, ...(spec.policyName === undefined ? {} : { policyName: `${spec.policyName}${SUFFIX}` }) },
  };
}
