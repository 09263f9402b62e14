import type { KubeObject } from "kopf-ts";
import { SERVICE } from "../kubernetes/kinds.ts";
import { headlessName } from "../names.ts";
import { child, type ExpandInput, selectorLabels } from "./input.ts";
import { type ChosenName, chosenNames, governingName, ownName } from "./service-names.ts";

/** A cluster-internal Service for the declared ports; target ports are numbers, since a named port can be moved (DRIFT 85). */
export function buildService(input: ExpandInput): KubeObject | undefined {
  const { workload, spec } = input;
  const { headless, governs } = ownName(workload.name, spec) ?? {};
  if (governs !== true && headless !== true && portsOf(input).length === 0) return undefined;
  return named(input, { name: workload.name, headless, governs });
}

/** Gives each pod of a StatefulSet a DNS name, unless the spec chooses another name for that. */
export function buildHeadlessService(input: ExpandInput): KubeObject | undefined {
  const { workload, spec } = input;
  const name = headlessName(workload.name);
  return spec.type === "StatefulSet" && governingName(workload.name, spec) === name
    ? child(SERVICE, workload, name, { spec: governingSpec(input) })
    : undefined;
}

/** The Service of one of `spec.serviceNames`; undefined for a name that is not there, or not the workload's to have. */
export function buildNamedService(input: ExpandInput, name: string): KubeObject | undefined {
  const entry = chosenNames(input.workload.name, input.spec).find((one) => one.name === name);
  return entry === undefined || input.withheldNames?.includes(name) === true ? undefined : named(input, entry);
}

const named = (input: ExpandInput, { name, headless, governs }: ChosenName): KubeObject =>
  child(SERVICE, input.workload, name, {
    spec: governs === true ? governingSpec(input) : namedSpec(input, headless === true),
  });

const namedSpec = (input: ExpandInput, isHeadless: boolean) => ({
  ...serviceSpec(input, portsOf(input)),
  ...(isHeadless ? { clusterIP: "None" } : affinityOf(input)),
});

/** Names pods before they are ready too: members of a cluster must find each other first. */
const governingSpec = (input: ExpandInput) => ({
  ...serviceSpec(input, portsOf(input)),
  clusterIP: "None",
  publishNotReadyAddresses: true,
});

/** Kubernetes' own default, spelled out. */
const AFFINITY_SECONDS = 10_800;

const affinityOf = ({ spec }: ExpandInput) =>
  spec.sessionAffinity === "ClientIP"
    ? { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: AFFINITY_SECONDS } } }
    : {};

const portsOf = ({ spec }: ExpandInput) =>
  (spec.ports ?? []).map(({ name, port, servicePort, protocol, appProtocol }) => ({
    name,
    port: servicePort ?? port,
    targetPort: port,
    protocol,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }));

/** The Service's port number for one of the declared TCP ports. */
export const servicePortOf = ({ ports = [] }: ExpandInput["spec"], port: number): number =>
  ports.find((declared) => declared.port === port && declared.protocol === "TCP")?.servicePort ?? port;

const serviceSpec = ({ workload }: ExpandInput, ports: readonly object[]) => ({
  type: "ClusterIP",
  selector: selectorLabels(workload),
  ...(ports.length === 0 ? {} : { ports }),
  sessionAffinity: "None",
  internalTrafficPolicy: "Cluster",
  ipFamilyPolicy: "PreferDualStack",
});
