/** Services that are not ours, kept as where they lead and how they open it (DRIFT 44 to 48). */
import { type KubeObject, keyOf } from "../kopf/object.ts";
import type { Culprit } from "../plan/culprit.ts";

export interface ForeignServiceRecord {
  readonly type: "foreign-service";
  readonly uid: string;
  /** Undefined for one that selects no pods. */
  readonly selector: Readonly<Record<string, string>> | undefined;
  /** The Service that it is another name of, as `namespace/name`. */
  readonly aliasOf: string | undefined;
  /** The number of the drift case that it is where it leads to our pods, and how. */
  readonly driftCase: string;
  readonly manner: string;
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
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
export function shapeForeignService(
  live: KubeObject,
  culprit: Culprit | undefined,
  seenMs: number,
): ForeignServiceRecord | undefined {
  const spec = (live["spec"] ?? {}) as ServiceSpec;
  const aliasOf = spec.type === "ExternalName" ? serviceNamed(spec.externalName ?? "") : undefined;
  const selects = spec.type !== "ExternalName" && Object.keys(spec.selector ?? {}).length > 0;
  if (aliasOf === undefined && !selects) return undefined;
  return {
    type: "foreign-service",
    uid: live.metadata.uid ?? "",
    selector: selects ? spec.selector : undefined,
    aliasOf,
    ...openingOf(spec),
    culprit,
    seenMs,
  };
}

/** `web.shop.svc`, with the cluster's domain behind it or a pod's name before it. */
export function serviceNamed(host: string): string | undefined {
  const [, name, namespace] = /^(?:.+\.)?([^.]+)\.([^.]+)\.svc(?:\..*)?$/i.exec(host) ?? [];
  return name === undefined || namespace === undefined
    ? undefined
    : keyOf({ namespace: namespace.toLowerCase(), name: name.toLowerCase() });
}

function openingOf(spec: ServiceSpec): Pick<ForeignServiceRecord, "driftCase" | "manner"> {
  const { type = "ClusterIP", externalIPs = [], publishNotReadyAddresses, ports = [] } = spec;
  if (type === "ExternalName") return { driftCase: "48", manner: "by another name" };
  if (externalIPs.length > 0) return { driftCase: "45", manner: "from external addresses" };
  if (type !== "ClusterIP") return { driftCase: "44", manner: `from outside the cluster, as a ${type}` };
  const targets = [...new Set(ports.map(({ port, targetPort }) => String(targetPort ?? port)))];
  const early = publishNotReadyAddresses === true ? ", before they are ready" : "";
  return { driftCase: "46", manner: `on port ${targets.join(", ").slice(0, 100)}${early}` };
}
