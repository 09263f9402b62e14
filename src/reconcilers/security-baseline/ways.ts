/** The ways by which hosts can be exposed in this cluster, and which of them the platform team named. Pure. */
import type { KubeObject } from "../../kopf/object.ts";
import type { ExposureFacts } from "../secure-workload/resources/input.ts";
import type { ListenerFacts } from "../secure-workload/resources/listeners.ts";
import type { BaselineProblem } from "./status.ts";

export interface IngressClassRecord {
  readonly controller: string;
}

export const shapeIngressClass = (object: KubeObject): IngressClassRecord => ({
  controller: (object["spec"] as { readonly controller?: string } | undefined)?.controller ?? "",
});

/** A Gateway's listeners that end TLS: no other is ever attached to. */
export interface GatewayRecord {
  readonly listeners: readonly ListenerFacts[];
}

interface Listener {
  readonly name: string;
  readonly hostname?: string;
  readonly protocol: string;
  readonly tls?: { readonly mode?: string };
}

export function shapeGateway(object: KubeObject): GatewayRecord {
  const { listeners = [] } = (object["spec"] ?? {}) as { readonly listeners?: readonly Listener[] };
  return {
    listeners: listeners
      .filter(({ protocol, tls }) => protocol === "HTTPS" && (tls?.mode ?? "Terminate") === "Terminate")
      .map(({ name, hostname }) => ({ name, hostname: hostname === "" ? undefined : hostname })),
  };
}

/** What is found in the cluster under the names of the baseline. */
export interface FoundWays {
  readonly ingressClass: IngressClassRecord | undefined;
  readonly gateway: GatewayRecord | undefined;
}

/**
 * Controllers that hold an Ingress until they have cleaned up behind it, by a finalizer that they would set themselves. It is
 * ours from the start, since any other finalizer is drift (DRIFT 35).
 */
const FINALIZERS: Readonly<Record<string, readonly string[]>> = {
  "ingress.k8s.aws/alb": ["ingress.k8s.aws/resources"],
};

/** The one way that is used: the Gateway that is named where it is found, else the IngressClass; else none. */
export function offeredWay(named: ExposureFacts, { ingressClass, gateway }: FoundWays): ExposureFacts {
  if (named.gateway !== undefined && gateway !== undefined) {
    return { ingressClass: undefined, gateway: { ...named.gateway, listeners: gateway.listeners } };
  }
  if (named.ingressClass === undefined || ingressClass === undefined) {
    return { ingressClass: undefined, gateway: undefined };
  }
  const ingressFinalizers = FINALIZERS[ingressClass.controller] ?? [];
  return { ingressClass: named.ingressClass, gateway: undefined, ingressFinalizers };
}

/** What keeps every host from being exposed although the baseline names a way. */
export function exposureProblems(
  named: ExposureFacts,
  found: FoundWays,
  hasGatewayPods: boolean,
): readonly BaselineProblem[] {
  if (named.gateway === undefined && named.ingressClass === undefined) return [];
  const unavailable = unavailableWay(named, offeredWay(named, found));
  const unknown: readonly BaselineProblem[] = hasGatewayPods
    ? []
    : [
        {
          reason: "GatewayPodsUnknown",
          message:
            "spec.exposure is set and spec.callers.gateway is not: hosts are routed, and the pods that bring the traffic are let in nowhere",
        },
      ];
  return [...(unavailable === undefined ? [] : [unavailable]), ...unknown];
}

function unavailableWay(named: ExposureFacts, offered: ExposureFacts): BaselineProblem | undefined {
  if (offered.ingressClass !== undefined) return undefined;
  const { gateway } = named;
  const names = [
    ...(gateway === undefined ? [] : [`Gateway ${gateway.namespace}/${gateway.name}`]),
    ...(named.ingressClass === undefined ? [] : [`IngressClass ${named.ingressClass}`]),
  ].join(" nor ");
  if (offered.gateway === undefined)
    return { reason: "ExposureUnavailable", message: `spec.exposure: there is no ${names}, so no host is exposed` };
  return offered.gateway.listeners.length > 0
    ? undefined
    : {
        reason: "ExposureUnavailable",
        message: `spec.exposure: ${names} has no HTTPS listener, and no host is exposed without TLS`,
      };
}
