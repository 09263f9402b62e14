/** kind itself runs nowhere here: that its configuration has the shape that kind reads strictly is all that can be held. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** Of `kind.x-k8s.io/v1alpha4`, what is used. */
const schema = z.strictObject({
  kind: z.literal("Cluster"),
  apiVersion: z.literal("kind.x-k8s.io/v1alpha4"),
  nodes: z.array(z.strictObject({ role: z.enum(["control-plane", "worker"]) })),
});

test("the kind cluster has one control plane and two nodes for pods", () => {
  const { nodes } = schema.parse(parse(readFileSync(join(import.meta.dirname, "../../e2e/kind.yaml"), "utf8")));
  expect(nodes.map(({ role }) => role).sort()).toEqual(["control-plane", "worker", "worker"]);
});
