import { expect, test } from "@jest/globals";
import { SECURE_WORKLOAD_KIND } from "../../src/crds/custom-kinds.ts";
import { itemsOf, propertiesOf, schemaOf } from "../../src/crds/field-catalogue.ts";
import { FIELDS_OF_TYPE } from "../../src/plan/kubernetes-fields.ts";
import { fieldsOf } from "./from-a-deployment.ts";
import { MOVED } from "./moved-fields.ts";

test.each(MOVED)("every field of $type has a line, and no other", ({ type, answers }) => {
  expect(FIELDS_OF_TYPE[type]).toBeDefined();
  expect(Object.keys(answers).sort()).toEqual([...fieldsOf(type)].sort());
  expect(Object.values(answers).filter((answer) => answer.trim() === "")).toEqual([]);
});

/** Every name of a field, without its path: an answer names fields as they are written below their parent. */
function names(schema: ReturnType<typeof schemaOf>): readonly string[] {
  const items = itemsOf(schema);
  return propertiesOf(items ?? schema).flatMap(([name, field]) => [name, ...names(field)]);
}

test("an answer names only fields that there are", () => {
  const known = new Set(names(schemaOf(SECURE_WORKLOAD_KIND)));
  const named = MOVED.flatMap(({ answers }) =>
    Object.values(answers).flatMap((answer) => {
      const [first] = [...answer.matchAll(/^`([a-zA-Z.]+)`/g)];
      return first?.[1] === undefined ? [] : first[1].split(".");
    }),
  );
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});
