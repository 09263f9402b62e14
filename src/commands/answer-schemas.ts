/** The machine-readable form of every answer, by its kind. `config/schemas/` has them as JSON Schema. */
import { z } from "zod";
import { ANSWER_VERSION } from "./answer.ts";
import { auditShape } from "./audit/model.ts";
import { TOPIC_KINDS } from "./explain/topic.ts";
import { learningShape } from "./learn/model.ts";
import { migrationShape } from "./migrate/model.ts";
import { reportShape } from "./report/model.ts";
import { statusListShape, statusShape } from "./status/model.ts";

const answer = <S extends z.ZodRawShape>(kind: string, shape: S) =>
  z.strictObject({ apiVersion: z.literal(ANSWER_VERSION), kind: z.literal(kind), ...shape });

const lines = z.array(z.string());

const place = { file: z.string(), line: z.int() };

const fieldChange = z.strictObject({
  path: z.string(),
  from: z.unknown().optional(),
  to: z.unknown().optional(),
});

const topic = z.strictObject({
  kind: z.enum(TOPIC_KINDS),
  name: z.string(),
  of: z.string().optional().describe("Kind of object that has the field, condition or reason."),
  meaning: z.string(),
  details: z.array(z.strictObject({ label: z.string(), text: z.string() })),
  page: z.string().describe("Page of the documentation."),
});

export const ANSWERS = {
  Explanation: answer("Explanation", {
    asked: z.string().optional().describe("The name that was asked for; absent for a text."),
    topics: z.array(topic),
    kinds: z
      .array(z.strictObject({ kind: z.enum(TOPIC_KINDS), count: z.int() }))
      .optional()
      .describe("How many topics there are; only when nothing was asked for."),
  }),
  Conversion: answer("Conversion", {
    workloads: z.array(
      z.strictObject({
        object: z.looseObject({ apiVersion: z.string(), kind: z.string() }).describe("The SecureWorkload."),
        evidence: z.array(z.strictObject({ path: z.string(), ...place, why: z.string() })),
        decisions: lines.describe("What a person must decide; each begins with the field."),
      }),
    ),
    platform: z.array(z.looseObject({ apiVersion: z.string(), kind: z.string() })).describe("Proposed grants."),
    ledger: z.array(
      z.strictObject({
        ...place,
        object: z.string().describe("`Kind/name`."),
        path: z.string(),
        verdict: z.enum(["kept", "fixed", "replaced", "dropped", "unclaimed"]),
        note: z.string(),
      }),
    ),
    unread: z.array(z.strictObject({ ...place, problem: z.string() })),
  }),
  Rendering: answer("Rendering", {
    objects: z.array(z.looseObject({ apiVersion: z.string(), kind: z.string() })).describe("Every child."),
    findings: lines.describe("Files that cannot be read, specs that would be refused, grants that are missing."),
    unknown: lines.describe("What only the cluster knows."),
  }),
  Difference: answer("Difference", {
    changes: z.array(
      z.strictObject({
        workload: z.string().describe("`namespace/name`."),
        change: z.enum(["created", "changed", "unchanged"]),
        spec: z.array(fieldChange),
        children: z.array(
          z.strictObject({
            child: z.string().describe("`Kind/name`."),
            change: z.enum(["created", "deleted", "changed"]),
            fields: lines,
          }),
        ),
        pods: z.enum(["restart", "stay", "start"]),
      }),
    ),
    refused: lines.describe("Files that cannot be read, and specs that would be refused."),
  }),
  Checks: answer("Checks", {
    checks: z.array(z.strictObject({ name: z.string(), holds: z.boolean(), message: z.string() })),
  }),
  Audit: answer("Audit", auditShape),
  Report: answer("Report", reportShape),
  Plan: answer("Plan", {
    workload: z.string().describe("`namespace/name`."),
    due: lines.describe("Actions of the next pass."),
    waiting: lines.describe("What holds actions back."),
    later: lines.describe("Actions that are deferred, with the reason."),
  }),
  WorkloadStatus: answer("WorkloadStatus", statusShape),
  WorkloadStatusList: answer("WorkloadStatusList", statusListShape),
  History: answer("History", {
    workload: z.string().describe("`namespace/name`."),
    revisions: z.array(
      z.strictObject({
        revision: z.int(),
        created: z.string().describe("When the spec came into force first, in RFC 3339."),
        image: z.string(),
        isDeclared: z.boolean().describe("Whether the SecureWorkload declares it now."),
        fields: lines.describe("Fields in which it differs from the one before; empty for the oldest."),
      }),
    ),
  }),
  Undo: answer("Undo", {
    workload: z.string().describe("`namespace/name`."),
    revision: z.int(),
    changes: z.array(fieldChange),
    applied: z.boolean(),
    refused: z.string().optional().describe("Why nothing was changed."),
  }),
  Migration: answer("Migration", migrationShape),
  Learning: answer("Learning", learningShape),
  Completion: answer("Completion", { shell: z.string(), script: z.string() }),
  Version: answer("Version", { version: z.string(), node: z.string() }),
} as const satisfies Readonly<Record<string, z.ZodType>>;
