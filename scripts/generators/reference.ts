import { DESCRIBED_KINDS, type DescribedKind } from "../../src/crds/described-kinds.ts";
import {
  type FieldRow,
  fieldBounds,
  fieldRows,
  fieldRules,
  fieldType,
  isRefusedField,
  propertiesOf,
  refusalOfField,
  schemaOf,
} from "../../src/crds/field-catalogue.ts";
import { markdownFile } from "./generated-file.ts";
import { catalogue, table } from "./markdown.ts";

const fields = (rows: readonly FieldRow[]): string =>
  table(
    ["field", "type", "required", "bounds", "meaning"],
    rows.map(({ path, schema, isRequired }) => [
      `\`${path}\``,
      fieldType(schema),
      isRequired ? "yes" : "",
      fieldBounds(schema),
      String(schema["description"]),
    ]),
  );

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
  const rules = [...fieldRules({ path: "", schema: root }), ...spec.flatMap(fieldRules)];
  return [
    `# ${kind.resource.kind} ${kind.resource.version}`,
    String(root["description"]),
    "## Spec",
    fields(spec),
    "## Rules",
    "The API server refuses specs with these messages:",
    rules.map(({ path, message }) => (path === "" ? `- ${message}` : `- \`${path}\`: ${message}`)).join("\n"),
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
