/** The kinds that Palisade adds to a cluster, as the API server serves and kubectl prints them. */
import type { CustomKind, PrinterColumn } from "./custom-resource-definition.ts";
import { SECURE_WORKLOAD, SECURITY_BASELINE } from "./group.ts";
import { secureWorkload } from "./v1alpha1/secure-workload.ts";
import { securityBaseline } from "./v1alpha1/security-baseline.ts";

const ready = (field: string): string => `.status.conditions[?(@.type=="Ready")].${field}`;

const AGE: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };
const MESSAGE: PrinterColumn = {
  name: "Message",
  type: "string",
  jsonPath: ready("message"),
  description: "What to do.",
  priority: 1,
};

export const SECURE_WORKLOAD_KIND: CustomKind = {
  resource: SECURE_WORKLOAD,
  shortName: "sw",
  schema: secureWorkload,
  columns: [
    { name: "Ready", type: "string", jsonPath: ready("status"), description: "Whether it runs as declared." },
    { name: "Reason", type: "string", jsonPath: ready("reason"), description: "Why it does or does not." },
    { name: "Image", type: "string", jsonPath: ".spec.image", description: "What runs." },
    {
      name: "Drift",
      type: "integer",
      jsonPath: ".status.drift.corrected",
      description: "Changes by others that were undone.",
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
    { name: "Reason", type: "string", jsonPath: ready("reason"), description: "Why it is or is not." },
    { name: "Namespaces", type: "integer", jsonPath: ".status.namespaces", description: "Namespaces with workloads." },
    { name: "Workloads", type: "integer", jsonPath: ".status.workloads", description: "SecureWorkloads." },
    AGE,
    MESSAGE,
  ],
};

export const CUSTOM_KINDS: readonly CustomKind[] = [SECURE_WORKLOAD_KIND, SECURITY_BASELINE_KIND];
