/** Manifests as files hold them: YAML or JSON, several in one file, Lists, and what cannot be read, which is told and left out. Pure. */
import type { KubeObject } from "kopf-ts";
import {
  type Document,
  isCollection,
  isNode,
  LineCounter,
  type Node,
  parseAllDocuments,
  type ScalarTag,
  visit,
} from "yaml";

import { blockDocument } from "./block.ts";
import type { Step } from "./step.ts";

export type { Step };

export interface Manifest {
  readonly object: KubeObject;
  readonly file: string;
  /** The line that a path of the object stands on; that of the nearest part above it where it has none. */
  readonly lineOf: (path: readonly Step[]) => number;
}

export interface Unread {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

/** A document of another format that describes what runs: a Compose file, or a task definition of ECS. */
export interface ForeignDocument {
  readonly value: Readonly<Record<string, unknown>>;
  readonly file: string;
  readonly lineOf: (path: readonly Step[]) => number;
}

export interface Parsed {
  readonly manifests: readonly Manifest[];
  readonly foreign: readonly ForeignDocument[];
  readonly unread: readonly Unread[];
}

/** As Kubernetes reads numbers: `mode: 0644` is octal. */
const OCTAL: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

/** As Kubernetes reads them, which is YAML 1.1. In a Compose file they are texts. */
const WORDS: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => /^(?:y|on)/i.test(text),
};

const OF_KUBERNETES = /^\s*(?:-\s+)?["']?apiVersion["']?\s*:/m;

/** Far more than any kind of Kubernetes has, and little enough for whatever goes down step by step. */
const DEEPEST = 200;
const TOO_DEEP = `is nested deeper than ${DEEPEST} levels`;

/** Templates of Helm are no YAML, or are by accident. */
const TEMPLATE = /\{\{-?\s*(?:\.|\$|if|range|with|include|template|define|end|toYaml|printf|default|quote|\/\*)/;

/** As {@link parseManifests}, of one document: fast where it is written as most are. */
export function parseManifest(file: string, text: string): Parsed {
  const block = blockDocument(text);
  if (block === undefined) return parseManifests(file, text);
  const found = { manifests: [], foreign: [], unread: [] };
  readValue({ file, value: block.value, lineOf: block.lineOf }, found);
  return found;
}

export function parseManifests(file: string, whole: string): Parsed {
  // Files that were put together have one byte order mark each.
  const text = whole.replaceAll("\n\uFEFF", "\n");
  const counter = new LineCounter();
  const found: Readonly<{ manifests: Manifest[]; foreign: ForeignDocument[]; unread: Unread[] }> = {
    manifests: [],
    foreign: [],
    unread: [],
  };
  const documents = parseAllDocuments(text, {
    lineCounter: counter,
    uniqueKeys: true,
    logLevel: "silent",
    merge: true,
    customTags: (tags) => [OCTAL, ...(OF_KUBERNETES.test(text) ? [WORDS] : []), ...tags],
  });
  for (const document of "empty" in documents ? [] : documents) {
    const line = counter.linePos(document.contents?.range?.[0] ?? document.range?.[0] ?? 0).line;
    const said = problemOf(document, text);
    if (said !== undefined) found.unread.push({ file, line: said.line ?? line, problem: said.problem });
    else readDocument(file, document, counter, found);
  }
  return found;
}

/** What Helm alone fills in. Rules of Prometheus, dashboards and flags of programs hold templates of their own, which stay. */
const OF_HELM = /\{\{-?\s*(?:\$?\.(?:Values|Release|Chart|Capabilities|Template|Files)\b|include\s|template\s)/;

/** Whether it is YAML by accident: `{{ … }}` is a map that is the key of a map. Texts of several lines are nobody's fields. */
function isTemplate(document: Document): boolean {
  let isFound = false;
  visit(document, {
    Pair: (_, { key }) => {
      isFound ||= isCollection(key);
    },
    Scalar: (_, { value, type }) => {
      isFound ||= typeof value === "string" && !type?.startsWith("BLOCK") && OF_HELM.test(value);
    },
  });
  return isFound;
}

interface Problem {
  readonly problem: string;
  readonly line?: number;
}

function problemOf(document: Document, text: string): Problem | undefined {
  const { errors, range } = document;
  const source = text.slice(range?.[0] ?? 0, range?.[2]);
  const [error] = errors;
  if (TEMPLATE.test(source) && (error !== undefined || isTemplate(document)))
    return { problem: "is a template: render it first, with helm template for example" };
  if (error === undefined) return undefined;
  if (/call stack/.test(error.message)) return { problem: TOO_DEEP };
  const line = error.linePos?.[0].line;
  const problem = `cannot be parsed: ${saidBy(error).replace(/ at line \d+.*$/, "")}`;
  return line === undefined ? { problem } : { problem, line };
}

/** Without what the parser quotes after a colon: a password that begins with a star or a bar is read as something else. */
const saidBy = ({ message }: Error): string => message.split(/\n|: /)[0] ?? "";

interface Filled {
  readonly manifests: Manifest[];
  readonly foreign: ForeignDocument[];
  readonly unread: Unread[];
}

interface ReadValue {
  readonly file: string;
  readonly value: unknown;
  readonly lineOf: Manifest["lineOf"];
}

function readDocument(file: string, document: Document, counter: LineCounter, found: Filled): void {
  const value = contentOf(document);
  if (value instanceof Error) {
    const line = counter.linePos(document.contents?.range?.[0] ?? 0).line;
    found.unread.push({ file, line, problem: `cannot be read: ${saidBy(value)}` });
    return;
  }
  readValue({ file, value, lineOf: (path) => lineAt(document, path, counter) }, found);
}

function readValue({ file, value, lineOf: lineIn }: ReadValue, found: Filled): void {
  if (value === null || value === undefined) return;
  if (isDeeper(value, DEEPEST)) {
    found.unread.push({ file, line: lineIn([]), problem: TOO_DEEP });
    return;
  }
  for (const { object, at } of objectsIn(value, [])) {
    const lineOf = (path: readonly Step[]): number => lineIn([...at, ...path]);
    if (isObject(object)) found.manifests.push({ object, file, lineOf });
    else if (isForeign(object)) found.foreign.push({ value: object, file, lineOf });
    else found.unread.push({ file, line: lineOf([]), problem: problemWith(object) });
  }
}

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));

const isForeign = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  ["services", "containerDefinitions", "taskDefinition"].some((key) => key in value);

/** An alias that stands for too much, or for nothing, is refused by the parser. */
function contentOf(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

interface Found {
  readonly object: unknown;
  readonly at: readonly Step[];
}

/** A List, and lists in it, hold objects. */
function objectsIn(value: unknown, at: readonly Step[]): readonly Found[] {
  const { kind, items } = (typeof value === "object" && value !== null ? value : {}) as {
    readonly kind?: unknown;
    readonly items?: unknown;
  };
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items))
    return items.flatMap((item, index) => objectsIn(item, [...at, "items", index]));
  return [{ object: value, at }];
}

const problemWith = (object: unknown): string =>
  String((object as { readonly apiVersion?: unknown } | undefined)?.apiVersion).startsWith("kustomize.config.k8s.io/")
    ? "is a kustomization: build it, and read what kubectl kustomize prints"
    : "is no Kubernetes object: it has no apiVersion, kind and name";

function isObject(value: unknown): value is KubeObject {
  const { apiVersion, kind, metadata } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const { name, generateName } = (typeof metadata === "object" && metadata !== null ? metadata : {}) as Record<
    string,
    unknown
  >;
  return typeof apiVersion === "string" && typeof kind === "string" && typeof (name ?? generateName) === "string";
}

function lineAt(document: Document, path: readonly Step[], counter: LineCounter): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const start = isNode(node) ? startOf(node) : undefined;
    if (start !== undefined) return counter.linePos(start).line;
  }
  return 1;
}

const startOf = ({ range }: Node): number | undefined => range?.[0];
