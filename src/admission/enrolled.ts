/** The namespaces that policies are bound to, and what the operator writes on them for admission to read (decision 0013). */
import { ENROLMENT_LABEL, WORKLOADS_ANNOTATION } from "../crds/group.ts";
import { headlessName } from "../reconcilers/secure-workload/resources/service.ts";
import { any, celList, celText } from "./cel.ts";
import type { Installation } from "./identities.ts";
import type { AdmissionPolicy, Binding } from "./policy.ts";
import { holds, namespaceList } from "./request.ts";

/** Every namespace that holds a workload. */
export const IN_ENROLLED: Binding = { actions: ["Deny"], namespaces: { label: ENROLMENT_LABEL } };

/** Those where nothing foreign runs. */
export const WHERE_CLOSED: Binding = {
  actions: ["Deny"],
  namespaces: { label: ENROLMENT_LABEL, values: ["guarding", "sealed"] },
};

/** Whether the namespace of the request is one of those. Not known to conditions. */
export const inEnrolled = `${celText(ENROLMENT_LABEL)} in namespaceObject.?metadata.?labels.orValue({})`;

/** Whether a namespace of this name never is: the cluster's own, Palisade's, and the one where people land by accident (case 78). */
export const isRefusedName = (name: string, { namespace }: Installation): string =>
  any(`${name}.startsWith('kube-')`, `${name} in ${celList(["default", namespace])}`);

/** The names of the namespace's workloads, for {@link isWorkload}. */
export const WORKLOADS: NonNullable<AdmissionPolicy["variables"]> = [
  { name: "workloads", expression: namespaceList(WORKLOADS_ANNOTATION) },
];

export const isWorkload = (name: string): string => holds("variables.workloads", name);

const HEADLESS = headlessName("");

/** Whether a Service of this name is a workload's. */
export const isServiceOfWorkload = (name: string): string =>
  any(
    isWorkload(name),
    `${name}.endsWith(${celText(HEADLESS)}) && ${isWorkload(`${name}.substring(0, ${name}.size() - ${HEADLESS.length})`)}`,
  );
