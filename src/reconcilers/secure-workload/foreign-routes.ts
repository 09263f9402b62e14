/** Ingresses and HTTPRoutes that are not ours and lead to a workload's Service: the workload says what of it is exposed. */
import { type KubeObject, keyOf } from "../../kopf/object.ts";
import type { Culprit } from "../../plan/culprit.ts";
import type { Deps } from "../deps.ts";
import type { ForeignRouteRecord, WorkloadRecord } from "../records.ts";
import { CHILD_KINDS } from "./expand.ts";
import type { Offender } from "./offenders.ts";
import { HTTP_ROUTE, INGRESS, SERVICE } from "./resources/kinds.ts";

interface IngressBackend {
  readonly service?: { readonly name?: string };
}

interface IngressSpec {
  readonly defaultBackend?: IngressBackend;
  readonly rules?: readonly {
    readonly http?: { readonly paths?: readonly { readonly backend?: IngressBackend }[] };
  }[];
}

interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
}

interface Filter {
  readonly requestMirror?: { readonly backendRef?: BackendRef };
}

interface HttpRouteSpec {
  readonly rules?: readonly {
    readonly filters?: readonly Filter[];
    readonly backendRefs?: readonly (BackendRef & { readonly filters?: readonly Filter[] })[];
  }[];
}

/** The Services that it leads to, as `namespace/name`. An Ingress reaches its own namespace alone, a route any that lets it. */
export function servicesBehind(live: KubeObject): readonly string[] {
  const { namespace = "" } = live.metadata;
  const found = live.kind === INGRESS.kind ? behindIngress(live, namespace) : behindRoute(live, namespace);
  return [...new Set(found)];
}

function behindIngress(live: KubeObject, namespace: string): readonly string[] {
  const { defaultBackend, rules = [] } = (live["spec"] ?? {}) as IngressSpec;
  const backends = [defaultBackend, ...rules.flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend))];
  return backends.flatMap((backend) =>
    backend?.service?.name === undefined ? [] : [keyOf({ namespace, name: backend.service.name })],
  );
}

function behindRoute(live: KubeObject, namespace: string): readonly string[] {
  const { rules = [] } = (live["spec"] ?? {}) as HttpRouteSpec;
  const mirrored = (filters: readonly Filter[] = []): readonly (BackendRef | undefined)[] =>
    filters.map(({ requestMirror }) => requestMirror?.backendRef);
  const refs = rules.flatMap(({ filters, backendRefs = [] }) => [
    ...mirrored(filters),
    ...backendRefs.flatMap((ref) => [ref, ...mirrored(ref.filters)]),
  ]);
  return refs.flatMap((ref) =>
    ref?.name === undefined || (ref.group ?? "") !== "" || (ref.kind ?? SERVICE.kind) !== SERVICE.kind
      ? []
      : [keyOf({ namespace: ref.namespace ?? namespace, name: ref.name })],
  );
}

export function shapeForeignRoute(
  live: KubeObject,
  culprit: Culprit | undefined,
  seenMs: number,
): ForeignRouteRecord | undefined {
  const services = servicesBehind(live);
  return services.length === 0
    ? undefined
    : { type: "foreign-route", uid: live.metadata.uid ?? "", services, culprit, seenMs };
}

const SERVICE_KINDS = CHILD_KINDS.filter(({ resource }) => resource === SERVICE);

/**
 * Of any namespace: whether a ReferenceGrant lets a route in from another one is not looked at, since one that does may be made
 * a moment later (DRIFT 48).
 */
export function foreignRoutes({ ref: { namespace, name } }: WorkloadRecord, { world }: Deps): readonly Offender[] {
  const services = SERVICE_KINDS.map(({ nameFor }) => keyOf({ namespace, name: nameFor(name) }));
  return [INGRESS, HTTP_ROUTE].flatMap((resource) => {
    const cache = world.childrenOf(resource);
    const keys = new Set(services.flatMap((service) => cache.byIndex("service", service)));
    return [...keys].flatMap((key): Offender[] => {
      const record = cache.get(key);
      if (record?.type !== "foreign-route") return [];
      const { uid, culprit, seenMs } = record;
      return [{ resource, key, uid, driftCase: "48", why: "it leads to this workload's Service", culprit, seenMs }];
    });
  });
}
