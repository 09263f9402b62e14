/** What the platform team lets one workload do for a time: run without some rules, or be entered by one person. */
import { z } from "zod";
import { API_VERSION, SECURITY_EXCEPTION } from "../group.ts";
import { type Parsed, parseWith } from "../parse.ts";
import { dateTime, listSet, matchesNot, text, withRules } from "../schema.ts";
import { LIFTABLE_RULES } from "./liftable-rules.ts";
import { labelName } from "./names.ts";
import { conditions, observedGeneration } from "./status.ts";

const HOUR_MINUTES = 60;
/** Ninety days. */
const LONGEST_HOURS = 2_160;
/** A working day: whoever is inside at its end goes home. */
const LONGEST_INSIDE_HOURS = 8;

const VALIDITY = /^([1-9][0-9]{0,3})(h|m)$/;

/** Minutes of a validity such as `72h` or `30m`; NaN for any other text. */
export function validityMinutes(validFor: string): number {
  const [, amount, unit] = VALIDITY.exec(validFor) ?? [];
  return Number(amount) * (unit === "h" ? HOUR_MINUTES : 1);
}

const line = (max: number, description: string) =>
  text(max, 1)
    .regex(/^[!-~]+( [!-~]+)*$/)
    .meta({ description });

interface Spec {
  readonly lifts?: readonly string[] | undefined;
  readonly breakGlass?: object | undefined;
  readonly validFor: string;
}

/**
 * The API server has no clock for its rules, so that an instant could not be bounded at admission: the time that it lasts is, and counts from
 * the creation, which the API server itself writes down.
 */
const exceptionSpec = withRules(
  z.strictObject({
    workload: z
      .strictObject({
        namespace: labelName("Namespace of the workload."),
        name: labelName("Name of the SecureWorkload."),
      })
      .meta({ description: "The one workload that this is for." }),
    lifts: listSet(z.enum(LIFTABLE_RULES).meta({ description: "Id of one rule." }), {
      min: 1,
      max: LIFTABLE_RULES.length,
    })
      .optional()
      .meta({
        description:
          "The rules of the baseline that are left out of the workload's pods. What a pod gets instead of each is in the reference of the baseline; the others cannot be lifted.",
      }),
    breakGlass: z
      .strictObject({
        user: withRules(
          line(253, "Name of the user, as the API server authenticates it: a person, no account of the cluster."),
          matchesNot(
            "^system:",
            "breakGlass.user must be a person: names that begin with system: are accounts of the cluster",
          ),
        ),
      })
      .optional()
      .meta({
        description:
          "Lets one person into the pods of the workload's namespace, by exec, attach, port-forward or proxy, as far as RBAC gives them those too. The API server knows no way to bind this to the pods of one workload. When it ends, the workload's pods are replaced.",
      }),
    validFor: text(5, 2).regex(VALIDITY).meta({
      description:
        "How long it lasts from its creation on, in hours or minutes: 72h or 30m. At most 2160h, which is 90 days.",
    }),
    reason: text(1_024, 10).meta({
      description: "Why, for whoever reads it in a year. It is told in Events and logged.",
    }),
    requestedBy: line(253, "Who asked for it."),
  }),
  {
    rule: "has(self.lifts) || has(self.breakGlass)",
    message: "spec needs lifts or breakGlass: an exception from nothing is none",
    holds: ({ lifts, breakGlass }: Spec) => lifts !== undefined || breakGlass !== undefined,
  },
  {
    rule: `duration(self.validFor) <= duration('${LONGEST_HOURS}h')`,
    message: `validFor must be at most ${LONGEST_HOURS}h, which is 90 days: change the workload until then, or write another exception`,
    holds: ({ validFor }: Spec) => validityMinutes(validFor) <= LONGEST_HOURS * HOUR_MINUTES,
  },
  {
    rule: `!has(self.breakGlass) || duration(self.validFor) <= duration('${LONGEST_INSIDE_HOURS}h')`,
    message: `validFor must be at most ${LONGEST_INSIDE_HOURS}h with breakGlass`,
    holds: ({ breakGlass, validFor }: Spec) =>
      breakGlass === undefined || validityMinutes(validFor) <= LONGEST_INSIDE_HOURS * HOUR_MINUTES,
  },
  {
    rule: "self == oldSelf",
    message: "spec cannot be changed: delete this exception, or write another that leaves its own trace",
    // Of a change, not of an object.
    holds: () => true,
  },
).meta({ description: "What is lifted, for which workload, how long and why. It cannot be changed afterwards." });

export const exceptionStatus = z
  .strictObject({
    observedGeneration,
    conditions: conditions(
      "Active: whether it is in force, and if not, why; and while they hold Reconciling and Stalled.",
    ),
    expires: dateTime().optional().meta({ description: "When it ends by itself." }),
  })
  .meta({ description: "What the operator saw and did. Written by the operator alone." });

export const securityException = z
  .strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(SECURITY_EXCEPTION.kind),
    metadata: z.looseObject({ name: z.string() }),
    spec: exceptionSpec,
    status: exceptionStatus.optional(),
  })
  .meta({
    description:
      "Lifts rules of the baseline for one workload, or lets one person into its pods, for a bounded time. Only the platform team writes it. Nothing else relaxes anything.",
  });

export type SecurityException = z.output<typeof securityException>;
export type SecurityExceptionSpec = SecurityException["spec"];
export type SecurityExceptionStatus = z.output<typeof exceptionStatus>;

/** Judges raw JSON as the API server does, the status left out. Each error names its field. */
export function parseSecurityException(raw: unknown): Parsed<SecurityException> {
  if (typeof raw !== "object" || raw === null) return parseWith(securityException, raw);
  const { status: _status, ...rest } = raw as Record<string, unknown>;
  return parseWith(securityException, rest);
}
