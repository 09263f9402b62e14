/** The CustomResourceDefinition of SecureWorkload, as the API server takes it. */
import { checksOf } from "./checks.ts";
import { GROUP, SECURE_WORKLOAD, VERSION } from "./group.ts";
import { type JsonSchemaProps, toStructuralSchema } from "./to-crd.ts";
import { secureWorkload } from "./v1alpha1/secure-workload.ts";

const ready = (field: string): string => `.status.conditions[?(@.type=="Ready")].${field}`;

const PRINTER_COLUMNS = [
  { name: "Ready", type: "string", jsonPath: ready("status"), description: "Whether it runs as declared." },
  { name: "Reason", type: "string", jsonPath: ready("reason"), description: "Why it does or does not." },
  { name: "Image", type: "string", jsonPath: ".spec.image", description: "What runs." },
  {
    name: "Drift",
    type: "integer",
    jsonPath: ".status.drift.corrected",
    description: "Changes by others that were undone.",
  },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  { name: "Message", type: "string", jsonPath: ready("message"), description: "What to do.", priority: 1 },
] as const;

/** Printer columns, short name, category and the status and scale subresources are part of the contract with users. */
export function buildSecureWorkloadCrd(): Readonly<Record<string, unknown>> {
  const { kind, plural } = SECURE_WORKLOAD;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: ["sw"],
        categories: ["palisade"],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: rootSchema() },
          additionalPrinterColumns: PRINTER_COLUMNS,
          subresources: {
            status: {},
            scale: {
              specReplicasPath: ".spec.replicas",
              statusReplicasPath: ".status.replicas",
              labelSelectorPath: ".status.selector",
            },
          },
        },
      ],
    },
  };
}

function rootSchema(): JsonSchemaProps {
  return {
    description: secureWorkload.description,
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      // The API server judges and prunes metadata by itself; a schema of its own may only narrow the name, as the rules do.
      metadata: { type: "object" },
      spec: toStructuralSchema(secureWorkload.shape.spec, "spec"),
      status: {
        ...toStructuralSchema(secureWorkload.shape.status, "status"),
        // A workload that nobody has looked at yet must not count as ready: kstatus compares this with the generation.
        default: { observedGeneration: -1 },
      },
    },
    ...checksOf(secureWorkload, "").keywords,
  };
}
