/** `palisade render -f`: every child of the SecureWorkloads in some files, as YAML, without a cluster. */

import type { Manifest } from "../manifests/parse.ts";
import { sayUnread } from "../manifests/say-unread.ts";
import { type Beside, readyWorkload } from "../render/input.ts";
import { printMarked, printPlain } from "../render/print.ts";
import { type Marked, markedChildren, markedCopy } from "../render/provenance.ts";
import { problemsTogether } from "../render/together.ts";
import { type Answer, type Given, sameFiles, sameNamespace } from "./answer.ts";
import { workloadFiles } from "./workloads.ts";

const NEXT = "palisade render --help";

/** Findings are files that cannot be read, specs that would be refused, and grants that are missing. */
export async function render(given: Given): Promise<Answer> {
  const { workloads, beside, unread } = await workloadFiles(given, NEXT);
  const rendered = workloads.map((manifest) => renderedOf(manifest, beside));
  const children = rendered.flatMap((one) => one.children);
  const findings = [
    ...unread.map(sayUnread),
    ...problemsTogether(workloads, beside),
    ...rendered.flatMap((one) => one.findings),
  ];
  const unknown = [...new Set(rendered.flatMap((one) => one.unknown))];
  const print = given.flags["marks"] === false ? ({ object }: Marked) => printPlain(object) : printMarked;
  return {
    kind: "Rendering",
    data: { objects: children.map(({ object }) => object), findings, unknown },
    text: children.map(print).join("---\n"),
    hasFindings: findings.length > 0,
    talk: [...findings, ...unknown.map((line) => `not known without a cluster: ${line}`)],
    next: findings.length > 0 ? "palisade explain -" : `palisade diff${sameFiles(given)}${sameNamespace(given)}`,
  };
}

interface Rendered {
  readonly children: readonly Marked[];
  readonly findings: readonly string[];
  readonly unknown: readonly string[];
}

function renderedOf({ object, file, lineOf }: Manifest, beside: Beside): Rendered {
  const ready = readyWorkload(object, beside);
  const said = (words: readonly string[]) =>
    words.map((word) => `${file}:${lineOf([])} SecureWorkload/${object.metadata.name}: ${word}`);
  if (!ready.ok) return { children: [], findings: said(ready.errors), unknown: [] };
  const { input, copies, problems, unknown } = ready.readied;
  return { children: [...copies.map(markedCopy), ...markedChildren(input)], findings: said(problems), unknown };
}
