/** What of containers and nodes is unusual, as the report and its machine-readable form have it. */
import { z } from "zod";
import { NODE_FACTS, type NodeFact } from "../crds/v1alpha1/unusual.ts";

const lines = z.array(z.string());

export const unusualShape = {
  nodes: z
    .array(
      z.strictObject({
        name: z.string(),
        fact: z.enum(Object.keys(NODE_FACTS) as [NodeFact, ...NodeFact[]]),
        detail: z.string(),
      }),
    )
    .describe("Facts about nodes, those that matter most first."),
  containers: z
    .array(
      z.strictObject({
        pod: z.string().describe("`namespace/name`."),
        container: z.string(),
        restarts: z.int(),
        exits: lines.describe("How it ended last, with exit code, reason and time."),
      }),
    )
    .describe("Containers of every pod that restarted or failed, those with most restarts first."),
  entered: z
    .array(z.strictObject({ pod: z.string(), container: z.string() }))
    .describe("Pods with ephemeral containers."),
  images: z
    .array(
      z.strictObject({
        container: z.string(),
        pinned: z.string(),
        reported: z.string(),
        pods: z.int(),
        others: z.int().describe("Pods on the same runtime and architecture that report another digest."),
      }),
    )
    .describe("Pods with the same pinned image that report different digests."),
  unnamed: z
    .array(z.strictObject({ node: z.string(), count: z.int(), images: z.string().describe("The first of them.") }))
    .describe("Images on nodes that no pod there names."),
  denials: z
    .array(z.strictObject({ policy: z.string(), count: z.int() }))
    .describe("Requests that the policies of Palisade refused since the API server started."),
  workloads: z
    .array(z.strictObject({ workload: z.string().describe("`namespace/name`."), facts: lines }))
    .describe("What the operator says of SecureWorkloads."),
  unknown: lines.describe("What could not be read. It does not count as clean."),
};

export const unusual = z.strictObject(unusualShape);

export type Unusual = z.output<typeof unusual>;
