/** The namespaces that policies are bound to, and what the operator writes on them for admission to read (decision 0013). */
import { ENROLMENT_LABEL, SERVICES_ANNOTATION, TAKEN_NAMES_ANNOTATION, WORKLOADS_ANNOTATION } from "../crds/group.ts";
import { labelOfEnrolment } from "../crds/v1alpha1/enrolment.ts";
import type { Installation } from "../installation.ts";
import { headlessName } from "../names.ts";
import { all, any, celList, celText } from "../policies/cel.ts";
import type { AdmissionPolicy, Binding, Variable } from "./policy.ts";
import { holds, namespaceList, protects } from "./request.ts";

/** Every namespace that holds a workload. */
export const IN_ENROLLED: Binding = { actions: ["Deny"], namespaces: { label: ENROLMENT_LABEL } };

/** Those where nothing foreign runs. */
export const WHERE_CLOSED: Binding = {
  actions: ["Deny"],
  namespaces: { label: ENROLMENT_LABEL, values: ["guarding", "sealed"] },
};

const ENROLMENT = `namespaceObject.?metadata.?labels[?${celText(ENROLMENT_LABEL)}].orValue('')`;

/** Whether the namespace of the request is only observed: what stands there, or is made again by its tool, is reported and not refused. */
export const isObserved = `${ENROLMENT} == ${celText(labelOfEnrolment("Observing"))}`;

/** Whether the namespace of the request is one of those. Not known to conditions. */
export const inEnrolled = `${celText(ENROLMENT_LABEL)} in namespaceObject.?metadata.?labels.orValue({})`;

/** Whether a namespace of this name never is: the cluster's own, Palisade's, and the one where people land by accident (case 78). */
export const isRefusedName = (name: string, { namespace }: Installation): string =>
  any(`${name}.startsWith('kube-')`, `${name} in ${celList(["default", namespace])}`);

/** The names of the namespace's workloads and of what is not theirs under a child's name, for {@link isWorkload} and {@link isChildName}. */
export const WORKLOADS: NonNullable<AdmissionPolicy["variables"]> = [
  { name: "workloads", expression: namespaceList(WORKLOADS_ANNOTATION) },
  { name: "taken", expression: namespaceList(TAKEN_NAMES_ANNOTATION) },
];

/** The names that workloads chose for Services. */
export const CHOSEN_NAMES: Variable = { name: "services", expression: namespaceList(SERVICES_ANNOTATION) };

/** For {@link isServiceOfWorkload}. */
export const SERVICES: NonNullable<AdmissionPolicy["variables"]> = [...WORKLOADS, CHOSEN_NAMES];

export const isWorkload = (name: string): string => holds("variables.workloads", name);

/** Whether somebody else's object stands under a child's name. `kind` and `name` are CEL. */
export const isTaken = (kind: string, name: string): string => holds("variables.taken", `${kind} + '/' + ${name}`);

/** Whether an object of this kind and of a workload's name is its child, or would be. `kind` and `name` are CEL. */
export const isChildName = (kind: string, name: string): string => all(isWorkload(name), `!${isTaken(kind, name)}`);

const HEADLESS = headlessName("");

/** Whether a workload chose this name for a Service. */
export const isChosenName = (name: string): string => protects("variables.services", name);

/** Whether a Service of this name is a workload's. */
export const isServiceOfWorkload = (name: string): string =>
  all(
    any(
      isWorkload(name),
      isChosenName(name),
      `${name}.endsWith(${celText(HEADLESS)}) && ${isWorkload(`${name}.substring(0, ${name}.size() - ${HEADLESS.length})`)}`,
    ),
    `!${isTaken("'Service'", name)}`,
  );

/** Whether a ServiceAccount of this name is a workload's. */
export const isAccountOfWorkload = (name: string): string => isChildName("'ServiceAccount'", name);
