/** Every topic, from the values that the reference pages are made of. Pure. */
import { EDGES } from "../../audit/edges/index.ts";
import { POSTURE_RULES } from "../../audit/posture/posture.ts";
import { DESCRIBED_KINDS, type DescribedKind } from "../../crds/described-kinds.ts";
import {
  type FieldRow,
  fieldBounds,
  fieldRows,
  fieldRules,
  fieldType,
  propertiesOf,
  schemaOf,
} from "../../crds/field-catalogue.ts";
import { DRIFT_TITLES } from "../../plan/drift-titles.ts";
import { driftCasesOf, FRAMEWORKS, POD_POLICIES, type Policy } from "../../policies/index.ts";
import { ADMISSION_POLICIES } from "../../reconcilers/admission/policies.ts";
import { details, type Topic } from "./topic.ts";

const RULES_PAGE = "docs/reference/policies.md";

function publishedIn({ sources }: Policy): string {
  return sources
    .flatMap((source) =>
      source.framework === "drift" ? [] : [`${FRAMEWORKS[source.framework].title}: ${source.control}`],
    )
    .join("; ");
}

const rules = (): readonly Topic[] =>
  POD_POLICIES.map((rule) => ({
    kind: "Rule",
    name: rule.id,
    meaning: rule.demand,
    details: details({
      reason: rule.reason,
      effect: rule.effect,
      instead: rule.fix,
      exception:
        rule.lifted === undefined
          ? "none: nobody can lift this rule"
          : `a SecurityException of the platform team; the pod gets ${rule.lifted.gives}`,
      sources: publishedIn(rule),
      "drift cases": driftCasesOf(rule).join(", "),
    }),
    page: `${RULES_PAGE}#${rule.id}`,
  }));

const sectionsOf = ({ kind, page }: DescribedKind): readonly Topic[] =>
  propertiesOf(schemaOf(kind))
    .filter(([name]) => name === "spec" || name === "status")
    .flatMap(([name, schema]) => fieldRows(name, schema, name === "spec"))
    .map((row, _, rows) => fieldTopic(kind.resource.kind, page, row, rows));

function fieldTopic(of: string, page: string, row: FieldRow, rows: readonly FieldRow[]): Topic {
  const { path, schema, isRequired } = row;
  const isBelow = ({ path: other }: FieldRow): boolean =>
    other.startsWith(path) && /^(\[\])?\.[^.]+$/.test(other.slice(path.length));
  return {
    kind: "Field",
    name: path,
    of,
    meaning: String(schema["description"] ?? ""),
    details: details({
      type: fieldType(schema).replaceAll("`", ""),
      required: isRequired ? "yes" : undefined,
      bounds: fieldBounds(schema).replaceAll("`", ""),
      rules: fieldRules(row)
        .map(({ message }) => message)
        .join("\n"),
      fields: rows
        .filter(isBelow)
        .map(({ path: inner }) => inner.split(".").at(-1))
        .join(", "),
    }),
    page,
  };
}

const catalogued = (kind: "Condition" | "Reason", entries: (of: DescribedKind) => Readonly<Record<string, string>>) =>
  DESCRIBED_KINDS.flatMap((described) =>
    Object.entries(entries(described)).map(
      ([name, meaning]): Topic => ({
        kind,
        name,
        of: described.kind.resource.kind,
        meaning,
        details: [],
        page: described.page,
      }),
    ),
  );

function cases(): readonly Topic[] {
  return Object.entries(DRIFT_TITLES).map(([name, title]) => {
    const number = Number(name);
    return {
      kind: "Case",
      name,
      meaning: `Drift case ${name}: ${title}.`,
      details: details({
        rules: POD_POLICIES.filter((rule) => driftCasesOf(rule).includes(number))
          .map(({ id }) => id)
          .join(", "),
        policies: ADMISSION_POLICIES.filter((policy) => policy.cases.includes(number))
          .map((policy) => policy.name)
          .join(", "),
      }),
      page: "docs/drift.md",
    };
  });
}

const policies = (): readonly Topic[] =>
  ADMISSION_POLICIES.map(({ name, about, cases: prevented, validations }) => ({
    kind: "Policy",
    name,
    meaning: about,
    details: details({
      refuses: [...new Set(validations.map(({ message }) => message))].slice(0, MAX_MESSAGES).join("\n"),
      "drift cases": prevented.join(", "),
    }),
    page: "docs/decisions/0013-prevention-by-native-admission.md",
  }));

/** Of an audit. A rule on a right has the name of its edge, and says the same. */
const findings = (): readonly Topic[] =>
  [...new Map([...POSTURE_RULES, ...EDGES].map((about) => [about.id, about])).values()].map(
    ({ id, title, reason, fix, palisade, attack, cis, driftCase }) => ({
      kind: "Finding",
      name: id,
      meaning: `${title}: ${reason}`,
      details: details({
        instead: fix,
        palisade,
        "ATT&CK": attack.join(", "),
        CIS: cis.join(", "),
        "drift cases": driftCase === undefined ? undefined : String(driftCase),
      }),
      page: "docs/reference/audit.md",
    }),
  );

/** The pod rules are forty messages, and each is a topic of its own. */
const MAX_MESSAGES = 6;

let known: readonly Topic[] | undefined;

/** Built once, when first asked for. */
export function topics(): readonly Topic[] {
  known ??= [
    ...rules(),
    ...DESCRIBED_KINDS.flatMap(sectionsOf),
    ...catalogued("Condition", ({ conditions }) => conditions),
    ...catalogued("Reason", ({ reasons }) => reasons),
    ...cases(),
    ...policies(),
    ...findings(),
  ];
  return known;
}

export interface Refusal {
  readonly path: string;
  readonly of: string;
  /** What the API server says of a field that breaks a rule. */
  readonly message: string;
}

let said: readonly Refusal[] | undefined;

/** Built once, when first asked for. */
export function refusals(): readonly Refusal[] {
  said ??= everyRefusal();
  return said;
}

function everyRefusal(): readonly Refusal[] {
  return DESCRIBED_KINDS.flatMap(({ kind }) => {
    const schema = schemaOf(kind);
    const of = kind.resource.kind;
    const rows = propertiesOf(schema).flatMap(([name, field]) => fieldRows(name, field, false));
    return [{ path: "", schema }, ...rows].flatMap((row) => fieldRules(row).map((rule) => ({ ...rule, of })));
  });
}
