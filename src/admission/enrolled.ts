/** The namespaces that policies are bound to, and what the operator writes on them for admission to read (decision 0013). */
import { ENROLMENT_LABEL, WORKLOADS_ANNOTATION } from "../crds/group.ts";
import { headlessName } from "../reconcilers/secure-workload/resources/service.ts";
import { any, celText } from "./cel.ts";
import type { AdmissionPolicy, Binding } from "./policy.ts";
import { holds, namespaceList } from "./request.ts";

/** Every namespace that holds a workload. */
export const IN_ENROLLED: Binding = { actions: ["Deny"], namespaces: { label: ENROLMENT_LABEL } };

/** Those where nothing foreign runs. */
export const WHERE_CLOSED: Binding = {
  actions: ["Deny"],
  namespaces: { label: ENROLMENT_LABEL, values: ["guarding", "sealed"] },
};

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
