/**
 * What a pod runs, in parts that can be named: a digest for each field of the pod and of its containers. Whatever controllers,
 * scheduling and built-in admission fill in after a pod leaves its template is left out, so that a pod and its template
 * have the same parts unless somebody made or changed the pod. Pure.
 */
import { hashOf } from "kopf-ts";
import type { Identity } from "../../crds/v1alpha1/identity.ts";
import { withoutInjected } from "./injected-fields.ts";
import { withoutOwnClaims } from "./own-claims.ts";

/** By path, `containers[name=web].image` for example. */
export interface PodParts {
  readonly digest: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** What the scheduler, the kubelet, the controllers and the built-in admission plugins fill in; tolerations are compared apart. */
const FILLED_IN: ReadonlySet<string> = new Set([
  "nodeName",
  "priority",
  "preemptionPolicy",
  "tolerations",
  // A StatefulSet's pod is named by its ordinal, below the headless Service.
  "hostname",
  "subdomain",
  // Admission's, and gone before the pod runs; a pod that waits for one says so.
  "schedulingGates",
]);

const EPHEMERAL = "ephemeralContainers";
const CONTAINER_LISTS: ReadonlySet<string> = new Set(["containers", "initContainers", EPHEMERAL]);

interface Affinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms?: readonly { readonly matchFields?: unknown }[];
    };
  };
}

/** What may differ between a pod and its template. */
export interface PodTraits {
  /** Of a live pod, whose own claims then count as its template's. */
  readonly podName?: string;
  /** The cloud identity whose webhook adds to it. */
  readonly identity?: Identity | undefined;
}

/** `parts`, or one of the others where it is equal: pods of a template, and the states of a pod, hold its parts once. */
export const shared = (parts: PodParts, ...others: readonly (PodParts | undefined)[]): PodParts =>
  others.find((other) => other?.digest === parts.digest) ?? parts;

export function podParts(spec: unknown, { podName, identity }: PodTraits = {}): PodParts {
  const own = podName === undefined ? spec : withoutOwnClaims(spec, podName);
  const {
    volumes = [],
    affinity,
    ...rest
  } = (withoutInjected(own, identity) ?? {}) as Readonly<Record<string, unknown>> & {
    readonly volumes?: readonly unknown[];
    readonly affinity?: Affinity;
  };
  const compared = { ...rest, ...(volumes.length === 0 ? {} : { volumes }), affinity: unpinned(affinity) };
  const fields = Object.fromEntries(
    Object.entries(compared).flatMap(([field, value]) => {
      if (value === undefined || FILLED_IN.has(field)) return [];
      return CONTAINER_LISTS.has(field) && Array.isArray(value) ? partsOfList(field, value) : [[field, short(value)]];
    }),
  );
  return { digest: hashOf(fields), fields };
}

function partsOfList(list: string, containers: readonly unknown[]): readonly (readonly [string, string])[] {
  const names = containers.map((container) => (container as { readonly name?: string }).name ?? "");
  // No template has one: that it is there says it all.
  if (list === EPHEMERAL)
    return containers.map((container, index) => [`${list}[name=${names[index]}]`, short(container)]);
  return [
    [list, short(names)],
    ...containers.flatMap((container, index) =>
      Object.entries(container as object).flatMap(([field, value]): readonly (readonly [string, string])[] =>
        value === undefined ? [] : [[`${list}[name=${names[index]}].${field}`, short(value)]],
      ),
    ),
  ];
}

const short = (value: unknown): string => once(hashOf(value).slice(0, 12));

/** Most values of most fields are those of every other pod: as many texts are kept once. */
const KEPT_ONCE = 4_096;
const kept = new Map<string, string>();

function once(text: string): string {
  const known = kept.get(text);
  if (known !== undefined) return known;
  if (kept.size >= KEPT_ONCE) kept.clear();
  kept.set(text, text);
  return text;
}

/** The paths at which the two differ, in order. Empty: they run the same. */
export function differingParts(one: PodParts, other: PodParts): readonly string[] {
  if (one.digest === other.digest) return [];
  const paths = new Set([...Object.keys(one.fields), ...Object.keys(other.fields)]);
  return [...paths].filter((path) => one.fields[path] !== other.fields[path]).sort();
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

/** The DaemonSet controller pins each pod to its node by the node's name, in every term that its template has, or in one of its own. */
function unpinned(affinity: Affinity | undefined): Affinity | undefined {
  const required = affinity?.nodeAffinity?.[REQUIRED];
  if (required === undefined) return affinity;
  const terms = (required.nodeSelectorTerms ?? []).flatMap(({ matchFields: _pin, ...term }) =>
    Object.keys(term).length === 0 ? [] : [term],
  );
  const { [REQUIRED]: _replaced, ...node } = affinity?.nodeAffinity ?? {};
  const nodeAffinity = terms.length === 0 ? node : { ...node, [REQUIRED]: { nodeSelectorTerms: terms } };
  const { nodeAffinity: _before, ...others } = affinity ?? {};
  const kept = Object.keys(nodeAffinity).length === 0 ? others : { ...others, nodeAffinity };
  return Object.keys(kept).length === 0 ? undefined : kept;
}
