/** What is kept of the SecurityBaseline, and what it says to one namespace. Pure. */
import type { Enrolment } from "../../crds/v1alpha1/enrolment.ts";
import { writerMark } from "../../crds/v1alpha1/secret-writers.ts";
import {
  parseSecurityBaseline,
  type SecurityBaselineSpec,
  type SecurityBaselineStatus,
} from "../../crds/v1alpha1/security-baseline.ts";
import type { KubeObject } from "../../kopf/object.ts";
import { type CallerFacts, NO_PLATFORM, type PlatformFacts } from "../secure-workload/resources/input.ts";
import type { GatewayFacts } from "../secure-workload/resources/listeners.ts";

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
  /** Who may change the Secrets of workloads: `user:NAME` or `group:NAME`. Whoever RBAC lets where it is empty. */
  readonly secretWriters: (namespace: string) => readonly string[];
  /** Whether bindings outside a workload's namespace that add rights to its account are deleted, or only told of. */
  readonly deletesBindings: boolean;
  readonly status: SecurityBaselineStatus;
}

/** A baseline that cannot be read narrows as far as there is: no image is allowed, and nothing granted. */
const CLOSED: PlatformFacts = { ...NO_PLATFORM, registries: [] };

export function shapeBaseline(object: KubeObject): BaselineRecord {
  const { uid = "", generation = 0 } = object.metadata;
  const parsed = parseSecurityBaseline(object);
  const everywhere = parsed.ok ? commonFacts(parsed.value.spec) : CLOSED;
  const grants = parsed.ok ? (parsed.value.spec.namespaces ?? []) : [];
  const everywhereWriters = parsed.ok ? (parsed.value.spec.secretWriters ?? []).map(writerMark) : [];
  const writers = new Map(grants.map(({ name, secretWriters = [] }) => [name, secretWriters.map(writerMark)]));
  return {
    uid,
    generation,
    invalid: parsed.ok ? undefined : parsed.errors.join("; "),
    everywhere,
    namespaces: new Map(
      grants.map(({ name, hosts = [], identities = [], rollsOnSecrets }) => [
        name,
        { ...everywhere, hosts, identities, rollsOnSecrets },
      ]),
    ),
    enrolments: new Map(grants.flatMap(({ name, enrolment }) => (enrolment === undefined ? [] : [[name, enrolment]]))),
    secretWriters: (namespace) => [...everywhereWriters, ...(writers.get(namespace) ?? [])],
    deletesBindings: parsed.ok && parsed.value.spec.offenders?.clusterBindings === "Delete",
    status: (object["status"] ?? {}) as SecurityBaselineStatus,
  };
}

function commonFacts({ registries, callers, exposure }: SecurityBaselineSpec): PlatformFacts {
  return {
    ...NO_PLATFORM,
    registries,
    gateway: callerFacts(callers?.gateway),
    monitoring: callerFacts(callers?.monitoring),
    exposure: { ingressClass: exposure?.ingressClass, gateway: gatewayFacts(exposure) },
  };
}

const gatewayFacts = (exposure: SecurityBaselineSpec["exposure"]): GatewayFacts | undefined =>
  exposure?.gateway === undefined ? undefined : { ...exposure.gateway, listeners: [] };

type Caller = NonNullable<SecurityBaselineSpec["callers"]>["gateway"];

const callerFacts = (caller: Caller): CallerFacts | undefined =>
  caller === undefined
    ? undefined
    : {
        namespace: caller.namespace,
        podLabels: Object.fromEntries(caller.podLabels.map(({ key, value }) => [key, value])),
      };

/** Without a baseline nothing is granted; images may then come from anywhere. */
export function platformFacts(baseline: BaselineRecord | undefined, namespace: string): PlatformFacts {
  return baseline === undefined ? NO_PLATFORM : (baseline.namespaces.get(namespace) ?? baseline.everywhere);
}

/** Of `namespaces`, those to whom `now` says something else than `old` did. */
export function concernedBy(
  old: BaselineRecord | undefined,
  now: BaselineRecord | undefined,
  namespaces: Iterable<string>,
): readonly string[] {
  if ((old?.deletesBindings ?? false) !== (now?.deletesBindings ?? false)) return [...namespaces];
  return [...namespaces].filter(
    (namespace) => JSON.stringify(platformFacts(old, namespace)) !== JSON.stringify(platformFacts(now, namespace)),
  );
}
