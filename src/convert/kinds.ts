/** Which objects are read, and which are applied as they are. */
import { readCopyName } from "../expand/configs.ts";
import type { Part } from "./ledger.ts";
import { nameOf } from "./world.ts";

const CORE = /^v1$/;
const RBAC = /^rbac\.authorization\.k8s\.io\//;
const NETWORKING = /^(networking\.k8s\.io|extensions)\//;
const MONITORING = /^monitoring\.coreos\.com\//;

/** By kind, in which API group: others have kinds of these names too. */
const READ: Readonly<Record<string, RegExp>> = {
  Service: CORE,
  Ingress: NETWORKING,
  HTTPRoute: /^gateway\.networking\.k8s\.io\//,
  HorizontalPodAutoscaler: /^autoscaling\//,
  ScaledObject: /^keda\.sh\//,
  PodDisruptionBudget: /^policy\//,
  NetworkPolicy: NETWORKING,
  ServiceAccount: CORE,
  Role: RBAC,
  RoleBinding: RBAC,
  ClusterRole: RBAC,
  ClusterRoleBinding: RBAC,
  ServiceMonitor: MONITORING,
  PodMonitor: MONITORING,
};

const kindIn = (part: Part): string => part.at("kind").text() ?? "";

export function isRead(part: Part): boolean {
  const kind = kindIn(part);
  return Object.hasOwn(READ, kind) && READ[kind]?.test(part.at("apiVersion").text() ?? "") === true;
}

/** The kind of what is read, and of ConfigMaps, in which addresses stand. Of anything else it says its API too. */
export const kindOf = (part: Part): string =>
  isRead(part) || kindIn(part) === "ConfigMap" ? kindIn(part) : `${part.at("apiVersion").text() ?? ""} ${kindIn(part)}`;

/** What Palisade makes of a ConfigMap. */
export const isCopy = (part: Part): boolean =>
  kindIn(part) === "ConfigMap" && readCopyName(nameOf(part)) !== undefined && part.at("immutable").value === true;
