import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { listAtomic, listMap, withRules } from "./schema.ts";
import { toStructuralSchema } from "./to-crd.ts";

const described = (schema: z.ZodType): z.ZodType => schema.meta({ ...schema.meta(), description: "Something." });
const text = z.string().max(10).meta({ description: "Text." });
const field = (schema: z.ZodType): z.ZodType => described(z.strictObject({ field: schema }));

describe("the compiler refuses", () => {
  test.each<{ what: string; schema: z.ZodType; says: string }>([
    { what: "a schema without a description", schema: z.string().max(3), says: "it has no description" },
    {
      what: "a union",
      schema: field(described(z.union([text, z.boolean()]))),
      says: "field: z.union has no structural form; use one object",
    },
    { what: "a nullable field", schema: field(described(text.nullable())), says: "the API server drops null" },
    { what: "a record", schema: field(described(z.record(z.string(), text))), says: "use a list with a map key" },
    { what: "a recursive schema", schema: field(described(z.lazy(() => text))), says: "no $ref" },
    {
      what: "a transform",
      schema: field(described(text.transform((value) => value.length))),
      says: "parse after reading",
    },
    { what: "a catch", schema: field(described(text.catch("x"))), says: "never replaced" },
    { what: "an object that drops unknown fields", schema: described(z.object({ text })), says: "use z.strictObject" },
    {
      what: "an object that keeps unknown fields",
      schema: described(z.looseObject({ text })),
      says: "use z.strictObject",
    },
    { what: "a string without a bound", schema: field(described(z.string())), says: "add .max()" },
    { what: "a number with a fraction", schema: field(described(z.number().min(0).max(1))), says: "use z.int()" },
    {
      what: "a list without a bound",
      schema: field(described(z.array(text).meta({ "x-kubernetes-list-type": "atomic" }))),
      says: "give it a max",
    },
    {
      what: "a list that does not say how it merges",
      schema: field(described(z.array(text).max(3))),
      says: "use listMap, listSet or listAtomic",
    },
    {
      what: "a map key that may be absent",
      schema: field(described(listMap(z.strictObject({ name: text.optional() }), ["name"], { max: 2 }))),
      says: "may be absent",
    },
    {
      what: "look-ahead",
      schema: field(
        described(
          z
            .string()
            .max(9)
            .regex(/^(?=a)/),
        ),
      ),
      says: "look-around",
    },
    {
      what: "a back-reference",
      schema: field(
        described(
          z
            .string()
            .max(9)
            .regex(/^(a)\1$/),
        ),
      ),
      says: "back-reference",
    },
    { what: "a regex flag", schema: field(described(z.string().max(9).regex(/^a$/i))), says: "the regex flag i" },
    {
      what: "a character class that RE2 reads otherwise",
      schema: field(described(z.string().max(9).regex(/^\d$/))),
      says: "write the characters out",
    },
    { what: "two patterns", schema: field(described(z.string().max(9).regex(/a/).regex(/b/))), says: "two patterns" },
    {
      what: "a refinement the server would not judge",
      schema: field(described(text.refine((value) => value !== ""))),
      says: "use withRules",
    },
    {
      what: "a default that breaks its schema",
      schema: field(described(z.string().max(1).meta({ description: "x" }).default("long"))),
      says: "choose a default that it accepts",
    },
  ])("$what", ({ schema, says }) => {
    expect(() => toStructuralSchema(schema)).toThrow(says);
  });
});

test("bounds, defaults, rules and list types arrive as the API server reads them", () => {
  const schema = described(
    z.strictObject({
      port: z.int().min(1).max(65_535).meta({ description: "A port." }),
      kind: z.enum(["a", "b"]).default("a").meta({ description: "A kind." }),
      names: listAtomic(text, { min: 1, max: 4 }).optional().meta({ description: "Names." }),
      word: withRules(z.string().max(5), {
        rule: "self != 'x'",
        message: "not x",
        holds: (value) => value !== "x",
      }).meta({
        ...withRules(z.string().max(5), { rule: "self != 'x'", message: "not x", holds: () => true }).meta(),
        description: "A word.",
      }),
    }),
  );
  expect(toStructuralSchema(schema)).toEqual({
    description: "Something.",
    type: "object",
    required: ["port", "word"],
    properties: {
      port: { description: "A port.", type: "integer", minimum: 1, maximum: 65_535 },
      kind: { description: "A kind.", type: "string", enum: ["a", "b"], default: "a" },
      names: {
        description: "Names.",
        type: "array",
        minItems: 1,
        maxItems: 4,
        items: { description: "Text.", type: "string", maxLength: 10 },
        "x-kubernetes-list-type": "atomic",
      },
      word: {
        description: "A word.",
        type: "string",
        maxLength: 5,
        "x-kubernetes-validations": [{ rule: "self != 'x'", message: "not x" }],
      },
    },
  });
});
