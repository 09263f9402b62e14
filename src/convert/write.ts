/** Writes what was converted: YAML for people, with the evidence of each derived value as a comment. Pure. */

import type { KubeObject } from "kopf-ts";
import { Document, isMap, isNode, isSeq } from "yaml";
import { SECURE_WORKLOAD_KIND } from "../crds/custom-kinds.ts";
import { DIALECT, jsonSchemaOf } from "../crds/json-schema.ts";
import { YAML_FORM } from "../manifests/yaml-form.ts";
import { type Conversion, type Converted, oneLine } from "./convert.ts";
import type { Evidence } from "./draft.ts";
import { sayPlace } from "./ledger.ts";

export interface OutputFile {
  /** Below the folder that is written. */
  readonly path: string;
  readonly text: string;
}

/** Beside the folder of the workloads, for editors. */
const SCHEMA_FILE = "secureworkload.schema.json";

/** `secure/NAME.yaml`, their schema, `platform.yaml` and `report.md`. */
export function filesOf(conversion: Conversion): readonly OutputFile[] {
  const { workloads, platform, reasons } = conversion;
  const header = `# yaml-language-server: $schema=../${SCHEMA_FILE}\n`;
  const isAmbiguous = new Set(workloads.map(({ object }) => object.metadata.name)).size < workloads.length;
  const schema = JSON.stringify({ $schema: DIALECT, ...jsonSchemaOf(SECURE_WORKLOAD_KIND) }, undefined, 2);
  return [
    ...workloads.map((one) => ({
      path: `secure/${fileName(one.object, isAmbiguous)}.yaml`,
      text: header + workloadText(one),
    })),
    { path: SCHEMA_FILE, text: `${schema}\n` },
    ...(platform.length === 0 ? [] : [{ path: "platform.yaml", text: platformText(platform, reasons) }]),
    { path: "report.md", text: reportOf(conversion) },
  ];
}

/** The name is a DNS label by now; a namespace is whatever the input says, and no folder. */
const fileName = ({ metadata: { name, namespace } }: KubeObject, isAmbiguous: boolean): string =>
  isAmbiguous && namespace !== undefined ? `${namespace.replace(/[^a-z0-9-]+/g, "-")}.${name}` : name;

export function workloadText({ object, evidence, decisions }: Converted): string {
  const document = commented(object, evidence);
  const notes = decisions.map((decision) => `# TODO ${decision}\n`).join("");
  return notes + document.toString(YAML_FORM);
}

/** What is derived says from what, in its line. */
function commented(object: KubeObject, evidence: ReadonlyMap<string, Evidence>): Document {
  const document = new Document(object, YAML_FORM);
  for (const [path, found] of evidence) {
    const node = stepsOf(path).reduce(inside, document.contents);
    if (isMap(node)) node.flow = true;
    if (isNode(node)) node.comment = ` ${oneLine(`${sayPlace(found)}: ${found.why}`)}`;
  }
  return document;
}

/** `access.outbound[0]`, `env[NAME]`; `metadata.name` is outside of the spec. */
function stepsOf(path: string): readonly string[] {
  const steps = [...path.matchAll(/\[([^\]]*)\]|[^.[\]]+/g)].map(([step, bracketed]) => bracketed ?? step);
  return steps[0] === "metadata" ? steps : ["spec", ...steps];
}

/** An item of a list by its number or its name. */
function inside(node: unknown, step: string): unknown {
  if (isMap(node)) return node.get(step, true);
  if (!isSeq(node)) return undefined;
  return /^\d+$/.test(step)
    ? node.get(Number(step), true)
    : node.items.find((item) => isMap(item) && item.get("name") === step);
}

const NO_REASONS: ReadonlyMap<string, Evidence> = new Map();

const platformText = (objects: readonly KubeObject[], reasons: ReadonlyMap<string, Evidence>): string =>
  `# For the platform team: what these workloads need of it. Proposed, granted by nobody yet.\n${objects
    .map((object, index) => commented(object, index === 0 ? reasons : NO_REASONS).toString(YAML_FORM))
    .join("---\n")}`;

const VERDICTS = ["unclaimed", "dropped", "replaced", "fixed", "kept"] as const;

function reportOf({ workloads, ledger, unread }: Conversion): string {
  const count = (verdict: string): number => ledger.filter((entry) => entry.verdict === verdict).length;
  const decisions = workloads.flatMap(({ object, decisions: own }) =>
    own.map((line) => `- ${object.metadata.name}: ${line}`),
  );
  const rows = (["unclaimed", "dropped"] as const).flatMap((verdict) =>
    ledger
      .filter((entry) => entry.verdict === verdict)
      .map(({ file, line, object, path, note }) =>
        oneLine(`- ${verdict}: ${file}:${line} ${object} \`${path}\`: ${note}`),
      ),
  );
  return [
    "# What became of the manifests",
    `${workloads.length} workloads. Of ${ledger.length} values: ${[...VERDICTS]
      .reverse()
      .map((verdict) => `${count(verdict)} ${verdict}`)
      .join(", ")}.`,
    ...(unread.length === 0
      ? []
      : ["## Not read", unread.map(({ file, line, problem }) => oneLine(`- ${file}:${line} ${problem}`)).join("\n")]),
    ...(decisions.length === 0 ? [] : ["## To decide", decisions.join("\n")]),
    ...(rows.length === 0 ? [] : ["## Not carried over", rows.join("\n")]),
    "",
  ].join("\n\n");
}
