/**
 * What a pod has beyond its template, named so that people can list what they expect: `env/DD_AGENT_HOST`, `container/istio-proxy`,
 * `nodeSelector/pool`, `imagePullPolicy`. Pure.
 */
import { isDeepStrictEqual } from "node:util";

export interface Addition {
  /** The same for every container: what the platform team expects is said once. */
  readonly name: string;
  /** Where it is, from the root of the pod. Never a value. */
  readonly path: string;
}

type Json = Readonly<Record<string, unknown>>;

/** What the scheduler, controllers and the kubelet fill in, and what is compared elsewhere. */
const FILLED_IN: ReadonlySet<string> = new Set([
  "nodeName",
  "priority",
  "preemptionPolicy",
  "tolerations",
  "hostname",
  "subdomain",
  "schedulingGates",
  "affinity",
  "ephemeralContainers",
]);

const CONTAINER_LISTS = ["containers", "initContainers"] as const;

/** Everything that differs, in order: added, changed or taken away. A container of its own is one addition with all that is in it. */
export function additionsOf(template: unknown, pod: unknown): readonly Addition[] {
  const wanted = asJson(template);
  const live = asJson(pod);
  const lists: readonly string[] = CONTAINER_LISTS;
  const fields = keysOf(wanted, live).filter((field) => !FILLED_IN.has(field) && !lists.includes(field));
  return [
    ...CONTAINER_LISTS.flatMap((list) => inContainers(list, wanted[list], live[list])),
    ...fields.flatMap((field) => inField(field, wanted[field], live[field], "spec")),
  ].sort((one, other) => (one.path < other.path ? -1 : 1));
}

function inContainers(list: string, wanted: unknown, live: unknown): readonly Addition[] {
  const before = byName(wanted, "name");
  return [...byName(live, "name")].flatMap(([name, container]) => {
    const template = before.get(name);
    const path = `spec.${list}[name=${name}]`;
    if (template === undefined) return [{ name: `container/${name}`, path }];
    return keysOf(template, container).flatMap((field) => inField(field, template[field], container[field], path));
  });
}

/** Lists of named things, and what names them. */
const NAMED_LISTS: Readonly<Record<string, { readonly of: string; readonly key: string }>> = {
  env: { of: "env", key: "name" },
  volumes: { of: "volume", key: "name" },
  volumeMounts: { of: "mount", key: "mountPath" },
};

function inField(field: string, wanted: unknown, live: unknown, parent: string): readonly Addition[] {
  if (isDeepStrictEqual(wanted, live) || (isNothing(wanted) && isNothing(live))) return [];
  const list = NAMED_LISTS[field];
  if (list !== undefined)
    return named(byName(wanted, list.key), byName(live, list.key)).map((name) => ({
      name: `${list.of}/${name}`,
      path: `${parent}.${field}[${list.key}=${name}]`,
    }));
  if (field === "nodeSelector")
    return named(entriesOf(wanted), entriesOf(live)).map((name) => ({
      name: `nodeSelector/${name}`,
      path: `${parent}.nodeSelector[${name}]`,
    }));
  return [{ name: field, path: `${parent}.${field}` }];
}

const named = (wanted: ReadonlyMap<string, unknown>, live: ReadonlyMap<string, unknown>): readonly string[] =>
  [...new Set([...wanted.keys(), ...live.keys()])].filter(
    (name) => !isDeepStrictEqual(wanted.get(name), live.get(name)),
  );

const asJson = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});

const entriesOf = (value: unknown): ReadonlyMap<string, unknown> => new Map(Object.entries(asJson(value)));

const keysOf = (...objects: readonly Json[]): readonly string[] => [...new Set(objects.flatMap(Object.keys))];

const byName = (list: unknown, key: string): ReadonlyMap<string, Json> =>
  new Map((Array.isArray(list) ? list : []).map((item) => [String(asJson(item)[key] ?? ""), asJson(item)]));

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);

/** What a difference in a pod template is called among them, by its path as people write it; undefined for one elsewhere. */
export function additionAt(path: string): string | undefined {
  const inPod = /^spec\.(?:jobTemplate\.spec\.)?template\.spec\.(.+)$/.exec(path)?.[1];
  if (inPod === undefined) return undefined;
  const [, container, within] = /^(?:containers|initContainers)\[name=([^\]]+)\](?:\.(.+))?$/.exec(inPod) ?? [];
  if (container !== undefined && within === undefined) return `container/${container}`;
  const field = within ?? inPod;
  const [, list, item] = /^(env|volumes)\[name=([^\]]+)\]/.exec(field) ?? [];
  if (item !== undefined) return `${list === "env" ? "env" : "volume"}/${item}`;
  const key = /^nodeSelector[.[]([^\]]+)\]?$/.exec(field)?.[1];
  return key === undefined ? field.split(/[.[]/)[0] : `nodeSelector/${key}`;
}

/** Whether the platform team listed it: by its name, or by the beginning of it and a star. */
export const isExpected = ({ name }: Addition, expected: readonly string[]): boolean =>
  expected.some((entry) => (entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry));
