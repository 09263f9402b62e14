/** Everything that is generated: where it goes and what it says. One list, so that nothing generated goes unverified. */
import { admissionFiles } from "./admission.ts";
import { auditFile } from "./audit.ts";
import { valuesSchemaFile } from "./chart/json-schema.ts";
import { commandsFile } from "./commands.ts";
import { crdFiles } from "./crd.ts";
import { driftTitlesFile } from "./drift-titles.ts";
import { exampleFiles } from "./examples.ts";
import { fromADeploymentFile } from "./from-a-deployment.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { argoCdFiles } from "./gitops/argo-cd.ts";
import { fluxFile } from "./gitops/flux.ts";
import { kustomizeFiles } from "./gitops/kustomize.ts";
import { kopfApiFile } from "./kopf-api.ts";
import { logsFile } from "./logs.ts";
import { metricsFile } from "./metrics.ts";
import { permissionsFile } from "./permissions.ts";
import { policiesFile } from "./policies.ts";
import { priorityFiles } from "./priority.ts";
import { rbacFiles } from "./rbac.ts";
import { referenceFiles } from "./reference.ts";
import { reportScriptFile } from "./report-script.ts";
import { schemaFiles } from "./schemas.ts";

export const GENERATED: readonly GeneratedFile[] = [
  ...admissionFiles,
  auditFile,
  valuesSchemaFile,
  commandsFile,
  ...crdFiles,
  driftTitlesFile,
  ...exampleFiles,
  fromADeploymentFile,
  kopfApiFile,
  logsFile,
  metricsFile,
  ...argoCdFiles,
  fluxFile,
  ...kustomizeFiles,
  permissionsFile,
  policiesFile,
  ...priorityFiles,
  ...rbacFiles,
  ...referenceFiles,
  reportScriptFile,
  ...schemaFiles,
];
