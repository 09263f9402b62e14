/** Services: the name that callers use, the ports that they call, and what is open to the outside. */
import { ports } from "../../crds/v1alpha1/container.ts";
import { serviceNames } from "../../crds/v1alpha1/service-names.ts";
import { addTo, type Draft, defined, evidenceOf, set } from "../draft.ts";
import { claimByName, type Fates, fix } from "../fate.ts";
import { type Part, sayPlace } from "../ledger.ts";
import { takes } from "../takes.ts";
import { isSelectedBy, nameOf, objectsOf, type World } from "../world.ts";
import { freeName } from "./pod.ts";
import { claimMetadata, plainName } from "./workload.ts";

type Fields = Record<string, unknown>;

const isHeadless = (service: Part): boolean => service.at("spec", "clusterIP").text() === "None";

const isStatefulSet = ({ object }: Draft): boolean => object.at("kind").text() === "StatefulSet";
const governingPart = ({ object }: Draft): Part => object.at("spec", "serviceName");

/**
 * A workload whose Services all have other names takes that of the first: callers know nothing else. Pods of a StatefulSet keep their names, and so
 * does it.
 */
export function nameAfterServices(world: World): void {
  for (const draft of world.drafts) {
    const services = objectsOf(world, "Service").filter((service) => isSelectedBy(service, draft));
    const names = services.map(nameOf);
    for (const name of names) draft.aliases.add(name);
    const [first] = services.filter((service) => !isHeadless(service)).concat(services);
    if (first === undefined || names.includes(draft.name) || isStatefulSet(draft)) continue;
    const wanted = plainName(nameOf(first));
    if (world.drafts.some((other) => other !== draft && other.name === wanted && other.namespace === draft.namespace))
      continue;
    draft.evidence.set("metadata.name", evidenceOf(first, `callers use the name of the Service ${nameOf(first)}`));
    draft.name = wanted;
  }
}

/** Two workloads of one name are one for the cluster, and one file here. */
export function tellTwins({ drafts, namespace }: World): void {
  const seen = new Map<string, Draft>();
  for (const draft of drafts) {
    const key = `${draft.namespace ?? namespace}/${draft.name}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, draft);
    else
      draft.decisions.push(
        `metadata.name: ${sayPlace(first.object.place)} is called ${draft.name} as well, and one of the two is written; convert them apart`,
      );
  }
}

export function readServices(world: World): void {
  for (const service of objectsOf(world, "Service")) {
    const drafts = world.drafts.filter((draft) => isSelectedBy(service, draft));
    if (drafts.length === 0) service.keep("applied as it is: it selects no workload of these files");
    for (const draft of drafts) readService(draft, service);
    nameAmong(world, drafts, service);
    claimService(service, drafts);
  }
  for (const draft of world.drafts) governingPart(draft).replace("a headless Service of the workload's own");
}

function readService(draft: Draft, service: Part): void {
  readAffinity(draft, service);
  for (const port of service.at("spec", "ports").items()) servePort(draft, port, isHeadless(service));
  const type = service.at("spec", "type").text();
  if (type === "LoadBalancer" || type === "NodePort")
    draft.decisions.push(
      `expose: the Service ${nameOf(service)} was open to the outside (${type}); declare a host under expose, or nothing is open`,
    );
}

/** A name is one workload's. */
function nameAmong({ drafts: all, namespace }: World, drafts: readonly Draft[], service: Part): void {
  const name = nameOf(service);
  const isIn = (draft: Draft): boolean => (draft.namespace ?? namespace) === (drafts[0]?.namespace ?? namespace);
  const owner = all.find((draft) => draft.name === name && isIn(draft)) ?? drafts[0];
  for (const draft of drafts) {
    if (draft === owner) readName(draft, service);
    else
      draft.decisions.push(
        `serviceNames: the Service ${name} led to ${draft.name} too, and is ${owner?.name ?? ""}'s alone now; callers of ${draft.name} need another name`,
      );
  }
}

type Role = "plain" | "headless" | "governing";

function roleOf(draft: Draft, service: Part): Role {
  if (!isHeadless(service)) return "plain";
  return isStatefulSet(draft) && governingPart(draft).text() === nameOf(service) ? "governing" : "headless";
}

const ENTRIES: Readonly<Record<Role, Fields>> = {
  plain: {},
  headless: { headless: true },
  governing: { governs: true },
};

/** What callers know it by, beside the names that it has anyway. */
function readName(draft: Draft, service: Part): void {
  const name = nameOf(service);
  const role = roleOf(draft, service);
  const hasAnyway: Readonly<Partial<Record<Role, string>>> = { plain: draft.name, governing: `${draft.name}-pods` };
  if (name === hasAnyway[role]) return;
  const entry = { name, ...ENTRIES[role] };
  if (!takes(serviceNames, [...((draft.spec["serviceNames"] ?? []) as unknown[]), entry])) {
    draft.decisions.push(`serviceNames: callers of the Service ${name} must call ${draft.name}, or keep that Service`);
    return;
  }
  addTo(draft, "serviceNames", entry, evidenceOf(service, `callers use the name of the Service ${name}`));
  service.at("metadata", "name").keep("serviceNames");
  if (role !== "plain") service.at("spec", "clusterIP").keep("serviceNames");
  if (role !== "governing") return;
  governingPart(draft).keep("serviceNames");
  service.at("spec", "publishNotReadyAddresses").keep("serviceNames");
}

/** The port of the pod, with the number that callers use. */
function servePort(draft: Draft, port: Part, headless: boolean): void {
  const served = port.at("port").number();
  const number = targetOf(draft, port) ?? served;
  if (number === undefined || served === undefined) return;
  draft.servedPorts.add(number);
  const protocol = protocolOf(port);
  const declared = (draft.spec["ports"] ?? []) as Fields[];
  const known = declared.find((one) => one["port"] === number && one["protocol"] === protocol);
  const servicePort = served === number || headless ? undefined : served;
  const appProtocol = appProtocolOf(draft, port);
  if (known === undefined) {
    const name = freeName(port.at("name").text() ?? `port-${number}`, declared);
    const entry = defined({ name, port: number, servicePort, protocol, appProtocol });
    addTo(draft, "ports", entry, evidenceOf(port, "the Service leads to it"));
    return;
  }
  servedAs(draft, known, servicePort, port);
  speaks(draft, known, appProtocol, port);
}

function appProtocolOf(draft: Draft, port: Part): string | undefined {
  const part = port.at("appProtocol");
  const appProtocol = part.text();
  if (appProtocol === undefined || takes(ports, [{ port: 1, appProtocol }])) return part.keep("ports").text();
  part.drop("is no name of a protocol");
  draft.decisions.push(`ports: ${sayPlace(part.place)} is no name of a protocol such as http or kubernetes.io/h2c`);
  return undefined;
}

/** The first Service that says it counts. */
function speaks(draft: Draft, known: Fields, appProtocol: string | undefined, port: Part): void {
  if (appProtocol === undefined) return;
  known["appProtocol"] ??= appProtocol;
  if (known["appProtocol"] !== appProtocol)
    draft.decisions.push(
      `ports: ${sayPlace(port.place)} says that ${String(known["port"])} speaks ${appProtocol}, and another Service ${String(known["appProtocol"])}; keep one`,
    );
}

/** Kubernetes' own default. */
const AFFINITY_SECONDS = 10_800;

/** A headless Service sends nobody anywhere. */
function readAffinity(draft: Draft, service: Part): void {
  const part = service.at("spec", "sessionAffinity");
  if (part.text() !== "ClientIP" || isHeadless(service)) return;
  part.keep("sessionAffinity");
  set(draft, "sessionAffinity", "ClientIP");
  const timeout = service.at("spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds");
  const seconds = timeout.number() ?? AFFINITY_SECONDS;
  if (seconds === AFFINITY_SECONDS) timeout.keep("sessionAffinity");
  else
    draft.decisions.push(
      `sessionAffinity: ${sayPlace(timeout.place)} kept a client at its pod for ${seconds} seconds; now it is three hours`,
    );
}

/** TCP goes without saying. */
function protocolOf(port: Part): string | undefined {
  const protocol = port.at("protocol").text();
  return protocol === "TCP" ? undefined : protocol;
}

/** By number or by name. */
function targetOf(draft: Draft, port: Part): number | undefined {
  const target = port.at("targetPort");
  return target.number() ?? draft.portNames.get(target.text() ?? "");
}

/** A port has one number in the Service; the first Service counts. */
function servedAs(draft: Draft, known: Fields, served: number | undefined, port: Part): void {
  if (served === undefined) return;
  const taken = ((draft.spec["ports"] ?? []) as Fields[]).some((one) => (one["servicePort"] ?? one["port"]) === served);
  if (known["servicePort"] === undefined && !taken) known["servicePort"] = served;
  else if (known["servicePort"] !== served)
    draft.decisions.push(
      `ports: ${port.place.file}:${port.place.line} serves ${String(known["port"])} as ${served} too; callers must use one number`,
    );
}

const SERVICE_FIXED: Fates = {
  type: fix("ClusterIP: expose opens hosts to the outside"),
  clusterIP: fix("the API server chooses it"),
  clusterIPs: fix("the API server chooses it"),
  ipFamilies: fix("the API server chooses them"),
  ipFamilyPolicy: fix("PreferDualStack"),
  sessionAffinity: fix("None"),
  sessionAffinityConfig: fix("three hours"),
  internalTrafficPolicy: fix("Cluster"),
  externalTrafficPolicy: fix("ClusterIP: expose opens hosts to the outside"),
  externalIPs: fix("ClusterIP: expose opens hosts to the outside"),
  externalName: fix("ClusterIP: expose opens hosts to the outside"),
  loadBalancerIP: fix("ClusterIP: expose opens hosts to the outside"),
  loadBalancerSourceRanges: fix("ClusterIP: expose opens hosts to the outside"),
  loadBalancerClass: fix("ClusterIP: expose opens hosts to the outside"),
  allocateLoadBalancerNodePorts: fix("ClusterIP: expose opens hosts to the outside"),
  healthCheckNodePort: fix("ClusterIP: expose opens hosts to the outside"),
  publishNotReadyAddresses: fix("only the governing Service of a StatefulSet names pods that are not ready"),
  trafficDistribution: fix("the API server's default"),
};

function claimService(service: Part, drafts: readonly Draft[]): void {
  if (drafts.length === 0) return;
  const spec = service.at("spec");
  spec.at("selector").replace("the workload's own label");
  for (const port of spec.at("ports").items()) {
    port.at("nodePort").fix("rule: no port of a node is open");
    port.at("appProtocol").keep("ports");
    for (const field of ["name", "port", "targetPort", "protocol"]) port.at(field).keep("ports");
  }
  claimByName(spec, SERVICE_FIXED);
  claimReplaced(service, "the workload's Service");
}

/** Of an object that Palisade makes by itself: what it is called and marked with. */
export function claimReplaced(object: Part, by: string): void {
  object.at("apiVersion").replace(by);
  object.at("kind").replace(by);
  for (const field of ["name", "namespace", "labels", "annotations"]) object.at("metadata", field).replace(by);
  claimMetadata(object);
}
