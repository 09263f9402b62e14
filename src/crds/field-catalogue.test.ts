import { expect, test } from "@jest/globals";
import { DESCRIBED_KINDS } from "./described-kinds.ts";
import { fieldRows, fieldRowsOnce, propertiesOf, schemaOf } from "./field-catalogue.ts";

test.each(DESCRIBED_KINDS.map(({ kind }) => ({ name: kind.resource.kind, kind })))(
  "every field of $name is told, where it stands or where the same ones do",
  ({ kind }) => {
    for (const [name, schema] of propertiesOf(schemaOf(kind))) {
      const once = fieldRowsOnce(name, schema, true);
      const paths = new Set(once.map(({ path }) => path));
      const references = once.flatMap(({ path, like }) => (like === undefined ? [] : [{ path, like }]));
      const toldAt = (path: string): string => {
        const from = references.find(({ path: at }) => path.startsWith(`${at}.`) || path.startsWith(`${at}[]`));
        return from === undefined ? path : toldAt(`${from.like}${path.slice(from.path.length).replace(/^\[\]/, "")}`);
      };
      for (const { path } of fieldRows(name, schema, true)) expect(paths).toContain(toldAt(path));
    }
  },
);

test("fields of a container beside the first are not told again", () => {
  const kind = DESCRIBED_KINDS.find(({ kind: { resource } }) => resource.kind === "SecureWorkload")?.kind;
  const spec = propertiesOf(schemaOf(kind ?? fail())).find(([name]) => name === "spec")?.[1] ?? {};
  const paths = fieldRowsOnce("spec", spec, true).map(({ path }) => path);
  expect(paths).toContain("spec.env[].valueFrom");
  expect(paths).toContain("spec.containers[].env");
  expect(paths).not.toContain("spec.containers[].env[].valueFrom");
});

function fail(): never {
  throw new Error("there is no SecureWorkload");
}
