/** Ways that are closed to the operator's own pod: what a network plugin that enforces NetworkPolicy lets nobody through. Pure. */
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";

export interface Target {
  /** Namespace and name of the pod. */
  readonly pod: string;
  readonly address: string;
  readonly port: number;
}

/** The TCP ports of a workload that its declared access closes to pods of `namespace`; none where that cannot be told for sure. */
export function portsClosedTo(
  namespace: string,
  ownNamespace: string,
  { ports = [], access }: SecureWorkloadSpec,
): readonly number[] {
  const couldLetIn = (access?.inbound ?? []).some(
    (peer) =>
      peer.cidr !== undefined ||
      peer.kubernetesAPI === true ||
      peer.gateway === true ||
      peer.monitoring === true ||
      (peer.namespace ?? ownNamespace) === namespace,
  );
  return couldLetIn ? [] : ports.filter(({ protocol }) => protocol === "TCP").map(({ port }) => port);
}
