import { z } from "zod";
import { dateTime, listAtomic, listMap, text } from "../schema.ts";
import { MAX_EXPOSED } from "./expose.ts";

const count = (description: string) => z.int().min(0).max(1_000_000).optional().meta({ description });
const words = (max: number, description: string) => text(max).meta({ description });
const fact = (max: number, description: string) =>
  text(max, 1)
    .regex(/^[A-Za-z][A-Za-z0-9]*$/)
    .meta({ description });
const time = (description: string) => dateTime().meta({ description });

export const condition = z.strictObject({
  type: fact(64, "What the condition is about, as a state in one word."),
  status: z
    .enum(["True", "False", "Unknown"])
    .meta({ description: "Whether the condition holds; Unknown when that could not be seen." }),
  reason: fact(128, "Why it does or does not hold, in one word that does not change between releases."),
  message: words(4_096, "Why, for people, and what to do about it."),
  lastTransitionTime: time("When the status last changed, and only then."),
  observedGeneration: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "The generation of the spec this speaks of." }),
});

export const MAX_MISSING_HALVES = 32;
export const MAX_EXCEPTIONS = 32;

const exception = z
  .strictObject({
    name: words(253, "Name of the SecurityException."),
    lifts: listAtomic(words(64, "Id of one rule."), { max: 32 })
      .optional()
      .meta({ description: "The rules that are left out of the pods." }),
    user: words(253, "Who may enter the pods.").optional(),
    expires: time("When it ends by itself."),
    closed: time(
      "When it ended, of one that let somebody in; there while pods that were there meanwhile are still to be replaced.",
    ).optional(),
  })
  .meta({ description: "One SecurityException." });

const missingHalf = z
  .strictObject({
    peer: words(127, "Namespace and name of the other workload, such as shop/catalog."),
    direction: z
      .enum(["inbound", "outbound"])
      .meta({ description: "Whether the peer would connect to this workload, or this workload to the peer." }),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({ description: "The port that is meant; all declared ones where it is missing." }),
    protocol: z.enum(["TCP", "UDP", "SCTP"]).optional().meta({ description: "Transport protocol of that port." }),
    missing: z.enum(["theirs", "ours", "absent"]).meta({
      description:
        "Whose half is not declared: theirs in the peer's access, ours in this workload's; absent when there is no such workload.",
    }),
  })
  .meta({ description: "One half of a way between two workloads, without the other." });

/** What every status begins with. */
export const observedGeneration = z
  .int()
  .min(-1)
  .max(Number.MAX_SAFE_INTEGER)
  .optional()
  .meta({ description: "The generation of the spec that this status speaks of; -1 before the first look." });

export const conditions = (description: string) =>
  listMap(condition.meta({ description: "One condition, in the form all Kubernetes resources share." }), ["type"], {
    max: 16,
  })
    .optional()
    .meta({ description });

export const status = z
  .strictObject({
    observedGeneration,
    conditions: conditions(
      "Ready, DriftFree, AccessAgreed, RightsMatch, and while they hold Reconciling, Stalled, Limited, DriftContested, OpenedByClusterPolicy, Relaxed and ExceptionExpiring.",
    ),
    replicas: count("How many pods there are, of this spec and of the one before."),
    updatedReplicas: count("How many pods are of the current spec."),
    readyReplicas: count("How many pods are ready, and so take traffic."),
    selector: words(
      512,
      "The pods' label selector, by which an autoscaler finds them through the scale subresource.",
    ).optional(),
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
              description:
                "The generation of the spec this was decided for; it is decided again only for the next one.",
            }),
          })
          .optional()
          .meta({ description: "Decided from what the nodes report, once per change of the spec." }),
      })
      .optional()
      .meta({ description: "What was decided for the pods once, so that it does not flap." }),
    access: listAtomic(missingHalf, { max: MAX_MISSING_HALVES }).optional().meta({
      description:
        "Ways between workloads of which only one half is declared, so that nothing flows; the first of them where there are many. What this workload itself declares stands first.",
    }),
    children: listAtomic(words(320, "Kind and name of one child, such as Deployment/web."), { max: 32 })
      .optional()
      .meta({ description: "The objects this workload became, which carry an owner reference to it." }),
    hardening: z
      .strictObject({
        rules: z.int().min(0).max(1_000).meta({ description: "How many rules of the baseline every pod obeys." }),
        summary: listAtomic(words(512, "One line of it."), { max: 16 }).meta({
          description: "How the pods are locked down, for people.",
        }),
      })
      .optional()
      .meta({
        description:
          "How the pods are locked down. The rules are listed, with their reasons, in the project's reference.",
      }),
    exceptions: listAtomic(exception, { max: MAX_EXCEPTIONS }).optional().meta({
      description:
        "The SecurityExceptions in force for this workload, and those of which something is still to be undone.",
    }),
    configs: listMap(
      z
        .strictObject({
          name: words(253, "Name of a ConfigMap that the spec names."),
          copy: words(253, "Name of the immutable copy that the pods mount."),
        })
        .meta({ description: "One ConfigMap and its copy." }),
      ["name"],
      { max: 128 },
    )
      .optional()
      .meta({
        description:
          "What each ConfigMap that the spec names was copied to. A ConfigMap that is gone leaves its copy in use.",
      }),
    secretVersions: text(64).optional().meta({
      description: "A digest of the versions of the Secrets that the pods name, where a change of those rolls them.",
    }),
    images: listMap(
      z
        .strictObject({
          image: words(512, "An image as the spec names it, by its tag."),
          digest: text(135, 71)
            .regex(/^sha(256:[a-f0-9]{64}|512:[a-f0-9]{128})$/)
            .meta({ description: "The digest that the tag had when it was first resolved, which the pods run." }),
        })
        .meta({ description: "One image and its digest." }),
      ["image"],
      { max: 32 },
    )
      .optional()
      .meta({
        description:
          "What tags were resolved to. A tag keeps its digest as long as the spec names it, whatever becomes of it in the registry.",
      }),
    urls: listAtomic(words(600, "One URL."), { max: MAX_EXPOSED })
      .optional()
      .meta({ description: "Where the workload is exposed: what of spec.expose is granted and not taken." }),
    drift: z
      .strictObject({
        corrected: z
          .int()
          .min(0)
          .max(Number.MAX_SAFE_INTEGER)
          .meta({ description: "How many changes were undone since the workload was created." }),
        contested: listAtomic(words(320, "Kind and name of one child, such as Deployment/web."), { max: 32 })
          .optional()
          .meta({ description: "Children that somebody keeps changing back." }),
        last: z
          .strictObject({
            time: time("When it was undone."),
            object: words(320, "Kind and name of what was changed."),
            action: words(32, "What was done: Repair, Recreate or Delete."),
            fields: listAtomic(words(256, "Path of one field, never a value."), { max: 16 }).meta({
              description: "Which fields were changed; the first of them where there are many.",
            }),
            manager: words(256, "The field manager that wrote it, where that is known.").optional(),
          })
          .optional()
          .meta({ description: "The latest change undone." }),
      })
      .optional()
      .meta({ description: "What others changed and Palisade undid." }),
  })
  .meta({
    description:
      "What the operator saw and did. Written by the operator alone, and never read as a wish: whoever edits it changes nothing but this text.",
  });
