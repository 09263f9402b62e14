import { z } from "zod";
import { listSet, text } from "../schema.ts";
import { ACCELERATOR_NAMES, ARCHITECTURES } from "./placement-menu.ts";

const spread = (over: string, more: string) =>
  z
    .enum(["Preferred", "Required"])
    .default("Preferred")
    .meta({
      description: `Whether pods must lie evenly over ${over}, or only if there is room. Preferred unless set.${more}`,
    });

export const placement = z.strictObject({
  spread: z
    .strictObject({
      nodes: spread("nodes", ""),
      zones: spread("zones", " Required runs no pod on nodes that name no zone."),
    })
    .optional()
    .meta({ description: "How evenly the pods lie. Evenly if there is room, unless set." }),
  architecture: listSet(z.enum(ARCHITECTURES).meta({ description: "An architecture, as the node's label says it." }), {
    min: 1,
    max: 4,
  })
    .optional()
    .meta({
      description:
        "Processor architectures that the image is built for. Any unless set, but for nodes that are kept for one by a taint.",
    }),
  accelerator: z
    .strictObject({
      name: z.enum(ACCELERATOR_NAMES).meta({
        description:
          "What kind of device. Pods tolerate the taint that keeps nodes for this kind, and no other; there is no field for tolerations.",
      }),
      count: z.int().min(1).max(64).default(1).meta({ description: "Devices for each pod, its own. 1 unless set." }),
      model: text(63, 1)
        .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/)
        .optional()
        .meta({ description: "Only this model, as the node's label names it. Any unless set." }),
    })
    .optional()
    .meta({ description: "A device that each pod gets for itself." }),
});
