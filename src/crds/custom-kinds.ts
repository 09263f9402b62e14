/** The kinds that Palisade adds to a cluster, as the API server serves and kubectl prints them. */
import type { CustomKind, PrinterColumn } from "./custom-resource-definition.ts";
import { SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION } from "./group.ts";
import { secureWorkload } from "./v1alpha1/secure-workload.ts";
import { securityBaseline } from "./v1alpha1/security-baseline.ts";
import { securityException } from "./v1alpha1/security-exception.ts";

const condition =
  (type: string) =>
  (field: string): string =>
    `.status.conditions[?(@.type=="${type}")].${field}`;
const ready = condition("Ready");
const active = condition("Active");

const AGE: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };
const MESSAGE: PrinterColumn = {
  name: "Message",
  type: "string",
  jsonPath: ready("message"),
  description: "Desired state.",
  priority: 1,
};

export const SECURE_WORKLOAD_KIND: CustomKind = {
  resource: SECURE_WORKLOAD,
  shortName: "sw",
  schema: secureWorkload,
  columns: [
    { name: "Ready", type: "string", jsonPath: ready("status"), description: "Whether it runs as declared." },
    { name: "Reason", type: "string", jsonPath: ready("reason"), description: "Reason of its state." },
    {
      name: "Access",
      type: "string",
      jsonPath: ".status.agreement",
      description: "Whether its peers declare their side; where one is missing, nothing flows to or from it.",
    },
    { name: "Image", type: "string", jsonPath: ".spec.image", description: "Image of the main container." },
    {
      name: "Drift",
      type: "integer",
      jsonPath: ".status.drift.corrected",
      description: "Foreign changes that Palisade reverted.",
    },
    AGE,
    MESSAGE,
  ],
  subresources: {
    scale: {
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.selector",
    },
  },
};

export const SECURITY_BASELINE_KIND: CustomKind = {
  resource: SECURITY_BASELINE,
  shortName: "sb",
  schema: securityBaseline,
  columns: [
    { name: "Ready", type: "string", jsonPath: ready("status"), description: "Whether all of it is in force." },
    { name: "Reason", type: "string", jsonPath: ready("reason"), description: "Reason of its state." },
    { name: "Namespaces", type: "integer", jsonPath: ".status.namespaces", description: "Namespaces with workloads." },
    { name: "Workloads", type: "integer", jsonPath: ".status.workloads", description: "SecureWorkloads." },
    AGE,
    MESSAGE,
  ],
};

export const SECURITY_EXCEPTION_KIND: CustomKind = {
  resource: SECURITY_EXCEPTION,
  shortName: "sx",
  schema: securityException,
  columns: [
    {
      name: "Namespace",
      type: "string",
      jsonPath: ".spec.workload.namespace",
      description: "Namespace of the workload.",
    },
    { name: "Workload", type: "string", jsonPath: ".spec.workload.name", description: "Name of the workload." },
    { name: "Lifts", type: "string", jsonPath: ".spec.lifts", description: "Lifted rules." },
    { name: "User", type: "string", jsonPath: ".spec.breakGlass.user", description: "Who may enter the pods." },
    { name: "Expires", type: "string", jsonPath: ".status.expires", description: "Expiry." },
    { name: "State", type: "string", jsonPath: active("reason"), description: "Whether it is in force." },
    AGE,
    { ...MESSAGE, jsonPath: active("message") },
  ],
};

export const CUSTOM_KINDS: readonly CustomKind[] = [
  SECURE_WORKLOAD_KIND,
  SECURITY_BASELINE_KIND,
  SECURITY_EXCEPTION_KIND,
];
