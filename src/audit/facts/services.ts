/** Services, and whether they answer the internet. Pure. */
import type { Sighting } from "../place.ts";
import { labelsIn, type Raw, record, records, scalar, text, texts } from "../raw.ts";
import type { Service, ServiceName, ServicePort } from "./model.ts";

/** Load balancers of clouds that stay in the own network, by annotation. */
const INTERNAL: readonly (readonly [key: string, value: RegExp])[] = [
  ["service.beta.kubernetes.io/aws-load-balancer-internal", /^(?!false$)/],
  ["service.beta.kubernetes.io/aws-load-balancer-scheme", /^internal$/],
  ["service.beta.kubernetes.io/azure-load-balancer-internal", /^true$/],
  ["networking.gke.io/load-balancer-type", /^internal$/i],
  ["cloud.google.com/load-balancer-type", /^internal$/i],
  ["service.beta.kubernetes.io/openstack-internal-load-balancer", /^true$/],
  ["service.beta.kubernetes.io/oci-load-balancer-internal", /^true$/],
  ["load-balancer.hetzner.cloud/disable-public-network", /^true$/],
];

const EVERYWHERE = /^(0\.0\.0\.0\/0|::\/0)$/;

/** Whether some networks are named that may call, and none of them is the whole internet. */
export const isOfNetworks = (sources: readonly string[]): boolean => {
  const named = sources.map((cidr) => cidr.trim()).filter((cidr) => cidr !== "");
  return named.length > 0 && !named.some((cidr) => EVERYWHERE.test(cidr));
};

/** As the field was before it was one; it still counts where the field is empty. */
const SOURCES = "service.beta.kubernetes.io/load-balancer-source-ranges";

export function serviceOf(sighting: Sighting): Service {
  const { object, namespace, name, ref, at } = sighting;
  const spec = record(object["spec"]);
  const externalIPs = texts(spec["externalIPs"]);
  const type = text(spec["type"]) ?? "ClusterIP";
  return {
    id: ref,
    namespace,
    name,
    type,
    selector: labelsIn(spec["selector"]),
    ports: records(spec["ports"]).flatMap(portOf),
    externalIPs,
    alias: type === "ExternalName" ? aliasIn(text(spec["externalName"]) ?? "") : undefined,
    open: openOf(sighting, spec, type),
    place: at(),
  };
}

/** `web.shop.svc`, with the domain of the cluster or without. */
function aliasIn(host: string): ServiceName | undefined {
  const [, name, namespace] = /^([^.]+)\.([^.]+)\.svc(\.|$)/.exec(host) ?? [];
  return name === undefined || namespace === undefined ? undefined : { namespace, name };
}

function openOf({ object, at }: Sighting, spec: Raw, type: string): Service["open"] {
  if (texts(spec["externalIPs"]).length > 0) return { words: "external address", place: at("spec", "externalIPs") };
  if (type === "NodePort") return { words: "NodePort", place: at("spec", "type") };
  if (type !== "LoadBalancer") return undefined;
  const annotations = object.metadata.annotations ?? {};
  if (INTERNAL.some(([key, value]) => annotations[key] !== undefined && value.test(annotations[key]))) return undefined;
  const sources = texts(spec["loadBalancerSourceRanges"]);
  return isOfNetworks(sources.length > 0 ? sources : (text(annotations[SOURCES]) ?? "").split(","))
    ? undefined
    : { words: "LoadBalancer", place: at("spec", "type") };
}

function portOf(raw: Raw): readonly ServicePort[] {
  const port = Number(raw["port"]);
  if (!Number.isInteger(port)) return [];
  const { targetPort, nodePort } = raw;
  return [
    {
      name: text(raw["name"]),
      port,
      targetPort: typeof targetPort === "string" || typeof targetPort === "number" ? targetPort : port,
      protocol: scalar(raw["protocol"]) ?? "TCP",
      nodePort: typeof nodePort === "number" && nodePort > 0 ? nodePort : undefined,
    },
  ];
}
