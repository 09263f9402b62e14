import { nameOf, type Resource } from "kopf-ts";
import { CLUSTER_READ_VERBS } from "../../crds/v1alpha1/cluster-reads.ts";
import type { Limit } from "../../crds/v1alpha1/findings.ts";
import { sayPods, ungrantedPods } from "../../expand/pod-peers.ts";
import { hasSchedule } from "../../expand/replicas.ts";
import type { Installation } from "../../installation.ts";
import { HORIZONTAL_POD_AUTOSCALER, POD_MONITOR, SCALED_OBJECT, SERVICE_MONITOR } from "../../kubernetes/kinds.ts";
import { ownClaimName } from "../../names.ts";
import { fixedText, growingText, standingOfClaim } from "../../plan/claims.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { unboundReads } from "../../state/excess-rights.ts";
import { permissionLimits } from "../../state/grants/permissions.ts";
import { placementShortage } from "../../state/records/node.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { protectedWhole } from "../namespace/lists.ts";

export function limitsOf(workload: WorkloadRecord, state: ClusterState): readonly Limit[] {
  const { spec } = workload;
  if (spec === undefined) return [];
  const shortage = placementShortage(spec.placement, state.nodeOffers());
  const dns = state.cluster.dnsShortage();
  return [
    ...scheduleLimit(workload, state),
    ...noticeLimit(HORIZONTAL_POD_AUTOSCALER, workload, state),
    ...noticeLimit(SCALED_OBJECT, workload, state),
    ...monitoringLimit(workload, state),
    ...claimLimits(workload, state),
    ...claimSizeLimits(workload, state),
    ...goneReferences(workload, state),
    ...internetLimit(workload, state),
    ...podPeersLimit(workload, state),
    ...permissionLimits(spec, workload.ref, state.platform(workload.ref.namespace), accountOf(state.installation)),
    ...clusterReadLimit(workload, state),
    ...listsLimit(workload, state),
    ...labelsLimit(workload, state),
    ...(shortage === undefined ? [] : [{ reason: "PlacementUnavailable", message: shortage } as const]),
    ...(dns === undefined ? [] : [{ reason: "ClusterDNSEmpty", message: dns } as const]),
  ];
}

const accountOf = ({ namespace, account }: Installation): string => `${namespace}:${account}`;

function internetLimit({ spec, ref }: WorkloadRecord, state: ClusterState): readonly Limit[] {
  const isAsked = (spec?.access?.outbound ?? []).some(({ internet }) => internet === true);
  if (!isAsked || state.platform(ref.namespace).internet !== undefined) return [];
  const message =
    "access.outbound: the internet is not granted to this namespace, so that way stays closed: ask the platform team to set internet: true for it in SecurityBaseline/cluster, or name a host";
  return [{ reason: "InternetNotGranted", message }];
}

function podPeersLimit({ spec, ref }: WorkloadRecord, state: ClusterState): readonly Limit[] {
  if (spec === undefined) return [];
  const ungranted = ungrantedPods(spec, state.platform(ref.namespace), ref.namespace);
  if (ungranted.length === 0) return [];
  const named = listed([...new Set(ungranted.map(({ field, pods }) => `${field}: ${sayPods(pods)}`))]);
  const until =
    state.enrolmentOf(ref.namespace) === "Observing"
      ? "are peers only while this namespace is Observing"
      : "are no peers any more, so that way is closed";
  const message = `pods that are no workload's ${until} (${named}): declare them as a SecureWorkload, or ask the platform team to list them under namespaces.pods in SecurityBaseline/cluster`;
  return [{ reason: "PodPeersNotGranted", message }];
}

/** Palisade makes no ClusterRoleBinding, since nothing would end it with its workload while no operator runs: the platform team does. */
function clusterReadLimit(workload: WorkloadRecord, state: ClusterState): readonly Limit[] {
  const unbound = unboundReads(workload, state);
  if (unbound.length === 0) return [];
  const { namespace, name } = workload.ref;
  const role = `${namespace}-${name}-reads`;
  const create = `kubectl create clusterrole ${role} --verb=${CLUSTER_READ_VERBS.join()} --resource=${unbound.join()}`;
  const bind = `kubectl create clusterrolebinding ${role} --clusterrole=${role} --serviceaccount=${namespace}:${name}`;
  const message = `clusterReads: ${unbound.join(", ")} is granted, but nothing binds it to the workload's account: ask the platform team to run ${create} && ${bind}`;
  return [{ reason: "ClusterReadNotBound", message }];
}

/** Labels by which something of somebody else's would come upon the pods. */
function labelsLimit({ ref }: WorkloadRecord, { handedLabels }: ClusterState): readonly Limit[] {
  const { withheld } = handedLabels.wanted(ref);
  if (withheld.length === 0) return [];
  const named = [...new Set(withheld.map(({ label, by }) => `label ${label}: ${by}`))].sort();
  const message = `pods do not have what the workload is labelled with, since others select pods by it (${listed(named)}): rename the label, or remove what selects by it`;
  return [{ reason: "LabelsNotHandedOn", message }];
}

/** More names than a namespace can tell the API server: it protects every object of the kind. */
function listsLimit({ ref: { namespace } }: WorkloadRecord, state: ClusterState): readonly Limit[] {
  const record = state.namespaces.get(namespace);
  const kinds = record === undefined ? [] : protectedWhole(record);
  if (kinds.length === 0) return [];
  const message = `the workloads of this namespace name more objects than it can list for the API server, so every ${kinds.join(" and every ")} here is protected as if a workload named it: name fewer, or use several namespaces`;
  return [{ reason: "ListsFull", message }];
}

/** Pods keep the copy of a ConfigMap that somebody deleted: they run on, and a new spec finds nothing else. */
function goneReferences(workload: WorkloadRecord, state: ClusterState): readonly Limit[] {
  const gone = state.references.goneConfigMaps(workload);
  if (gone.length === 0) return [];
  const message = `ConfigMap ${gone.join(", ")} does not exist any more, so pods keep what it held last: create it again, or remove it from the spec`;
  return [{ reason: "ReferenceGone", message }];
}

/** Pods in a user namespace cannot mount every filesystem; those in the host's can. */
function claimLimits(workload: WorkloadRecord, state: ClusterState): readonly Limit[] {
  const { key, ref, spec } = workload;
  const inUserNamespace =
    state.identityOf(workload)?.userNamespace === true && !state.exceptions.lifted(key).has("no-host-users");
  if (!inUserNamespace) return [];
  const volumes = state.cluster.unmappable
    .byIndex("namespace", ref.namespace)
    .flatMap((volume) => state.cluster.unmappable.get(volume) ?? []);
  const found = (spec?.claims ?? []).flatMap(({ name, existing }) => {
    const isOf = (claim: string): boolean =>
      existing === undefined ? isClaimOf(nameOf(claim).name, name, ref.name) : nameOf(claim).name === existing;
    const what = volumes.find(({ claim }) => isOf(claim))?.what;
    return what === undefined ? [] : [`${name} (${what})`];
  });
  if (found.length === 0) return [];
  const message = `claims: ${found.join(", ")}: this filesystem cannot be mapped into the user namespace of the pods (KEP-127), so they may not start. Use a StorageClass with ext4 or xfs on a disk, or ask the platform team for a SecurityException that lifts no-host-users`;
  return [{ reason: "ClaimNotMappable", message }];
}

/** A StatefulSet calls the claim of each pod by the template's name, its own and the pod's number; a Deployment has one, without a number. */
function isClaimOf(claim: string, template: string, workload: string): boolean {
  const own = ownClaimName(workload, template);
  return claim === own || (claim.startsWith(`${own}-`) && /^[0-9]+$/.test(claim.slice(own.length + 1)));
}

function scheduleLimit({ spec }: WorkloadRecord, state: ClusterState): readonly Limit[] {
  const scheduled = spec?.autoscaling !== undefined && hasSchedule(spec.autoscaling);
  if (!scheduled || state.isServed(SCALED_OBJECT)) return [];
  const message =
    "autoscaling.schedule has no effect: KEDA (ScaledObject, keda.sh/v1alpha1) is not installed in this cluster";
  return [{ reason: "AutoscalerUnavailable", message }];
}

function noticeLimit(resource: Resource, { key, ref }: WorkloadRecord, state: ClusterState): readonly Limit[] {
  const record = state.childrenOf(resource).get(key);
  if (record?.type !== "child" || record.notice === undefined) return [];
  const message = `${resource.kind}/${ref.name} cannot scale (${record.notice}), so the number of pods stays: run kubectl describe on it`;
  return [{ reason: "AutoscalerUnavailable", message }];
}

function monitoringLimit({ spec, ref }: WorkloadRecord, state: ClusterState): readonly Limit[] {
  if (spec?.monitoring === undefined) return [];
  if (state.platform(ref.namespace).monitoring === undefined) {
    const message =
      "monitoring.port stays closed because the SecurityBaseline does not name the monitoring pods: ask the platform team to set callers.monitoring";
    return [{ reason: "MonitoringUnknown", message }];
  }
  if ([SERVICE_MONITOR, POD_MONITOR].every((resource) => state.isServed(resource))) return [];
  const message =
    "monitoring has no effect: ServiceMonitor and PodMonitor (monitoring.coreos.com/v1) are not both installed in this cluster";
  return [{ reason: "MonitoringUnavailable", message }];
}

/** How many claims a message names. */
const MAX_CLAIMS = 4;

function claimSizeLimits(workload: WorkloadRecord, state: ClusterState): readonly Limit[] {
  const fixed = state.claims.of(workload).filter((view) => ["fixed", "foreign"].includes(standingOfClaim(view)));
  if (fixed.length === 0) return [];
  return [{ reason: "ClaimSizesDiffer", message: listed(fixed.map(fixedText)) }];
}

/** Claims that ask for their declared size and do not have it yet; undefined where there is none. */
export function growingClaims(
  workload: WorkloadRecord,
  state: ClusterState,
): { readonly count: number; readonly message: string } | undefined {
  const growing = state.claims.of(workload).filter((view) => ["small", "growing"].includes(standingOfClaim(view)));
  return growing.length === 0 ? undefined : { count: growing.length, message: listed(growing.map(growingText)) };
}

const listed = (texts: readonly string[]): string => {
  const more = texts.length > MAX_CLAIMS ? `; and ${texts.length - MAX_CLAIMS} more` : "";
  return `${texts.slice(0, MAX_CLAIMS).join("; ")}${more}`;
};
