/** A SecureWorkload in the making: every value that was not simply carried over says where it comes from. */
import type { Part, Place } from "./ledger.ts";

export interface Evidence extends Place {
  /** Why the value is what it is, for a person. */
  readonly why: string;
}

type Fields = Record<string, unknown>;

/** What the platform team is asked for. */
export interface Wish {
  readonly kind: "host" | "exception" | "identity" | "internet" | "permission" | "clusterRead";
  /** Of the internet, which is granted as a whole: the workload that reaches it. Of permissions: a rule, as JSON. Of cluster-wide reads: the name. */
  readonly value: string;
  readonly evidence: Evidence;
}

export interface Draft {
  name: string;
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the pods, for the selectors of others. */
  readonly podLabels: Readonly<Record<string, string>>;
  readonly podAnnotations: Readonly<Record<string, string>>;
  readonly spec: Fields;
  /** By the path in the spec, `access.outbound[0]` for example. */
  readonly evidence: Map<string, Evidence>;
  /** What a person must decide or change. */
  readonly decisions: string[];
  readonly wishes: Wish[];
  /** The ports of the pod by their old names. */
  readonly portNames: Map<string, number>;
  /** Ports of the pod that a Service leads to. */
  readonly servedPorts: Set<number>;
  readonly accountName: string | undefined;
  /** Names under which callers know it. */
  readonly aliases: Set<string>;
  /** Texts in which addresses may stand. */
  readonly texts: Spoken[];
  /** The object that it was made of. */
  readonly object: Part;
}

export interface Spoken extends Place {
  /** Of a variable or a key of a ConfigMap; empty for an argument. */
  readonly name: string;
  readonly text: string;
  /** Whether it is a line of a file. */
  readonly isContent?: true;
}

export const evidenceOf = (part: Part, why: string): Evidence => ({ ...part.place, why });

/** The list in `spec` at a dotted path, made where there is none. */
export function listAt(spec: Fields, path: string): unknown[] {
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  let inner = spec;
  for (const step of steps) {
    inner[step] ??= {};
    inner = inner[step] as Fields;
  }
  inner[last] ??= [];
  return inner[last] as unknown[];
}

/** Adds to a list with its evidence; what stands there already is not said twice. */
export function addTo(draft: Draft, path: string, entry: Fields, evidence?: Evidence): void {
  const list = listAt(draft.spec, path);
  const text = JSON.stringify(entry);
  if (list.some((known) => JSON.stringify(known) === text)) return;
  list.push(entry);
  if (evidence !== undefined) draft.evidence.set(`${path}[${list.length - 1}]`, evidence);
}

export function set(draft: Draft, field: string, value: unknown, evidence?: Evidence): void {
  if (value === undefined) return;
  draft.spec[field] = value;
  if (evidence !== undefined) draft.evidence.set(field, evidence);
}

/** Without what is undefined. */
export const defined = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
