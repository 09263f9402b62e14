/** Everything that is generated: where it goes and what it says. One list, so that nothing generated goes unverified. */
import { admissionFiles } from "./admission.ts";
import { crdFiles } from "./crd.ts";
import { gitopsFiles } from "./gitops/index.ts";
import { kustomizationFiles } from "./kustomizations.ts";
import { policiesFile } from "./policies.ts";
import { priorityFile } from "./priority.ts";
import { rbacFile } from "./rbac.ts";
import { referenceFiles } from "./reference.ts";

export interface GeneratedFile {
  /** From the top of the repository. */
  readonly path: string;
  readonly render: () => string;
}

export const GENERATED: readonly GeneratedFile[] = [
  ...admissionFiles,
  ...crdFiles,
  ...gitopsFiles,
  ...kustomizationFiles,
  policiesFile,
  priorityFile,
  rbacFile,
  ...referenceFiles,
];
