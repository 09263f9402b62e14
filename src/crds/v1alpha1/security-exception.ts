/** What the platform team lets one workload do for a time: run without some rules, or be entered by one person. */
import { z } from "zod";
import { API_VERSION, SECURITY_EXCEPTION } from "../group.ts";
import { type Parsed, parseWith } from "../parse.ts";
import { dateTime, listSet, matchesNot, text, withRules } from "../schema.ts";
import { LIFTABLE_RULES } from "./liftable-rules.ts";
import { labelName } from "./names.ts";
import { conditions, observedGeneration } from "./status.ts";
import { statusFitter, truncated } from "./truncated.ts";

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
        uid: line(
          64,
          "Its metadata.uid: the exception then ends with this very SecureWorkload, and none that is created later under its name has it.",
        ).optional(),
        image: line(
          255,
          "Repository of its image, such as registry.example.com/shop/web: the exception holds only while spec.image is of it.",
        ).optional(),
      })
      .meta({ description: "The workload that this exception is for." }),
    lifts: listSet(z.enum(LIFTABLE_RULES).meta({ description: "Id of one rule." }), {
      min: 1,
      max: LIFTABLE_RULES.length,
    })
      .optional()
      .meta({
        description:
          "Rules to lift for the workload's pods. The rule reference says what a pod gets instead of each; other rules cannot be lifted.",
      }),
    breakGlass: z
      .strictObject({
        user: withRules(
          line(253, "User name, as the API server authenticates it: a person, not an account of the cluster."),
          matchesNot(
            "^system:",
            "breakGlass.user must be a person: names that begin with system: are cluster accounts",
          ),
        ),
      })
      .optional()
      .meta({
        description:
          "Lets one person into the pods of the workload's namespace by exec, attach, port-forward or proxy, if RBAC allows it too. The API server cannot limit this to the pods of one workload. When it expires, Palisade replaces the workload's pods.",
      }),
    validFor: text(5, 2).regex(VALIDITY).meta({
      description: "Duration from its creation, in hours or minutes: 72h or 30m. At most 2160h, which is 90 days.",
    }),
    reason: text(1_024, 10).meta({
      description: "Reason, for a reader in a year. Events and logs contain it.",
    }),
    requestedBy: line(253, "Who requested it."),
  }),
  {
    rule: "has(self.lifts) || has(self.breakGlass)",
    message: "spec needs lifts or breakGlass: add one",
    holds: ({ lifts, breakGlass }: Spec) => lifts !== undefined || breakGlass !== undefined,
  },
  {
    rule: `duration(self.validFor) <= duration('${LONGEST_HOURS}h')`,
    message: `validFor must be at most ${LONGEST_HOURS}h, which is 90 days: fix the workload within this time, or create another exception later`,
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
    message: "spec is immutable: delete this exception, or create another",
    // Of a change, not of an object.
    holds: () => true,
  },
).meta({ description: "Workload, lifted rules, duration and reason. Immutable." });

export const exceptionStatus = z
  .strictObject({
    observedGeneration,
    conditions: conditions("Active: whether it is in force, and if not, why; Reconciling and Stalled while true."),
    expires: dateTime().optional().meta({ description: "Expiry." }),
    truncated,
  })
  .meta({ description: "Observed state. Only the operator writes it." });

/** Cut to what the API server takes. */
export const fitExceptionStatus = statusFitter(exceptionStatus);

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
      "Lifts rules of the baseline for one workload, or lets one person into its pods, for a limited time. Only the platform team may create it. Nothing else relaxes rules.",
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
