import { z } from "zod";
import { listSet, text } from "../schema.ts";
import { ACCELERATOR_NAMES, ARCHITECTURES } from "./placement-menu.ts";

const spread = (over: string, more: string) => ({
  description: `Required: pods must spread evenly over ${over}. Preferred: only if there is room. Defaults to Preferred.${more}`,
});

export const placement = z.strictObject({
  spread: z
    .strictObject({
      nodes: z
        .enum(["Preferred", "Required", "Apart"])
        .default("Preferred")
        .meta(
          spread(
            "nodes",
            " Apart: never two pods on one node; a rollout then needs a node without one, or rollout.maxSurge: 0.",
          ),
        ),
      zones: z
        .enum(["Preferred", "Required"])
        .default("Preferred")
        .meta(spread("zones", " Required runs no pod on nodes that name no zone.")),
    })
    .optional()
    .meta({ description: "How evenly pods spread. By default evenly if there is room." }),
  architecture: listSet(z.enum(ARCHITECTURES).meta({ description: "Architecture, as in the node's label." }), {
    min: 1,
    max: 4,
  })
    .optional()
    .meta({
      description: "Architectures that the image supports. Any by default, except nodes that a taint reserves for one.",
    }),
  accelerator: z
    .strictObject({
      name: z.enum(ACCELERATOR_NAMES).meta({
        description:
          "Kind of device. Pods tolerate only the taint that reserves nodes for this kind; there is no field for tolerations.",
      }),
      count: z.int().min(1).max(64).default(1).meta({ description: "Devices per pod. Defaults to 1." }),
      model: text(63, 1)
        .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/)
        .optional()
        .meta({ description: "Model, as in the node's label. Any by default." }),
    })
    .optional()
    .meta({ description: "Device that each pod gets exclusively." }),
});
