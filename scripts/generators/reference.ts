import { DESCRIBED_KINDS, type DescribedKind } from "../../src/crds/described-kinds.ts";
import {
  type DescribedRow,
  type FieldRow,
  fieldBounds,
  fieldRows,
  fieldRowsOnce,
  fieldRules,
  fieldType,
  isRefusedField,
  propertiesOf,
  refusalOfField,
  schemaOf,
} from "../../src/crds/field-catalogue.ts";
import { markdownFile } from "./generated-file.ts";
import { catalogue, table } from "./markdown.ts";

const fields = (rows: readonly DescribedRow[]): string =>
  table(
    ["field", "type", "required", "bounds", "meaning"],
    rows.map(({ path, schema, isRequired, like }) => [
      `\`${path}\``,
      fieldType(schema),
      isRequired ? "yes" : "",
      fieldBounds(schema),
      `${String(schema["description"])}${like === undefined ? "" : ` The fields are those of \`${like}\`.`}`,
    ]),
  );

/** What one writes, before every detail of it. */
const overview = (rows: readonly FieldRow[]): string =>
  table(
    ["field", "meaning"],
    rows
      .filter(({ path, schema }) => path.split(".").length === 2 && !isRefusedField(schema))
      .map(({ path, schema, isRequired }) => [
        `\`${path}\`${isRequired ? ", required" : ""}`,
        String(schema["description"]),
      ]),
  );

const listed = (paths: readonly string[]): string =>
  paths.map((path) => (path === "" ? "the object" : `\`${path}\``)).join(", ");

/** Each sentence once, with every field that it is about. */
function rules(rows: readonly FieldRow[], root: FieldRow["schema"]): string {
  const all = [...fieldRules({ path: "", schema: root }), ...rows.flatMap(fieldRules)];
  return [...Map.groupBy(all, ({ message }) => message)]
    .map(([message, at]) => `- ${listed(at.map(({ path }) => path))}: ${message}`)
    .join("\n");
}

/** Fields of other APIs, each once by its sentence. */
function refusals(rows: readonly FieldRow[]): readonly string[] {
  const bySentence = Map.groupBy(
    rows.filter(({ schema }) => isRefusedField(schema)),
    ({ schema }) => refusalOfField(schema),
  );
  if (bySentence.size === 0) return [];
  const lines = [...bySentence].map(
    ([sentence, at]) => `- ${at.map(({ path }) => `\`${path}\``).join(", ")}: ${sentence}`,
  );
  return [
    "## Refused fields",
    "These fields of Kubernetes' own kinds are known here only to say what to write instead:",
    lines.join("\n"),
  ];
}

function blocks({ kind, conditions, reasons }: DescribedKind): readonly string[] {
  const root = schemaOf(kind);
  const properties = Object.fromEntries(propertiesOf(root));
  const all = fieldRows("spec", properties["spec"] ?? {}, true);
  const spec = all.filter(({ schema }) => !isRefusedField(schema));
  return [
    `# ${kind.resource.kind} ${kind.resource.version}`,
    String(root["description"]),
    "## Overview",
    overview(all),
    "## Spec",
    fields(fieldRowsOnce("spec", properties["spec"] ?? {}, true).filter(({ schema }) => !isRefusedField(schema))),
    "## Rules",
    "The API server refuses specs with these messages:",
    rules(spec, root),
    ...refusals(all),
    "## Status",
    fields(fieldRows("status", properties["status"] ?? {}, false)),
    "## Conditions",
    catalogue("type", conditions),
    "## Reasons",
    catalogue("reason", reasons),
  ];
}

export const referenceFiles = DESCRIBED_KINDS.map((described) => markdownFile(described.page, () => blocks(described)));
