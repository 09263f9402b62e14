/** The CustomResourceDefinition of SecureWorkload, as the API server takes it. */
import { GROUP, SECURE_WORKLOAD, VERSION } from "./group.ts";
import { type JsonSchemaProps, toStructuralSchema } from "./to-crd.ts";
import { secureWorkload, spec } from "./v1alpha1/secure-workload.ts";
import { status } from "./v1alpha1/status.ts";

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
  const root = secureWorkload.meta() ?? {};
  return {
    description: root.description,
    type: "object",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec: toStructuralSchema(spec.meta({ ...spec.meta(), description: "What the application needs." }), "spec"),
      status: {
        ...toStructuralSchema(
          status.meta({
            description: "What the operator saw and did. Written by the operator alone, and never read as a wish.",
          }),
          "status",
        ),
        // A workload that nobody has looked at yet must not count as ready: kstatus compares this with the generation.
        default: { observedGeneration: -1 },
      },
    },
    "x-kubernetes-validations": root["x-kubernetes-validations"],
  };
}
