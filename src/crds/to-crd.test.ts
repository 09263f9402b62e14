import { z } from "zod";
import { countOrPercent, dateTime, listAtomic, listMap, listSet, text, withRules } from "./schema.ts";
import { toStructuralSchema, UnsupportedSchemaError } from "./to-crd.ts";

const said = { description: "A thing." };
const word = text(10).meta(said);
const never = { rule: "false", message: "leave it out", holds: () => false };

const inField = (field: z.ZodType): z.ZodType => z.strictObject({ it: field }).meta(said);

test.each<{ refused: string; field: z.ZodType; says: string }>([
  { refused: "a union", field: z.union([word, z.boolean()]).meta(said), says: "CEL rule that exactly one is set" },
  {
    refused: "a rule inside a union",
    field: z.union([z.int().min(0).max(9), withRules(word, never)]).meta(said),
    says: "put it around the union",
  },
  {
    refused: "a discriminated union",
    field: z.discriminatedUnion("a", [z.strictObject({ a: z.literal("b") })]).meta(said),
    says: "CEL rule that exactly one is set",
  },
  {
    refused: "an intersection",
    field: z.intersection(z.strictObject({}), z.strictObject({})).meta(said),
    says: "into one object",
  },
  { refused: "recursion", field: z.lazy(() => word).meta(said), says: "no $ref" },
  { refused: "a transform", field: word.transform((value) => value.length).meta(said), says: "parse after reading" },
  { refused: "preprocessing", field: z.preprocess((value) => value, word).meta(said), says: "parse after reading" },
  { refused: "a pipe", field: word.pipe(word).meta(said), says: "parse after reading" },
  { refused: "a catch", field: word.catch("x").meta(said), says: "never replaced" },
  { refused: "nullable", field: word.nullable().meta(said), says: "use .optional()" },
  { refused: "nullish", field: word.nullish().meta(said), says: "use .optional()" },
  { refused: "readonly", field: word.readonly().meta(said), says: "changes nothing on the wire" },
  { refused: "prefault", field: word.prefault("x").meta(said), says: "use .default()" },
  { refused: "nonoptional", field: word.optional().nonoptional().meta(said), says: "leave .optional() out" },
  { refused: "a record", field: z.record(word, word).meta(said), says: "list with a map key" },
  { refused: "a map", field: z.map(word, word).meta(said), says: "list with a map key" },
  { refused: "a set", field: z.set(word).meta(said), says: "use listSet" },
  { refused: "a tuple", field: z.tuple([word]).meta(said), says: "named fields" },
  { refused: "a date", field: z.date().meta(said), says: "use dateTime()" },
  { refused: "a bigint", field: z.bigint().meta(said), says: "use z.int()" },
  { refused: "any", field: z.any().meta(said), says: "say what it is" },
  { refused: "unknown", field: z.unknown().meta(said), says: "say what it is" },
  { refused: "a custom type", field: z.custom(() => true).meta(said), says: "withRules" },
  { refused: "coercion", field: z.coerce.string().meta(said), says: "the wire holds the type itself" },
  { refused: "a missing description", field: text(10), says: "it has no description" },
  { refused: "a meta key", field: word.meta({ ...said, format: "x" }), says: "the meta key format" },
  { refused: "a string without a bound", field: z.string().meta(said), says: "a string without a bound" },
  { refused: "zod's own max", field: z.string().max(10).meta(said), says: "use text(max, min)" },
  { refused: "zod's own min", field: text(10).min(1).meta(said), says: "use text(max, min)" },
  { refused: "two patterns", field: text(10).regex(/a/).regex(/b/).meta(said), says: "two patterns" },
  { refused: "startsWith", field: text(10).startsWith("a").meta(said), says: "the check starts_with" },
  { refused: "trim, which changes", field: text(10).trim().meta(said), says: "the check overwrite" },
  { refused: "a format of zod's", field: z.email().meta(said), says: "the check email" },
  { refused: "a fraction", field: z.number().min(0).max(1).meta(said), says: "use z.int()" },
  { refused: "an integer without an upper bound", field: z.int().min(0).meta(said), says: "without bounds" },
  { refused: "an integer without a lower bound", field: z.int().max(0).meta(said), says: "without bounds" },
  { refused: "an exclusive bound", field: z.int().gt(0).lt(9).meta(said), says: "no structural form" },
  { refused: "multipleOf", field: z.int().min(0).max(9).multipleOf(3).meta(said), says: "no structural form" },
  { refused: "a numeric literal", field: z.literal(3).meta(said), says: "use strings" },
  { refused: "a mixed literal", field: z.literal(["a", true]).meta(said), says: "use strings" },
  { refused: "a refinement alone", field: word.refine(() => true), says: "use withRules" },
  {
    refused: "a refinement beside a rule",
    field: withRules(word, never).refine(() => true),
    says: "use withRules",
  },
  {
    refused: "a refinement beside a list type",
    field: listMap(z.strictObject({ name: word }).meta(said), ["name"], { max: 2 })
      .refine(() => true)
      .meta(said),
    says: "use withRules",
  },
  { refused: "a rule around optional", field: withRules(word.optional(), never), says: "put the rule inside" },
  { refused: "a rule around default", field: withRules(word.default("x"), never), says: "put the rule inside" },
  {
    refused: "a rule without a message",
    field: withRules(word, { ...never, message: "" }),
    says: "message of one line",
  },
  {
    refused: "a message of two lines",
    field: withRules(word, { ...never, message: "a\nb" }),
    says: "message of one line",
  },
  { refused: "a default too long", field: word.default("x".repeat(11)), says: "its default breaks its own schema" },
  {
    refused: "a default against a rule",
    field: withRules(word, never).default("x"),
    says: "its default breaks its own schema",
  },
  {
    refused: "a default that changes",
    field: word.default(() => String(Math.random()).slice(0, 10)),
    says: "a default that changes",
  },
  { refused: "a plain array", field: z.array(word).max(3).meta(said), says: "listMap, listSet or listAtomic" },
  {
    refused: "an array with a length",
    field: listAtomic(word, { max: 3 }).length(2).meta(said),
    says: "the check length_equals",
  },
  {
    refused: "an optional item",
    field: listAtomic(word.optional(), { max: 3 }).meta(said),
    says: "an item that may be absent",
  },
  { refused: "an item without description", field: listAtomic(text(3), { max: 3 }).meta(said), says: "it[]" },
  {
    refused: "a map key that may be absent",
    field: listMap(z.strictObject({ name: word.optional() }).meta(said), ["name"], { max: 2 }).meta(said),
    says: "the map key name may be absent",
  },
  {
    refused: "a map key that is no field",
    field: listMap(z.strictObject({ name: word }).meta(said), ["id"], { max: 2 }).meta(said),
    says: "the map key id is no scalar field",
  },
  {
    refused: "a map key that is a list",
    field: listMap(z.strictObject({ name: listSet(word, { max: 1 }).meta(said) }).meta(said), ["name"], {
      max: 2,
    }).meta(said),
    says: "the map key name is no scalar field",
  },
  {
    refused: "a map without keys",
    field: listMap(z.strictObject({ name: word }).meta(said), [], { max: 2 }).meta(said),
    says: "a map without keys",
  },
  { refused: "an object that drops unknown fields", field: z.object({}).meta(said), says: "use z.strictObject" },
  { refused: "an object that keeps unknown fields", field: z.looseObject({}).meta(said), says: "use z.strictObject" },
  { refused: "a catch-all", field: z.object({}).catchall(word).meta(said), says: "use z.strictObject" },
])("$refused is refused, with its path and the way out", ({ field, says }) => {
  const compile = (): unknown => toStructuralSchema(inField(field), "spec");
  expect(compile).toThrow(UnsupportedSchemaError);
  expect(compile).toThrow(/^spec\.it/);
  expect(compile).toThrow(says);
});

test("what is compiled says to the API server all that zod judges by", () => {
  const schema = z.strictObject({
    name: text(15, 1)
      .regex(/^[a-z]+$/)
      .meta(said),
    count: z.int().min(0).max(5_000_000_000).default(3).meta(said),
    kind: z.enum(["A", "B"]).optional().meta(said),
    on: z.literal(true).meta(said),
    time: dateTime().optional().meta(said),
    share: countOrPercent(9).optional().meta(said),
    tags: listSet(word, { min: 1, max: 4 }).meta(said),
    entries: withRules(listMap(z.strictObject({ name: word }).meta(said), ["name"], { max: 2 }), never)
      .optional()
      .meta(said),
  });
  const string = { type: "string", description: "A thing." };
  expect(toStructuralSchema(schema.meta(said))).toEqual({
    description: "A thing.",
    type: "object",
    required: ["name", "on", "tags"],
    properties: {
      name: { ...string, minLength: 1, maxLength: 15, pattern: "^[a-z]+$" },
      count: {
        description: "A thing.",
        type: "integer",
        format: "int64",
        minimum: 0,
        maximum: 5_000_000_000,
        default: 3,
      },
      kind: { ...string, enum: ["A", "B"] },
      on: { description: "A thing.", type: "boolean", enum: [true] },
      time: { ...string, maxLength: 27, pattern: expect.stringMatching(/^\^.*Z\$$/) },
      share: {
        description: "A thing.",
        "x-kubernetes-int-or-string": true,
        minimum: 0,
        maximum: 9,
        minLength: 2,
        maxLength: 4,
        pattern: expect.stringMatching(/%\$$/),
      },
      tags: {
        description: "A thing.",
        type: "array",
        minItems: 1,
        maxItems: 4,
        items: { ...string, maxLength: 10 },
        "x-kubernetes-list-type": "set",
      },
      entries: {
        description: "A thing.",
        type: "array",
        maxItems: 2,
        items: {
          description: "A thing.",
          type: "object",
          required: ["name"],
          properties: { name: { ...string, maxLength: 10 } },
        },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "x-kubernetes-validations": [{ rule: "false", message: "leave it out" }],
      },
    },
  });
});

test("rules added one after the other all stand", () => {
  const schema = withRules(withRules(word, never), { ...never, rule: "true", message: "second" }).meta(said);
  expect(toStructuralSchema(schema)).toMatchObject({
    "x-kubernetes-validations": [
      { rule: "false", message: "leave it out" },
      { rule: "true", message: "second" },
    ],
  });
});

test("the outermost description wins", () => {
  expect(toStructuralSchema(word.optional().meta({ description: "Outer." }))).toMatchObject({ description: "Outer." });
});
