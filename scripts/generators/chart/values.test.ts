/** values.yaml is edited by hand: it says what each value means. The schema says which there are, and what each is unless set. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { commentsIn, type ValueSchema, valuesJsonSchema } from "./json-schema.ts";
import { valuesSchema } from "./values-schema.ts";

const TEXT = readFileSync(join(import.meta.dirname, "../../../charts/palisade/values.yaml"), "utf8");
const DEFAULTS = valuesSchema.parse({});

/** Paths of every object with fields of its own that takes others too. */
function openObjects(schema: ValueSchema, path = ""): readonly string[] {
  const { properties = {}, items, anyOf = [] } = schema;
  const own = schema.properties !== undefined && schema.additionalProperties !== false ? [path] : [];
  return [
    ...own,
    ...Object.entries(properties).flatMap(([name, field]) => openObjects(field, `${path}.${name}`)),
    ...(items === undefined ? [] : openObjects(items, `${path}[]`)),
    ...anyOf.flatMap((one) => openObjects(one, path)),
  ];
}

/** Every value by its path, with what it means. An object that is empty unless set is one value: its fields are Kubernetes' own. */
function describedIn(schema: ValueSchema, defaults: unknown, above = ""): readonly (readonly [string, string])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const fallback = (defaults as Readonly<Record<string, unknown>>)[name];
    const isSection = typeof fallback === "object" && Object.keys(fallback ?? {}).length > 0;
    const inner = isSection ? describedIn(field, fallback, `${above}${name}.`) : [];
    return [[`${above}${name}`, field.description ?? ""] as const, ...inner];
  });
}

const VALUES = describedIn(valuesJsonSchema(), DEFAULTS).filter(([path]) => path !== "global");

test("values.yaml has every value as it is unless set", () => {
  expect(parse(TEXT)).toEqual(JSON.parse(JSON.stringify(DEFAULTS)));
});

test.each(VALUES)("values.yaml says of %s what the schema says", (path, description) => {
  expect(commentsIn(TEXT).get(path)).toBe(description);
});

/** What says all about itself: `resources.limits.cpu`. */
const isPlainAmount = (path: string): boolean => /[rR]esources\.(requests|limits)\./.test(path);

test("every value has a description", () => {
  expect(VALUES.filter(([path, description]) => description === "" && !isPlainAmount(path))).toEqual([]);
});

test("the schema is closed at every level", () => {
  expect(openObjects(valuesJsonSchema())).toEqual([]);
});

test("no value is about the security context of the chart's own pods", () => {
  expect(VALUES.filter(([path]) => /securityContext|privileged|hostNetwork|capabilities/i.test(path))).toEqual([]);
});
