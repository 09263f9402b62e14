/** Where a leaf of a manifest stands in what Palisade makes: by the names of things, not by their places in lists. */
import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "kopf-ts";
import { CONTROLLER_KINDS } from "../../src/expand/child-kinds.ts";
import { isQuantity, quantityNanos } from "../../src/kubernetes/quantity.ts";
import type { Step } from "../../src/render/provenance.ts";
import { kept } from "./facts.ts";

type Fields = Readonly<Record<Step, unknown>>;

const CONTROLLERS = new Set(CONTROLLER_KINDS.map(({ resource }) => resource.kind));

export const isController = ({ kind = "" }: KubeObject): boolean => CONTROLLERS.has(kind);

/** What was made in the place of an object: of its kind and name, or whatever runs the pods of that name. */
export const counterpartOf = (object: KubeObject, made: readonly KubeObject[]): KubeObject | undefined => {
  const named = made.filter(({ metadata }) => metadata.name === object.metadata.name);
  return (
    named.find(({ kind }) => kind === object.kind) ?? (isController(object) ? named.find(isController) : undefined)
  );
};

/** By which fields the items of a list are told apart. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  env: ["name"],
  volumeMounts: ["mountPath"],
  volumeClaimTemplates: ["metadata"],
};

export const at = (value: unknown, step: Step): unknown => (value as Fields | undefined | null)?.[step];

export const itemsAt = (value: unknown, field: string): readonly unknown[] => {
  const items = at(value, field);
  return Array.isArray(items) ? items : [];
};

/** The port of a container, or of a Service, by its number. */
const portOf = (item: unknown): unknown =>
  `${String(at(item, "protocol") ?? "TCP")}/${String(at(item, "containerPort") ?? at(item, "port"))}`;

const keyOf = (field: string, item: unknown): unknown =>
  field === "ports" ? portOf(item) : (KEYS[field] ?? []).map((key) => nameIn(at(item, key)));

const nameIn = (key: unknown): unknown => (typeof key === "object" ? at(key, "name") : key);

/** The main container is called as its workload. */
function sameContainer(
  original: unknown,
  index: number,
  list: string,
  { above, workload }: { readonly above: unknown; readonly workload: string },
): unknown {
  const all = [...itemsAt(above, "containers"), ...itemsAt(above, "initContainers")];
  const named = all.find((one) => at(one, "name") === at(original, "name"));
  return named ?? (list === "containers" && index === 0 ? all.find((one) => at(one, "name") === workload) : undefined);
}

/** Where a walk stands, in both objects. */
interface Cursor {
  readonly from: unknown;
  readonly into: unknown;
  /** The last name, and what it is a field of. */
  readonly field: string;
  readonly above: unknown;
  /** The spec of the pod that it is in. */
  readonly pod: unknown;
}

const isContainers = (field: string): boolean => field === "containers" || field === "initContainers";

/** The leaf of `made` that stands for the leaf of `object` at `path`; undefined where there is none. */
export function counterpartAt(object: KubeObject, made: KubeObject, path: readonly Step[]): unknown {
  const start: Cursor = { from: object, into: made, field: "", above: made, pod: undefined };
  const { name } = made.metadata;
  return path.reduce(
    (cursor, step) => (typeof step === "number" ? item(cursor, step, name) : field(cursor, step)),
    start,
  ).into;
}

function field(cursor: Cursor, step: string): Cursor {
  const { from, into, pod } = cursor;
  // A container may run in the other list there.
  const inner = at(into, step) ?? (isContainers(step) ? [] : undefined);
  return { from: at(from, step), into: inner, field: step, above: into, pod: isContainers(step) ? into : pod };
}

function item(cursor: Cursor, index: number, workload: string): Cursor {
  const from = at(cursor.from, index);
  return { ...cursor, from, into: sameItem({ ...cursor, from }, index, workload) };
}

/** Ports are the workload's, whichever container listens. */
const portBeside = (item: unknown, pod: unknown): unknown =>
  itemsAt(pod, "containers")
    .flatMap((container) => itemsAt(container, "ports"))
    .find((port) => portOf(port) === portOf(item));

function sameItem({ from, into, field: list, above, pod }: Cursor, index: number, workload: string): unknown {
  if (isContainers(list)) return sameContainer(from, index, list, { above, workload });
  if (list !== "ports" && KEYS[list] === undefined) return at(into, index);
  const key = keyOf(list, from);
  const found = Array.isArray(into) ? into.find((one) => isDeepStrictEqual(keyOf(list, one), key)) : undefined;
  return found ?? (list === "ports" ? portBeside(from, pod) : undefined);
}

/** Equal as Kubernetes reads them: `0.5` and `500m` are one amount. */
export function isSame(a: unknown, b: unknown): boolean {
  if (isDeepStrictEqual(kept(a), kept(b))) return true;
  return isAmount(a) && isAmount(b) && isQuantity(a) && isQuantity(b) && quantityNanos(a) === quantityNanos(b);
}

const isAmount = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number";

/** The examples name a registry that stands for one's own. */
export const isSameImage = (a: unknown, b: unknown): boolean =>
  typeof a === "string" && typeof b === "string" && a.split("/").at(-1) === b.split("/").at(-1);
