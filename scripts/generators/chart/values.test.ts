/** The values' files and their schema hold each other. */
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { type Field, type ValueSchema, valueFields, valuesJsonSchema } from "./fields.ts";
import { renderReadme } from "./readme.ts";
import { valuesSchema } from "./values-schema.ts";
import { renderValuesYaml } from "./values-yaml.ts";

interface Closed extends ValueSchema {
  readonly additionalProperties?: unknown;
}

/** Paths of every object with fields of its own that takes others too. */
function openObjects(schema: Closed, path = ""): readonly string[] {
  const { properties = {}, items, anyOf = [] } = schema;
  const own = schema.properties !== undefined && schema.additionalProperties !== false ? [path] : [];
  return [
    ...own,
    ...Object.entries(properties).flatMap(([name, field]) => openObjects(field, `${path}.${name}`)),
    ...(items === undefined ? [] : openObjects(items, `${path}[]`)),
    ...anyOf.flatMap((one) => openObjects(one, path)),
  ];
}

const leaves = (fields: readonly Field[]): readonly Field[] =>
  fields.flatMap((field) => (field.fields.length === 0 ? [field] : leaves(field.fields)));

test("values.yaml says what holds unless set", () => {
  expect(parse(renderValuesYaml())).toEqual(JSON.parse(JSON.stringify(valuesSchema.parse({}))));
});

test("the schema is closed at every level", () => {
  expect(openObjects(valuesJsonSchema())).toEqual([]);
});

test("the README and values.yaml name every value", () => {
  const readme = renderReadme();
  for (const { path } of leaves(valueFields())) expect(readme).toContain(`| \`${path}\` |`);
  const yaml = renderValuesYaml();
  for (const { name } of leaves(valueFields()).filter(({ name }) => name !== "global"))
    expect(yaml).toContain(`${name}:`);
});

test("no value is about the security context of the chart's own pods", () => {
  expect(
    leaves(valueFields()).filter(({ path }) => /securityContext|privileged|hostNetwork|capabilities/i.test(path)),
  ).toEqual([]);
});
