import { z } from "zod";
import { listAtomic, listMap } from "../schema.ts";

const count = (description: string) => z.int().min(0).max(1_000_000).optional().meta({ description });
const text = (max: number, description: string) => z.string().max(max).meta({ description });
const time = (description: string) => z.string().max(64).meta({ description, format: "date-time" });

const condition = z.strictObject({
  type: text(64, "What the condition is about."),
  status: z.enum(["True", "False", "Unknown"]).meta({ description: "Whether it holds." }),
  reason: text(128, "Why, as one word for machines."),
  message: text(4_096, "Why, for people, and what to do."),
  lastTransitionTime: time("When the status last changed, and only then."),
  observedGeneration: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "The generation of the spec this speaks of." }),
});

export const status = z.strictObject({
  observedGeneration: z
    .int()
    .min(-1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "The generation of the spec that this status speaks of; -1 before the first look." }),
  conditions: listMap(condition.meta({ description: "One condition." }), ["type"], { max: 16 })
    .optional()
    .meta({ description: "Ready, DriftFree, and while they hold Reconciling, Stalled and DriftContested." }),
  replicas: count("Pods there are."),
  updatedReplicas: count("Pods of the current spec."),
  readyReplicas: count("Pods that take traffic."),
  selector: text(512, "The pods' label selector, for the scale subresource.").optional(),
  podIdentity: z
    .strictObject({
      uid: z
        .int()
        .min(10_000)
        .max(65_533)
        .meta({ description: "The UID and GID the pods run as: this workload's own, and it stays." }),
      userNamespace: z
        .strictObject({
          enabled: z.boolean().meta({ description: "Whether the pods run in a user namespace of their own." }),
          decidedForGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).meta({
            description: "The generation of the spec this was decided for; it is decided again only for the next one.",
          }),
        })
        .optional()
        .meta({ description: "Decided from what the nodes report, once per change of the spec." }),
    })
    .optional()
    .meta({ description: "What was decided once for the pods." }),
  children: listAtomic(text(320, "Kind and name of one child."), { max: 32 })
    .optional()
    .meta({ description: "What this workload became." }),
  drift: z
    .strictObject({
      corrected: z.int().min(0).max(Number.MAX_SAFE_INTEGER).meta({ description: "Changes undone so far." }),
      contested: listAtomic(text(320, "Kind and name of one child."), { max: 32 })
        .optional()
        .meta({ description: "Children that somebody keeps changing back." }),
      last: z
        .strictObject({
          time: time("When it was undone."),
          object: text(320, "Kind and name of what was changed."),
          action: text(32, "What was done: Repair, Recreate or Delete."),
          fields: listAtomic(text(256, "One path, never a value."), { max: 16 }).meta({
            description: "Which fields were changed.",
          }),
          manager: text(256, "The field manager that wrote it, where that is known.").optional(),
        })
        .optional()
        .meta({ description: "The latest change undone." }),
    })
    .optional()
    .meta({ description: "What others changed and Palisade undid." }),
});
