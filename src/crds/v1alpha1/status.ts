import { z } from "zod";
import { dateTime, listAtomic, listMap, text } from "../schema.ts";
import { MAX_EXPOSED } from "./expose.ts";
import { statusFitter, truncated } from "./truncated.ts";
import { workloadUnusual } from "./unusual.ts";

const count = (description: string) => z.int().min(0).max(1_000_000).optional().meta({ description });
const words = (max: number, description: string) => text(max).meta({ description });
const fact = (max: number, description: string) =>
  text(max, 1)
    .regex(/^[A-Za-z][A-Za-z0-9]*$/)
    .meta({ description });
const time = (description: string) => dateTime().meta({ description });

export const condition = z.strictObject({
  type: fact(64, "Condition type."),
  status: z
    .enum(["True", "False", "Unknown"])
    .meta({ description: "Whether the condition holds; Unknown if Palisade cannot tell." }),
  reason: fact(128, "Machine-readable reason, stable between releases."),
  message: words(4_096, "Reason for people, and what to do."),
  lastTransitionTime: time("Time of the last change of status."),
  observedGeneration: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: "Generation of the spec that the condition describes." }),
});

const MAX_MISSING_HALVES = 32;
const MAX_EXCEPTIONS = 32;

const exception = z
  .strictObject({
    name: words(253, "Name of the SecurityException."),
    lifts: listAtomic(words(64, "Id of one rule."), { max: 32 })
      .optional()
      .meta({ description: "Rules that are lifted." }),
    user: words(253, "Who may enter the pods.").optional(),
    expires: time("Expiry."),
    closed: time("End of a break-glass exception, while pods from that time are still to be replaced.").optional(),
  })
  .meta({ description: "One SecurityException." });

const missingHalf = z
  .strictObject({
    peer: words(127, "Namespace and name of the other workload, such as shop/catalog."),
    direction: z
      .enum(["inbound", "outbound"])
      .meta({ description: "Whether the peer connects to this workload, or this workload to the peer." }),
    port: z.int().min(1).max(65_535).optional().meta({ description: "The port; all declared ones if missing." }),
    protocol: z.enum(["TCP", "UDP", "SCTP"]).optional().meta({ description: "Transport protocol of the port." }),
    missing: z.enum(["theirs", "ours", "absent"]).meta({
      description:
        "The missing side: theirs in the peer's access, ours in this workload's; absent if the peer does not exist.",
    }),
  })
  .meta({ description: "One connection that only one side declares." });

/** What every status begins with. */
export const observedGeneration = z
  .int()
  .min(-1)
  .max(Number.MAX_SAFE_INTEGER)
  .optional()
  .meta({ description: "Generation of the spec that this status describes; -1 before the first run." });

export const conditions = (description: string) =>
  listMap(condition.meta({ description: "One condition in the standard Kubernetes form." }), ["type"], {
    max: 32,
  })
    .optional()
    .meta({ description });

export const status = z
  .strictObject({
    observedGeneration,
    conditions: conditions(
      "Ready, DriftFree, AccessAgreed and RightsMatch; while true also Reconciling, Stalled, Limited, DriftContested, CorrectionsPaused, PodsMutated, ReportOnly, ForeignObjectsStay, OpenedByClusterPolicy, Relaxed, ExceptionExpiring and Unusual.",
    ),
    replicas: count("Number of pods, of the current and the previous revision."),
    updatedReplicas: count("Number of pods of the current revision."),
    readyReplicas: count("Number of ready pods."),
    rollout: z
      .strictObject({
        generation: z.int().min(0).max(Number.MAX_SAFE_INTEGER).meta({
          description: "Generation of the StatefulSet, DaemonSet or Job that is rolled out.",
        }),
        left: z.int().min(0).max(1_000_000).meta({
          description: "What was missing at the best moment: pods to update and pods to become available.",
        }),
        since: time("Time of the last progress. The progress deadline counts from it."),
      })
      .optional()
      .meta({ description: "Progress of the rollout while it is under way; a Deployment's own status has it." }),
    selector: words(512, "Label selector of the pods, for autoscalers that use the scale subresource.").optional(),
    podIdentity: z
      .strictObject({
        uid: z
          .int()
          .min(10_000)
          .max(65_533)
          .meta({ description: "UID and GID of the pods: unique to this workload and permanent." }),
        userNamespace: z
          .strictObject({
            enabled: z.boolean().meta({ description: "Whether the pods have their own user namespace." }),
            decidedForGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).meta({
              description: "Generation of the spec that this was decided for; decided again only for a new one.",
            }),
          })
          .optional()
          .meta({ description: "Decided once per change of the spec, from what the nodes report." }),
      })
      .optional()
      .meta({ description: "Decisions about the pods that must not flap." }),
    access: listAtomic(missingHalf, { max: MAX_MISSING_HALVES }).optional().meta({
      description:
        "Connections that only one side declares, so that no traffic flows; the first of them, this workload's declarations before others.",
    }),
    agreement: words(
      32,
      "Whether the peers of this workload declare their side: agreed, or how many are missing.",
    ).optional(),
    children: listAtomic(words(320, "Kind and name of one child, such as Deployment/web."), { max: 32 })
      .optional()
      .meta({ description: "Objects that Palisade created for the workload; each has an owner reference to it." }),
    hardening: z
      .strictObject({
        rules: z.int().min(0).max(1_000).meta({ description: "Number of baseline rules that every pod obeys." }),
        summary: listAtomic(words(512, "One line."), { max: 16 }).meta({
          description: "Summary for people.",
        }),
      })
      .optional()
      .meta({
        description: "Hardening of the pods. The rule reference lists the rules with their reasons.",
      }),
    exceptions: listAtomic(exception, { max: MAX_EXCEPTIONS }).optional().meta({
      description: "Active SecurityExceptions of this workload, and ended ones with cleanup left.",
    }),
    configs: listMap(
      z
        .strictObject({
          name: words(253, "Name of a ConfigMap of the spec."),
          copy: words(253, "Name of the immutable copy that the pods mount."),
        })
        .meta({ description: "One ConfigMap and its copy." }),
      ["name"],
      { max: 128 },
    )
      .optional()
      .meta({
        description: "Copies of the spec's ConfigMaps. If a ConfigMap is deleted, its copy stays in use.",
      }),
    secretVersions: text(64).optional().meta({
      description: "Digest of the versions of the pods' Secrets, if their changes roll the pods.",
    }),
    held: listAtomic(
      words(400, "Kind and name of one object, such as Secret/db-password, or Secret/db-password shared by web."),
      { max: 256 },
    )
      .optional()
      .meta({
        description:
          "Secrets and claims that this workload named first, or that others share with it. While it names them, other workloads use them only if it shares them; those with which it has a Secret in common keep it when it is deleted.",
      }),
    images: listMap(
      z
        .strictObject({
          image: words(512, "Image as in the spec, with its tag."),
          digest: text(135, 71)
            .regex(/^sha(256:[a-f0-9]{64}|512:[a-f0-9]{128})$/)
            .meta({ description: "Digest of the tag when it was first resolved; the pods run it." }),
        })
        .meta({ description: "One image and its digest." }),
      ["image"],
      { max: 32 },
    )
      .optional()
      .meta({
        description: "Resolved tags. A tag keeps its digest while the spec names it, even if the registry changes it.",
      }),
    urls: listAtomic(words(600, "One URL."), { max: MAX_EXPOSED })
      .optional()
      .meta({ description: "Exposed hosts: those of spec.expose that are granted and not taken." }),
    podMutations: z
      .strictObject({
        fields: listAtomic(words(256, "Path of one field, never a value."), { max: 16 }).meta({
          description: "Fields that differ from the template; the first of them.",
        }),
        by: listAtomic(words(256, "Kind and name, such as MutatingWebhookConfiguration/istio-injector."), {
          max: 16,
        }).meta({ description: "Possible sources: configurations that match the pods, and admission plugins." }),
      })
      .optional()
      .meta({
        description:
          "What admission adds to the pods when they are created, without what the SecurityBaseline lists as expected.",
      }),
    wouldDo: z
      .strictObject({
        count: z.int().min(0).max(1_000_000).meta({ description: "Number of pending changes." }),
        first: listAtomic(words(512, "One change: what, to which object, and why."), { max: 10 }).meta({
          description: "The first changes.",
        }),
      })
      .optional()
      .meta({
        description:
          "What Palisade would do if enforcement were not Report, the namespace not Observing, or all pods ready.",
      }),
    unusual: workloadUnusual.optional(),
    drift: z
      .strictObject({
        corrected: z
          .int()
          .min(0)
          .max(Number.MAX_SAFE_INTEGER)
          .meta({ description: "Number of changes reverted since the workload was created." }),
        contested: listAtomic(words(320, "Kind and name of one child, such as Deployment/web."), { max: 32 })
          .optional()
          .meta({ description: "Children that a client keeps changing back." }),
        last: z
          .strictObject({
            time: time("Time of the correction."),
            object: words(320, "Kind and name of the changed object."),
            action: words(32, "Correction: Repair, Recreate or Delete."),
            fields: listAtomic(words(256, "Path of one field, never a value."), { max: 16 }).meta({
              description: "Changed fields; the first of them.",
            }),
            manager: words(256, "Field manager of the change, if known.").optional(),
          })
          .optional()
          .meta({ description: "Latest correction." }),
      })
      .optional()
      .meta({ description: "Foreign changes that Palisade reverted." }),
    truncated,
  })
  .meta({
    description: "Observed state. Only the operator writes it, and reads nothing back from it as a request.",
  });

/** Cut to what the API server takes. */
export const fitWorkloadStatus = statusFitter(status);
