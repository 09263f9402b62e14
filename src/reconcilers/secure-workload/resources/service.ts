import type { KubeObject } from "../../../kopf/object.ts";
import { child, type ExpandInput, selectorLabels } from "./input.ts";
import { SERVICE } from "./kinds.ts";

/** A cluster-internal Service for the declared ports; target ports are numbers, since a name can be moved (DRIFT 85). */
export function buildService(input: ExpandInput): KubeObject | undefined {
  const ports = portsOf(input);
  if (ports.length === 0) return undefined;
  return child(SERVICE, input.workload, input.workload.name, { spec: serviceSpec(input, ports) });
}

/** No workload's name ends so: the API refuses it. */
const HEADLESS_SUFFIX = "-pods";

export const headlessName = (workloadName: string): string => `${workloadName}${HEADLESS_SUFFIX}`;

export const workloadOfHeadless = (name: string): string | undefined =>
  name.endsWith(HEADLESS_SUFFIX) ? name.slice(0, -HEADLESS_SUFFIX.length) : undefined;

/** Gives each pod of a StatefulSet a name of its own, while it starts too: members of a cluster must find each other first. */
export function buildHeadlessService(input: ExpandInput): KubeObject | undefined {
  const { workload, spec } = input;
  if (spec.type !== "StatefulSet") return undefined;
  const ports = portsOf(input);
  return child(SERVICE, workload, headlessName(workload.name), {
    spec: {
      ...serviceSpec(input, ports),
      clusterIP: "None",
      publishNotReadyAddresses: true,
    },
  });
}

const portsOf = ({ spec }: ExpandInput) =>
  (spec.ports ?? []).map(({ name, port, servicePort, protocol }) => ({
    name,
    port: servicePort ?? port,
    targetPort: port,
    protocol,
  }));

/** The number by which the workload's Service leads to one of its declared TCP ports. */
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
