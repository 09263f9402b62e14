/** Everything that is generated: where it goes and what it says. One list, so that nothing generated goes unverified. */
import { admissionFiles } from "./admission.ts";
import { alertFiles } from "./alerts.ts";
import { chartFiles } from "./chart/index.ts";
import { crdFiles } from "./crd.ts";
import { dashboardFile } from "./dashboard.ts";
import { gitopsFiles } from "./gitops/index.ts";
import { kustomizationFiles } from "./kustomizations.ts";
import { logsFile } from "./logs.ts";
import { metricsFile } from "./metrics.ts";
import { policiesFile } from "./policies.ts";
import { priorityFile } from "./priority.ts";
import { rbacFile } from "./rbac.ts";
import { referenceFiles } from "./reference.ts";

export interface GeneratedFile {
  /** From the top of the repository. */
  readonly path: string;
  readonly render: () => string;
  /** Its folder holds pages that people write too. */
  readonly amongOthers?: true;
}

export const GENERATED: readonly GeneratedFile[] = [
  ...admissionFiles,
  ...chartFiles,
  ...alertFiles,
  ...crdFiles,
  dashboardFile,
  logsFile,
  metricsFile,
  ...gitopsFiles,
  ...kustomizationFiles,
  policiesFile,
  priorityFile,
  rbacFile,
  ...referenceFiles,
];
