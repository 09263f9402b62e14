/** What is kept of the SecurityBaseline, and what it says to one namespace. Pure. */
import type { KubeObject } from "kopf-ts";
import type { Parsed } from "../../crds/parse.ts";
import type { Enforcement } from "../../crds/v1alpha1/enforcement.ts";
import type { Enrolment } from "../../crds/v1alpha1/enrolment.ts";
import { labelsIn } from "../../crds/v1alpha1/pod-peers.ts";
import { writerMark } from "../../crds/v1alpha1/secret-writers.ts";
import {
  parseSecurityBaseline,
  type SecurityBaseline,
  type SecurityBaselineSpec,
  type SecurityBaselineStatus,
} from "../../crds/v1alpha1/security-baseline.ts";
import { type CallerFacts, NO_PLATFORM, type PlatformFacts, type PodsOf } from "../../expand/input.ts";
import type { GatewayFacts } from "../../expand/listeners.ts";

export interface BaselineRecord {
  readonly uid: string;
  readonly generation: number;
  /** Why the object is not one that this version's schema accepts; undefined when it is. */
  readonly invalid: string | undefined;
  /** What holds for a namespace that is granted nothing of its own, with ways to expose hosts as named, found or not. */
  readonly everywhere: PlatformFacts;
  readonly namespaces: ReadonlyMap<string, PlatformFacts>;
  /** The state that namespaces are held in, where the platform team says so. */
  readonly enrolments: ReadonlyMap<string, Enrolment>;
  /** Whether Palisade acts in a namespace. */
  readonly enforcement: (namespace: string) => Enforcement;
  /** Who may change the Secrets of workloads: `user:NAME` or `group:NAME`. Whoever RBAC lets where it is empty. */
  readonly secretWriters: (namespace: string) => readonly string[];
  /** Whether bindings outside a workload's namespace that add rights to its account are deleted, or only told of. */
  readonly deletesBindings: boolean;
  readonly leaveObservingAfterMs: number | undefined;
  readonly status: SecurityBaselineStatus;
}

/** A baseline that cannot be read narrows as far as there is: no image is allowed, and nothing granted. */
const CLOSED: PlatformFacts = { ...NO_PLATFORM, registries: [] };

export function shapeBaseline(object: KubeObject): BaselineRecord {
  const { uid = "", generation = 0 } = object.metadata;
  const parsed = parseSecurityBaseline(object);
  const spec = parsed.ok ? parsed.value.spec : undefined;
  const everywhere = spec === undefined ? CLOSED : commonFacts(spec);
  const grants = spec?.namespaces ?? [];
  const everywhereWriters = (spec?.secretWriters ?? []).map(writerMark);
  // A baseline that cannot be read says nothing about enforcement: what runs stays guarded.
  const everywhereEnforced = spec?.enforcement ?? "Enforce";
  const enforcements = new Map(
    grants.flatMap(({ name, enforcement }) => (enforcement === undefined ? [] : [[name, enforcement] as const])),
  );
  const writers = new Map(grants.map(({ name, secretWriters = [] }) => [name, secretWriters.map(writerMark)]));
  return {
    uid,
    generation,
    invalid: parsed.ok ? undefined : parsed.errors.join("; "),
    everywhere,
    namespaces: namespaceFacts(spec ?? {}, everywhere),
    enrolments: new Map(grants.flatMap(({ name, enrolment }) => (enrolment === undefined ? [] : [[name, enrolment]]))),
    enforcement: (namespace) => enforcements.get(namespace) ?? everywhereEnforced,
    secretWriters: (namespace) => [...everywhereWriters, ...(writers.get(namespace) ?? [])],
    deletesBindings: spec?.offenders?.clusterBindings === "Delete",
    leaveObservingAfterMs: leaveObservingAfterMs(parsed),
    status: (object["status"] ?? {}) as SecurityBaselineStatus,
  };
}

/** What each namespace is told that the spec names anywhere. */
function namespaceFacts(
  { namespaces = [], permissions = [] }: SecurityBaselineSpec,
  everywhere: PlatformFacts,
): ReadonlyMap<string, PlatformFacts> {
  const facts = new Map(namespaces.map((grants) => [grants.name, factsOf(grants, everywhere)]));
  for (const { namespace, workloads, rules = [], clusterReads = [], reason } of permissions) {
    const known = facts.get(namespace) ?? everywhere;
    const grant = { workloads, rules, held: [], clusterReads, reason };
    facts.set(namespace, { ...known, permissions: [...(known.permissions ?? []), grant] });
  }
  return facts;
}

type NamespaceGrants = NonNullable<SecurityBaselineSpec["namespaces"]>[number];

const factsOf = (
  { hosts = [], identities = [], internet, pods, rollsOnSecrets, injections }: NamespaceGrants,
  everywhere: PlatformFacts,
): PlatformFacts => ({
  ...everywhere,
  hosts,
  identities,
  rollsOnSecrets,
  ...(internet === true ? { internet: { podNetworks: [] } } : {}),
  ...(pods === undefined ? {} : { pods: pods.map(podsOf) }),
  ...(injections === undefined ? {} : { injections: { ...everywhere.injections, refused: injections === "Refuse" } }),
});

function leaveObservingAfterMs(parsed: Parsed<SecurityBaseline>): number | undefined {
  const seconds = parsed.ok ? parsed.value.spec.leaveObservingAfterSeconds : undefined;
  return seconds === undefined ? undefined : seconds * 1_000;
}

function commonFacts(spec: SecurityBaselineSpec): PlatformFacts {
  const { registries, callers, exposure, injections, toleratedMetadata = [], metadata } = spec;
  return {
    ...NO_PLATFORM,
    registries,
    gateway: callerFacts(callers?.gateway),
    monitoring: callerFacts(callers?.monitoring),
    exposure: { ingressClass: exposure?.ingressClass, gateway: gatewayFacts(exposure) },
    injections: { refused: injections?.unexpected === "Refuse", expected: injections?.expected ?? [] },
    toleratedMetadata,
    ...(metadata === undefined
      ? {}
      : { handedKeys: { annotations: metadata.annotations ?? [], reservedLabels: metadata.reservedLabels ?? [] } }),
  };
}

const gatewayFacts = (exposure: SecurityBaselineSpec["exposure"]): GatewayFacts | undefined =>
  exposure?.gateway === undefined ? undefined : { ...exposure.gateway, listeners: [] };

interface Named {
  readonly namespace: string;
  readonly podLabels: Parameters<typeof labelsIn>[0];
}

type Caller = NonNullable<SecurityBaselineSpec["callers"]>["gateway"];

function callerFacts(caller: Caller): CallerFacts | undefined {
  if (caller === undefined) return undefined;
  const { namespace, podLabels = [], cidrs = [] } = caller;
  return { pods: namespace === undefined ? undefined : podsOf({ namespace, podLabels }), cidrs };
}

const podsOf = ({ namespace, podLabels }: Named): PodsOf => ({ namespace, podLabels: labelsIn(podLabels) });

/** Without a baseline nothing is granted; images may then come from anywhere. */
export function platformFacts(baseline: BaselineRecord | undefined, namespace: string): PlatformFacts {
  return baseline === undefined ? NO_PLATFORM : (baseline.namespaces.get(namespace) ?? baseline.everywhere);
}

/** Of `namespaces`, those to whom `now` says something else than `old` did: what they are granted, or whether Palisade acts in them. */
export function concernedBy(
  old: BaselineRecord | undefined,
  now: BaselineRecord | undefined,
  namespaces: Iterable<string>,
): readonly string[] {
  if ((old?.deletesBindings ?? false) !== (now?.deletesBindings ?? false)) return [...namespaces];
  return [...namespaces].filter(
    (namespace) =>
      (old?.enforcement(namespace) ?? "Enforce") !== (now?.enforcement(namespace) ?? "Enforce") ||
      JSON.stringify(platformFacts(old, namespace)) !== JSON.stringify(platformFacts(now, namespace)),
  );
}
