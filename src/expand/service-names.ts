/** The names of a workload's Services that its spec chooses. Pure. */
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { headlessName } from "../names.ts";

export type ChosenName = NonNullable<SecureWorkloadSpec["serviceNames"]>[number];

type Naming = Pick<SecureWorkloadSpec, "serviceNames">;

/** The names beside the workload's own. */
export const chosenNames = (workload: string, { serviceNames = [] }: Naming): readonly ChosenName[] =>
  serviceNames.filter(({ name }) => name !== workload);

/** What a spec says of the Service that has the workload's name. */
export const ownName = (workload: string, { serviceNames = [] }: Naming): ChosenName | undefined =>
  serviceNames.find(({ name }) => name === workload);

/** The Service under which the pods of a StatefulSet have their names. */
export const governingName = (workload: string, { serviceNames = [] }: Naming): string =>
  serviceNames.find(({ governs }) => governs === true)?.name ?? headlessName(workload);
