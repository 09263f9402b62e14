/** Ingresses and routes of gateways, as far as they lead to Services. Pure. */
import type { Step } from "../../manifests/parse.ts";
import type { Place, Sighting } from "../place.ts";
import { labelsIn, list, type Raw, record, records, text } from "../raw.ts";
import type { Backend, ReferenceGrant, Route } from "./model.ts";
import { isOfNetworks } from "./services.ts";

/** By which common controllers ask for a login before an Ingress. */
const LOGINS =
  /^(nginx\.ingress\.kubernetes\.io\/(auth-url|auth-type|auth-tls-secret)|haproxy(-ingress\.github\.io|\.org)\/auth-(type|url)|traefik\.ingress\.kubernetes\.io\/router\.middlewares|alb\.ingress\.kubernetes\.io\/auth-type|ingress\.kubernetes\.io\/auth-(url|type))$/;

const OF_GATEWAY: ReadonlySet<string> = new Set(["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute"]);

const at = (root: string, ...path: readonly Step[]): readonly Step[] => [root, ...path];

const INTERNAL = /(^|[-_.])(internal|private|intranet)([-_.]|$)/i;

/** By the names of the class or gateways that serve it, or as a cloud's controller is told. */
function isInternal(sighting: Sighting): boolean {
  const scheme = annotationsOf(sighting)[SCHEME];
  const gateways = records(record(sighting.object["spec"])["parentRefs"]).map(({ name }) => text(name));
  const served = [...classesOf(sighting), ...gateways];
  return (
    (served.length > 0 && served.every((name) => name !== undefined && INTERNAL.test(name))) ||
    (scheme !== undefined && INTERNAL.test(scheme) && isHeard(sighting, SCHEME)) ||
    Object.entries(annotationsOf(sighting)).some(
      ([key, value]) => SOURCES.test(key) && isHeard(sighting, key) && isOfNetworks(value.split(",")),
    )
  );
}

/** By which controllers take the networks that may call. */
const SOURCES =
  /^(nginx\.ingress\.kubernetes\.io\/(white|allow)list-source-range|alb\.ingress\.kubernetes\.io\/inbound-cidrs|haproxy(\.org|-ingress\.github\.io)\/(white|allow)-?list(-source-range)?)$/;

const SCHEME = "alb.ingress.kubernetes.io/scheme";

const annotationsOf = ({ object }: Sighting): Readonly<Record<string, string>> => labelsIn(object.metadata.annotations);

const classesOf = (sighting: Sighting): readonly string[] => [
  ...[text(record(sighting.object["spec"])["ingressClassName"]) ?? []].flat(),
  ...[annotationsOf(sighting)["kubernetes.io/ingress.class"] ?? []].flat(),
];

/** Controllers that a class is named after. What one is told by an annotation is nothing to another. */
const CONTROLLER = /\b(nginx|haproxy|traefik|alb|contour|kong|gce|istio|cilium)\b/;

const isHeard = (sighting: Sighting, annotation: string): boolean =>
  classesOf(sighting).every((name) => annotation.includes(CONTROLLER.exec(name)?.[1] ?? ""));

/** Undefined for an object of another kind, and for a route of the own network alone. */
export function routeOf(sighting: Sighting): Route | undefined {
  if (isInternal(sighting)) return undefined;
  const { kind, object } = sighting;
  const group = (object.apiVersion ?? "").split("/")[0];
  if (kind === "Ingress") return route(sighting, ingressBackends(sighting), isWithoutTls(sighting));
  if (OF_GATEWAY.has(kind) && group === "gateway.networking.k8s.io")
    return route(sighting, routeBackends(sighting), false);
  if (kind === "Route" && group === "route.openshift.io") {
    const spec = record(object["spec"]);
    const backend = backendOf(sighting, record(spec["to"]), at("spec", "to"));
    return route(sighting, backend, spec["tls"] === undefined);
  }
  if (kind === "IngressRoute" && /^traefik\./.test(group ?? ""))
    return route(sighting, traefikBackends(sighting), record(object["spec"])["tls"] === undefined);
  return undefined;
}

function route(sighting: Sighting, backends: readonly Backend[], isPlain: boolean): Route {
  const { namespace, ref, at: place } = sighting;
  const [login, snippet] = [LOGINS, SNIPPETS].map((pattern) => annotated(sighting, pattern));
  return { id: ref, namespace, backends, login, isPlain, snippet, place: place() };
}

/** By which ingress-nginx takes settings of the proxy. */
const SNIPPETS = /^nginx\.ingress\.kubernetes\.io\/((configuration|server|auth|stream|modsecurity)-snippet)$/;

function annotated(sighting: Sighting, pattern: RegExp): Place | undefined {
  const found = Object.entries(annotationsOf(sighting)).find(
    ([key, value]) =>
      pattern.test(key) && value !== "none" && value !== "" && isHeard(sighting, key) && isLogin(key, value, sighting),
  );
  return found === undefined ? undefined : sighting.at("metadata", "annotations", found[0]);
}

/** A middleware may do anything, and a certificate need not be asked for. */
function isLogin(key: string, value: string, sighting: Sighting): boolean {
  if (key.endsWith("router.middlewares")) return /auth|login|oidc|sso/i.test(value);
  const asked = annotationsOf(sighting)["nginx.ingress.kubernetes.io/auth-tls-verify-client"] ?? "on";
  return !key.endsWith("auth-tls-secret") || asked === "on";
}

const isWithoutTls = ({ object }: Sighting): boolean => list(record(object["spec"])["tls"]).length === 0;

function ingressBackends(sighting: Sighting): readonly Backend[] {
  const spec = record(sighting.object["spec"]);
  const byDefault = spec["defaultBackend"] === undefined ? "backend" : "defaultBackend";
  return [
    ...ingressBackend(sighting, record(spec[byDefault]), at("spec", byDefault)),
    ...records(spec["rules"]).flatMap((rule, index) =>
      records(record(rule["http"])["paths"]).flatMap((path, number) =>
        ingressBackend(
          sighting,
          record(path["backend"]),
          at("spec", "rules", index, "http", "paths", number, "backend"),
        ),
      ),
    ),
  ];
}

/** As networking.k8s.io/v1 writes it, and as what came before it did. */
function ingressBackend(sighting: Sighting, backend: Raw, path: readonly Step[]): readonly Backend[] {
  const service = record(backend["service"]);
  const name = text(service["name"]) ?? text(backend["serviceName"]);
  const { number, name: named } = record(service["port"]);
  return backendTo(sighting, name, number ?? named ?? backend["servicePort"], path);
}

const routeBackends = (sighting: Sighting): readonly Backend[] =>
  records(record(sighting.object["spec"])["rules"]).flatMap((rule, index) =>
    records(rule["backendRefs"]).flatMap((backend, number) =>
      backendOf(sighting, backend, at("spec", "rules", index, "backendRefs", number)),
    ),
  );

const traefikBackends = (sighting: Sighting): readonly Backend[] =>
  records(record(sighting.object["spec"])["routes"]).flatMap((one, index) =>
    records(one["services"]).flatMap((backend, number) =>
      backendOf(sighting, backend, at("spec", "routes", index, "services", number)),
    ),
  );

function backendOf(sighting: Sighting, backend: Raw, path: readonly Step[]): readonly Backend[] {
  if (![undefined, "Service"].includes(text(backend["kind"]))) return [];
  const namespace = text(backend["namespace"]);
  return backendTo(sighting, text(backend["name"]), backend["port"], path).map((one) =>
    namespace === undefined ? one : { ...one, namespace },
  );
}

function backendTo(
  sighting: Sighting,
  service: string | undefined,
  port: unknown,
  path: readonly Step[],
): readonly Backend[] {
  if (service === undefined) return [];
  const asked = typeof port === "number" || typeof port === "string" ? port : undefined;
  return [{ namespace: sighting.namespace, service, port: asked, place: sighting.at(...path) }];
}

/** What of a ReferenceGrant is about routes and Services. */
export function grantOf({ object, namespace }: Sighting): ReferenceGrant {
  const spec = record(object["spec"]);
  return {
    namespace,
    from: records(spec["from"]).map((one) => `${text(one["kind"])}/${text(one["namespace"])}`),
    to: records(spec["to"]).flatMap((one) => (one["kind"] === "Service" ? [text(one["name"])] : [])),
  };
}
