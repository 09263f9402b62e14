import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { fitTo } from "./fit.ts";
import type { JsonSchemaProps } from "./schema.ts";
import { toStructuralSchema } from "./to-crd.ts";
import { BASELINE_CONDITION_TYPES } from "./v1alpha1/baseline-conditions.ts";
import { CONDITION_TYPES } from "./v1alpha1/conditions.ts";
import { EXCEPTION_CONDITION_TYPES } from "./v1alpha1/exception-conditions.ts";
import { baselineStatus, fitBaselineStatus } from "./v1alpha1/security-baseline.ts";
import { exceptionStatus, fitExceptionStatus } from "./v1alpha1/security-exception.ts";
import { fitWorkloadStatus, status } from "./v1alpha1/status.ts";

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchemaProps;
  readonly properties?: Readonly<Record<string, JsonSchemaProps>>;
}

const BEYOND = 3;

/** A value with every field, in which each list is longer than its bound and each free text too; `place` keeps items apart. */
function overlong(schema: Schema, place = 0): unknown {
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, part]) => [name, overlong(part, place)]),
      );
    case "array":
      return Array.from({ length: (schema.maxItems ?? 0) + BEYOND }, (_, index) => overlong(schema.items ?? {}, index));
    case "string":
      return schema.pattern === undefined
        ? `${place}-${"é".repeat((schema.maxLength ?? 0) + BEYOND)}`
        : matching(schema.pattern, place);
    case "boolean":
      return true;
    default:
      return schema.minimum ?? 0;
  }
}

function matching(pattern: string, place: number): string {
  const texts = fc.sample(fc.stringMatching(new RegExp(pattern), { size: "-1" }), { numRuns: place + 1, seed: 7 });
  const text = texts.at(-1) ?? "";
  return /A-Za-z/.test(pattern) && /^[A-Za-z]/.test(text) ? `${text.slice(0, 20)}${place}` : text;
}

/** The path of every list of a schema. */
function listsOf(schema: Schema, path = ""): readonly string[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, part]) =>
    listsOf(part, path === "" ? name : `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : listsOf(schema.items, path);
  return [...(schema.type === "array" ? [path] : []), ...items, ...below];
}

const STATUSES = [
  { kind: "SecureWorkload", schema: status, fitted: fitWorkloadStatus },
  { kind: "SecurityBaseline", schema: baselineStatus, fitted: fitBaselineStatus },
  { kind: "SecurityException", schema: exceptionStatus, fitted: fitExceptionStatus },
] as const;

test.each(STATUSES)("every list and every text of the status of a $kind is cut to its bound, with a count", (one) => {
  const structural = toStructuralSchema(one.schema, "status") as Schema;
  const { truncated: _truncated, ...long } = overlong(structural) as Record<string, unknown>;
  expect(one.schema.safeParse(long).success).toBe(false);
  const fitted = (one.fitted as (value: unknown) => { truncated?: readonly { field: string; total: number }[] })(long);
  const { success, error } = one.schema.safeParse(fitted);
  expect({ success, error: error?.issues }).toEqual({ success: true, error: undefined });
  const lists = listsOf(structural).filter((path) => path !== "truncated");
  expect(lists.length).toBeGreaterThan(0);
  expect(fitted.truncated?.map(({ field }) => field)).toEqual([...lists].sort());
  for (const { total } of fitted.truncated ?? []) expect(total).toBeGreaterThan(BEYOND);
});

test.each([
  { kind: "SecureWorkload", types: Object.keys(CONDITION_TYPES) },
  { kind: "SecurityBaseline", types: Object.keys(BASELINE_CONDITION_TYPES) },
  { kind: "SecurityException", types: Object.keys(EXCEPTION_CONDITION_TYPES) },
])("no condition of a $kind is ever cut", ({ types }) => {
  const schema = toStructuralSchema(status.shape.conditions, "status.conditions") as Schema;
  expect(types.length).toBeLessThanOrEqual(schema.maxItems ?? 0);
});

test("what fits stays as it is, and nothing is said of it", () => {
  const value = { children: ["Deployment/web"], conditions: [], drift: { corrected: 1 } };
  expect(fitWorkloadStatus(value as never)).toEqual(value);
});

test("a text is cut between characters, never inside one", () => {
  expect(fitTo({ type: "string", maxLength: 3 }, "a😀😀😀").value).toBe("a😀😀");
});

test("of lists at one path the longest is counted", () => {
  const schema = { type: "array", maxItems: 9, items: { type: "array", maxItems: 1, items: { type: "integer" } } };
  expect(fitTo(schema, [[1, 2], [1, 2, 3], [1]])).toEqual({ value: [[1], [1], [1]], cut: [{ field: "", total: 3 }] });
});
