/** Hosts that Ingresses and routes open to the outside. */
import { addTo, type Draft, defined, evidenceOf } from "../draft.ts";
import { type Part, sayPlace } from "../ledger.ts";
import { isBeside, isSelectedBy, objectsNamed, objectsOf, type World } from "../world.ts";
import { claimReplaced } from "./services.ts";

export function readExposure(world: World): void {
  for (const part of objectsOf(world, "Ingress")) readIngress(world, part);
  for (const part of objectsOf(world, "HTTPRoute")) readRoute(world, part);
}

/** What a host leads to. */
interface Behind {
  readonly draft: Draft;
  readonly port: number;
}

/** The draft behind a Service, and the port of its pods. */
function behind(world: World, from: Part, service: string, port: Part): Behind | undefined {
  const part = objectsNamed(world, "Service", service).find((one) => isTogether(one, from));
  const isCalled = (draft: Draft): boolean => draft.aliases.has(service) || draft.name === service;
  const leadsTo = (draft: Draft): boolean => (part === undefined ? isCalled(draft) : isSelectedBy(part, draft));
  const draft = world.drafts.find((one) => leadsTo(one) && isBeside(from, one));
  const target = draft === undefined ? undefined : targetPort(draft, port.number() ?? port.text());
  return draft === undefined || target === undefined ? undefined : { draft, port: target };
}

/** What names no namespace is where the other is. */
const isTogether = (one: Part, other: Part): boolean => {
  const [own, its] = [one, other].map((part) => part.at("metadata", "namespace").text());
  return own === undefined || its === undefined || own === its;
};

function targetPort(draft: Draft, wanted: number | string | undefined): number | undefined {
  const ports = (draft.spec["ports"] ?? []) as readonly {
    readonly name: string;
    readonly port: number;
    readonly servicePort?: number;
  }[];
  const named = typeof wanted === "string" ? draft.portNames.get(wanted) : undefined;
  const own = ports.find(({ name, port, servicePort }) => (servicePort ?? port) === wanted || name === wanted);
  return named ?? (own ?? ports[0])?.port;
}

interface Opened {
  readonly host: string;
  readonly path: string | undefined;
  readonly secret: string | undefined;
  readonly part: Part;
}

function expose({ draft, port }: Behind, { host, path, secret, part }: Opened): void {
  const tls = secret === undefined ? undefined : { secretName: secret };
  const plain = plainPath(path);
  const entry = defined({ host, path: plain === "/" ? undefined : plain, port, tls });
  addTo(draft, "expose", entry, evidenceOf(part, "the host of the route"));
  draft.wishes.push({ kind: "host", value: host, evidence: evidenceOf(part, `${draft.name} is exposed as ${host}`) });
}

/** Without what some controllers take for an expression. */
const plainPath = (path = "/"): string => /^[^*([\\]*/.exec(path)?.[0].replace(/(?<=.)\/$/, "") || "/";

function readIngress(world: World, ingress: Part): void {
  const spec = ingress.at("spec");
  const opened = spec
    .at("rules")
    .items()
    .flatMap((rule) => openedBy(world, ingress, rule));
  if (opened.length === 0) {
    ingress.keep("applied as it is: an Ingress of no workload of these files");
    return;
  }
  spec.at("rules").keep("expose");
  spec.at("tls").keep("expose[].tls");
  spec.at("ingressClassName").replace("exposure.ingressClass of the SecurityBaseline");
  for (const field of ["defaultBackend", "backend"]) spec.at(field).drop("every host names its workload");
  ingress.at("metadata", "annotations").drop("Ingresses have no annotations: they could change where traffic goes");
  claimReplaced(ingress, "expose");
}

function openedBy(world: World, ingress: Part, rule: Part): readonly Behind[] {
  const host = rule.at("host").text();
  return rule
    .at("http", "paths")
    .items()
    .flatMap((path) => {
      const found = backendOf(world, ingress, path.at("backend"));
      if (found === undefined) return [];
      if (host === undefined) found.draft.decisions.push(withoutHost(rule));
      else expose(found, { host, path: path.at("path").text(), secret: secretOf(ingress, host), part: path });
      return [found];
    });
}

/** Also as extensions/v1beta1 had it. */
function backendOf(world: World, ingress: Part, backend: Part): Behind | undefined {
  const service = backend.at("service", "name").text() ?? backend.at("serviceName").text() ?? "";
  const ports = [backend.at("service", "port", "number"), backend.at("service", "port", "name")];
  return behind(world, ingress, service, ports.find((port) => port.exists) ?? backend.at("servicePort"));
}

const secretOf = (ingress: Part, host: string): string | undefined =>
  ingress
    .at("spec", "tls")
    .items()
    .find((tls) => tls.at("hosts").texts()?.includes(host) ?? true)
    ?.at("secretName")
    .text();

/** A rule with several matches leads each of them on; without any, everything. */
function pathsIn(rule: Part): readonly (string | undefined)[] {
  const paths = rule
    .at("matches")
    .items()
    .map((match) => match.at("path", "value").text());
  return paths.length === 0 ? [undefined] : paths;
}

const withoutHost = (rule: Part): string =>
  `expose: ${sayPlace(rule.place)} names no host; declare one, or nothing is open`;

function exposeRule(found: Behind, rule: Part, hosts: readonly string[]): void {
  if (hosts.length === 0) found.draft.decisions.push(withoutHost(rule));
  for (const host of hosts)
    for (const path of pathsIn(rule)) expose(found, { host, path, secret: undefined, part: rule });
}

function readRoute(world: World, route: Part): void {
  const spec = route.at("spec");
  const rules = spec.at("rules").items();
  const opened = rules.flatMap((rule) =>
    rule
      .at("backendRefs")
      .items()
      .flatMap((backend) => {
        const found = behind(world, route, backend.at("name").text() ?? "", backend.at("port"));
        return found === undefined ? [] : [{ found, rule }];
      }),
  );
  if (opened.length === 0) {
    route.keep("applied as it is: a route of no workload of these files");
    return;
  }
  const hosts = spec.at("hostnames").texts() ?? [];
  for (const { found, rule } of opened) exposeRule(found, rule, hosts);
  spec.at("hostnames").keep("expose[].host");
  spec.at("parentRefs").replace("exposure.gateway of the SecurityBaseline");
  for (const rule of rules) {
    rule.at("backendRefs").keep("expose[].port");
    for (const match of rule.at("matches").items()) match.at("path").keep("expose[].path");
    rule.drop("a route leads to its workload and changes nothing on the way");
  }
  claimReplaced(route, "expose");
}
