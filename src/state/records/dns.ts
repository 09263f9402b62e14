/** What is kept of a DNS Service and of its pods. Pure. */
import type { KubeObject } from "kopf-ts";

export interface DnsPort {
  readonly protocol: "TCP" | "UDP";
  /** Of the Service. */
  readonly port: number;
  /** Of the pods: a number, or a name that each of them gives a number. */
  readonly target: number | string | undefined;
}

export interface DnsService {
  readonly namespace: string;
  readonly name: string;
  /** Undefined without a selector. */
  readonly podLabels: Readonly<Record<string, string>> | undefined;
  readonly ports: readonly DnsPort[];
}

/** Programs ask the name server of `resolv.conf` on this port; a Service's other ports are for metrics. */
const DNS_PORT = 53;

interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    readonly port: number;
    readonly protocol?: string;
    readonly targetPort?: number | string;
  }[];
}

export function shapeDnsService({ metadata, ...object }: KubeObject): DnsService | undefined {
  const { selector = {}, ports = [] } = (object["spec"] ?? {}) as ServiceSpec;
  const asked = ports.flatMap(({ port, protocol = "TCP", targetPort }) =>
    port === DNS_PORT && (protocol === "TCP" || protocol === "UDP")
      ? [{ protocol, port, target: targetPort } as const]
      : [],
  );
  if (asked.length === 0) return undefined;
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    podLabels: Object.keys(selector).length === 0 ? undefined : selector,
    ports: asked,
  };
}

export interface DnsPod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly name: string; readonly number: number; readonly protocol: string }[];
  /** Its node's, where it is on the host network: no pod selector of a NetworkPolicy matches it there. */
  readonly hostAddresses: readonly string[];
}

interface PodShape {
  readonly spec?: {
    readonly hostNetwork?: boolean;
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly (Container & { readonly restartPolicy?: string })[];
  };
  readonly status?: { readonly podIPs?: readonly { readonly ip: string }[] };
}

interface Container {
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[];
}

/** Undefined for a pod that declares no UDP port, as hardly any but DNS pods do. */
export function shapeDnsPod({ metadata, ...object }: KubeObject): DnsPod | undefined {
  const { spec = {}, status = {} } = object as PodShape;
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const ports = [...(spec.containers ?? []), ...sidecars].flatMap(({ ports = [] }) =>
    ports.map(({ name = "", containerPort, protocol = "TCP" }) => ({ name, number: containerPort, protocol })),
  );
  if (!ports.some(({ protocol }) => protocol === "UDP")) return undefined;
  return {
    namespace: metadata.namespace ?? "",
    labels: metadata.labels ?? {},
    ports,
    hostAddresses: spec.hostNetwork === true ? (status.podIPs ?? []).map(({ ip }) => ip) : [],
  };
}

/** The numbers of a target port on `pods`, in order; more than one while a rollout moves it. */
export function numbersOf({ target, port, protocol }: DnsPort, pods: readonly DnsPod[]): readonly number[] {
  if (target === undefined || target === 0) return [port];
  if (typeof target === "number") return [target];
  const numbers = pods.flatMap(({ ports }) =>
    ports.filter((one) => one.name === target && one.protocol === protocol).map(({ number }) => number),
  );
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Addresses behind a Service, ready or not. */
export function shapeDnsEndpoints(slice: KubeObject): readonly string[] | undefined {
  const endpoints = (slice["endpoints"] ?? []) as readonly { readonly addresses?: readonly string[] }[];
  const addresses = endpoints.flatMap((endpoint) => endpoint.addresses ?? []);
  return addresses.length === 0 ? undefined : addresses;
}
