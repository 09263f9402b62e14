/** Where an Ingress or HTTPRoute that is not ours leads (DRIFT 48). */
import { type KubeObject, keyOf } from "kopf-ts";
import { INGRESS, SERVICE } from "../../kubernetes/kinds.ts";

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

export interface RouteFacts {
  readonly about: "route";
  /** As `namespace/name`. */
  readonly services: readonly string[];
}

/** Undefined for one that leads to no Service. */
export function routeFacts(live: KubeObject): RouteFacts | undefined {
  const services = servicesBehind(live);
  return services.length === 0 ? undefined : { about: "route", services };
}
