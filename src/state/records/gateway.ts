/** The ways by which hosts can be exposed in this cluster, and which of them the platform team named. Pure. */

import type { KubeObject } from "kopf-ts";
import type { BaselineProblem } from "../../crds/v1alpha1/findings.ts";
import type { ExposureFacts } from "../../expand/input.ts";
import type { ListenerFacts } from "../../expand/listeners.ts";

/** That it is there is all that is asked of it. */
export interface IngressClassRecord {
  readonly name: string;
}

export const shapeIngressClass = ({ metadata: { name } }: KubeObject): IngressClassRecord => ({ name });

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

/** The one way that is used: the Gateway that is named where it is found, else the IngressClass; else none. */
export function offeredWay(named: ExposureFacts, { ingressClass, gateway }: FoundWays): ExposureFacts {
  if (named.gateway !== undefined && gateway !== undefined) {
    return { ingressClass: undefined, gateway: { ...named.gateway, listeners: gateway.listeners } };
  }
  if (named.ingressClass === undefined || ingressClass === undefined) {
    return { ingressClass: undefined, gateway: undefined };
  }
  return { ingressClass: named.ingressClass, gateway: undefined };
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
            "spec.exposure is set but spec.callers.gateway is not, so workloads refuse the gateway's traffic: name the gateway's pods there",
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
  ].join(" or ");
  if (offered.gateway === undefined)
    return { reason: "ExposureUnavailable", message: `spec.exposure: ${names} does not exist, so no host is exposed` };
  return offered.gateway.listeners.length > 0
    ? undefined
    : {
        reason: "ExposureUnavailable",
        message: `spec.exposure: ${names} has no HTTPS listener, so no host is exposed`,
      };
}
