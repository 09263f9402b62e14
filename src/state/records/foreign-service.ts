/** Where a Service that is not ours leads, and how it opens that (DRIFT 44 to 48). */
import { type KubeObject, keyOf } from "kopf-ts";

export interface ServiceFacts {
  readonly about: "service";
  /** Undefined for one that selects no pods. */
  readonly selector: Readonly<Record<string, string>> | undefined;
  /** The Service that it is another name of, as `namespace/name`. */
  readonly aliasOf: string | undefined;
  /** The drift case that it is where it leads to our pods, and how it leads there. */
  readonly driftCase: string;
  readonly manner: string;
}

interface ServiceSpec {
  readonly type?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly externalName?: string;
  readonly externalIPs?: readonly string[];
  readonly publishNotReadyAddresses?: boolean;
  readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[];
}

/** Undefined for one that leads nowhere inside the cluster. */
export function serviceFacts(live: KubeObject): ServiceFacts | undefined {
  const spec = (live["spec"] ?? {}) as ServiceSpec;
  const isAlias = spec.type === "ExternalName";
  const aliasOf = isAlias ? serviceNamed(spec.externalName ?? "") : undefined;
  const selector = isAlias || Object.keys(spec.selector ?? {}).length === 0 ? undefined : spec.selector;
  if (aliasOf === undefined && selector === undefined) return undefined;
  return { about: "service", selector, aliasOf, ...openingOf(spec) };
}

/** `web.shop.svc`, with the cluster's domain behind it or a pod's name before it. */
export function serviceNamed(host: string): string | undefined {
  const [, name, namespace] = /^(?:.+\.)?([^.]+)\.([^.]+)\.svc(?:\..*)?$/i.exec(host) ?? [];
  return name === undefined || namespace === undefined
    ? undefined
    : keyOf({ namespace: namespace.toLowerCase(), name: name.toLowerCase() });
}

function openingOf(spec: ServiceSpec): Pick<ServiceFacts, "driftCase" | "manner"> {
  const { type = "ClusterIP", externalIPs = [], publishNotReadyAddresses, ports = [] } = spec;
  if (type === "ExternalName") return { driftCase: "48", manner: "by another name" };
  if (externalIPs.length > 0) return { driftCase: "45", manner: "from external addresses" };
  if (type !== "ClusterIP") return { driftCase: "44", manner: `from outside the cluster, as a ${type}` };
  const targets = [...new Set(ports.map(({ port, targetPort }) => String(targetPort ?? port)))];
  const early = publishNotReadyAddresses === true ? ", before they are ready" : "";
  return { driftCase: "46", manner: `on port ${targets.join(", ").slice(0, 100)}${early}` };
}
