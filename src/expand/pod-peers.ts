/** Pods that belong to no workload, as peers: while a namespace is observed, and where the platform team grants them. */
import { labelsIn, type PodPeer } from "../crds/v1alpha1/pod-peers.ts";
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { selectorText } from "../kubernetes/selectors.ts";
import type { ExpandInput, PlatformFacts, PodsOf } from "./input.ts";

/** The pods that a peer names, in its own namespace unless it names another. */
export const podsNamed = ({ namespace, podLabels }: PodPeer, own: string): PodsOf => ({
  namespace: namespace ?? own,
  podLabels: labelsIn(podLabels),
});

/** Whether the platform team grants these pods: all of its labels, and perhaps more that select fewer. */
export const isGranted = ({ namespace, podLabels }: PodsOf, { pods = [] }: Pick<PlatformFacts, "pods">): boolean =>
  pods.some(
    (granted) =>
      granted.namespace === namespace &&
      Object.entries(granted.podLabels).every(([key, value]) => podLabels[key] === value),
  );

export const arePeers = (
  pods: PodsOf,
  { platform, isObserved }: Pick<ExpandInput, "platform" | "isObserved">,
): boolean => isObserved === true || isGranted(pods, platform);

/** Whether a spec has such peers at all. */
export const namesPods = ({ access }: Pick<SecureWorkloadSpec, "access">): boolean =>
  [...(access?.inbound ?? []), ...(access?.outbound ?? [])].some(({ pods }) => pods !== undefined);

interface NamedPods {
  readonly field: string;
  readonly pods: PodsOf;
}

/** Every such peer of a spec, with the field that names it. */
export const podPeersIn = ({ access }: Pick<SecureWorkloadSpec, "access">, own: string): readonly NamedPods[] =>
  (["inbound", "outbound"] as const).flatMap((direction) =>
    (access?.[direction] ?? []).flatMap(({ pods }) =>
      pods === undefined ? [] : [{ field: `access.${direction}`, pods: podsNamed(pods, own) }],
    ),
  );

/** Those that the platform team does not grant. */
export const ungrantedPods = (
  spec: Pick<SecureWorkloadSpec, "access">,
  platform: Pick<PlatformFacts, "pods">,
  own: string,
): readonly NamedPods[] => podPeersIn(spec, own).filter(({ pods }) => !isGranted(pods, platform));

/** As people write it: `app=web in namespace shop`. */
export const sayPods = ({ namespace, podLabels }: PodsOf): string =>
  `${selectorText(podLabels)} in namespace ${namespace}`;
