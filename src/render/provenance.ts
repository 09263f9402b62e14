/** Where each leaf of a child comes from: a field of the spec, a rule of the baseline, or the identity of the workload. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "kopf-ts";
import { type ChildKind, kindsFor } from "../expand/child-kinds.ts";
import type { ExpandInput } from "../expand/input.ts";
import { POD_POLICIES, type PodSpec } from "../policies/index.ts";

export type Step = string | number;

export interface Leaf {
  readonly path: readonly Step[];
  readonly value: unknown;
}

/** A child, and for each of its leaves (by `JSON.stringify` of the path) the mark; none for what the spec says literally. */
export interface Marked {
  readonly object: KubeObject;
  readonly marks: ReadonlyMap<string, string>;
}

export const keyOfPath = (path: readonly Step[]): string => JSON.stringify(path);

/** Every scalar, and every empty object or list. */
export function leavesOf(value: unknown, path: readonly Step[] = []): readonly Leaf[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap((item, index) => leavesOf(item, [...path, index]));
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([key, field]) =>
      field === undefined ? [] : leavesOf(field, [...path, key]),
    );
  return [{ path, value }];
}

const at = (value: unknown, path: readonly Step[]): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Readonly<Record<Step, unknown>> | undefined)?.[step], value);

/** Every child of a workload with its marks. */
export function markedChildren(input: ExpandInput): readonly Marked[] {
  const without = withoutEachField(input);
  return kindsFor(input).flatMap((kind) => {
    const object = kind.build(input);
    return object === undefined ? [] : [{ object, marks: marksOf(object, kind, input, without) }];
  });
}

/** A copy of a ConfigMap: what is in it is written by a person. */
export function markedCopy(object: KubeObject): Marked {
  const leaves = leavesOf(object).filter(({ path: [first] }) => first !== "data" && first !== "binaryData");
  return { object, marks: new Map(leaves.map(({ path }) => [keyOfPath(path), "identity"])) };
}

interface Without {
  readonly field: string;
  readonly input: ExpandInput;
  /** What the spec says in that field, leaf by leaf. */
  readonly written: ReadonlySet<unknown>;
}

/** The same workload with one field of its spec taken away, or changed where it must be there. */
function withoutEachField(input: ExpandInput): readonly Without[] {
  return Object.entries(input.spec).flatMap(([field, value]) => {
    if (value === undefined) return [];
    const { [field]: _, ...rest } = input.spec as Readonly<Record<string, unknown>>;
    const instead = INSTEAD[field];
    const spec = (instead === undefined ? rest : { ...rest, [field]: instead(value) }) as ExpandInput["spec"];
    const written = new Set(leavesOf(value).map((leaf) => leaf.value));
    const exposed = field === "expose" ? [] : (input.exposed ?? []);
    return [{ field, input: { ...input, spec, exposed }, written }];
  });
}

/** Of fields that every spec has. */
const INSTEAD: Readonly<Record<string, (value: unknown) => unknown>> = {
  priority: (value) => (value === "low" ? "high" : "low"),
  image: (value) => `${String(value)}.other`,
  replicas: (value) => Number(value) + 1,
  terminationGracePeriodSeconds: (value) => Number(value) + 1,
  type: (value) => (value === "Deployment" ? "StatefulSet" : "Deployment"),
};

function marksOf(object: KubeObject, kind: ChildKind, input: ExpandInput, without: readonly Without[]) {
  const changed = without.flatMap(({ field, input: other, written }) => {
    const child = built(kind, other);
    return child === "impossible" ? [] : [{ field, written, child }];
  });
  const podPath = podPathOf(object);
  const pod = podPath === undefined ? undefined : (at(object, podPath) as PodSpec);
  const marks = new Map<string, string>();
  for (const { path, value } of leavesOf(object)) {
    const sources = changed.filter(({ child }) => !isDeepStrictEqual(at(child, path), value));
    // The narrowest: the field that only some leaves hang on. Type decides which children there are at all.
    const source =
      sources.find(({ child }) => child !== undefined) ?? sources.find(() => !isIdentity(path, value, input));
    const mark = markOf({ path, value }, { source, podPath, pod, input });
    if (mark !== undefined) marks.set(keyOfPath(path), mark);
  }
  return marks;
}

/** Some fields cannot be taken away alone. */
function built(kind: ChildKind, input: ExpandInput): KubeObject | undefined | "impossible" {
  try {
    return kind.build(input);
  } catch {
    return "impossible";
  }
}

interface Source {
  readonly field: string;
  readonly written: ReadonlySet<unknown>;
}

interface Origin {
  readonly source: Source | undefined;
  readonly podPath: readonly Step[] | undefined;
  readonly pod: PodSpec | undefined;
  readonly input: ExpandInput;
}

function markOf(leaf: Leaf, { source, podPath, pod, input }: Origin): string | undefined {
  if (source?.written.has(leaf.value) === true) return undefined;
  const rule = podPath === undefined || pod === undefined ? undefined : ruleOf(leaf, pod, podPath);
  if (rule !== undefined) return `rule ${rule}`;
  if (source !== undefined && source.field !== "type") return `field ${source.field}`;
  return isIdentity(leaf.path, leaf.value, input) ? "identity" : "default";
}

/** The rule that writes a leaf again after it was taken out. */
function ruleOf({ path, value }: Leaf, pod: PodSpec, podPath: readonly Step[]): string | undefined {
  const inner = path.slice(podPath.length);
  if (!podPath.every((step, index) => path[index] === step) || inner.length === 0) return undefined;
  const bare = withoutLeaf(pod, inner) as PodSpec;
  return POD_POLICIES.find(({ harden }) => isDeepStrictEqual(at(harden(bare), inner), value))?.id;
}

function withoutLeaf(value: unknown, [step, ...rest]: readonly Step[]): unknown {
  if (step === undefined) return value;
  if (Array.isArray(value)) {
    return rest.length === 0
      ? value.filter((_, index) => index !== step)
      : value.map((item: unknown, index) => (index === step ? withoutLeaf(item, rest) : item));
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const { [step]: inner, ...others } = fields;
  return rest.length === 0 ? others : { ...others, [step]: withoutLeaf(inner, rest) };
}

function podPathOf({ spec }: KubeObject): readonly Step[] | undefined {
  const { template, jobTemplate } = (spec ?? {}) as Readonly<Record<string, unknown>>;
  if (template !== undefined) return ["spec", "template", "spec"];
  return jobTemplate === undefined ? undefined : ["spec", "jobTemplate", "spec", "template", "spec"];
}

/** What follows from name, namespace and labels alone. */
function isIdentity([first, second]: readonly Step[], value: unknown, { workload }: ExpandInput): boolean {
  const own: readonly unknown[] = [workload.name, workload.namespace, workload.uid, ...Object.values(workload.labels)];
  return (
    first === "apiVersion" ||
    first === "kind" ||
    (first === "metadata" && second !== "annotations") ||
    own.includes(value)
  );
}
