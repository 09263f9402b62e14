import { mapChanges, nameOf, type ObjectName, type Source } from "kopf-ts";
import { concernedByImpersonation } from "../../foreign/impersonators.ts";
import { serviceKeys } from "../../foreign/own-children.ts";
import { endsSoon } from "../../foreign/pods.ts";
import { JOB, NETWORK_POLICY, SERVICE } from "../../kubernetes/kinds.ts";
import { workloadOfHeadless } from "../../names.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { isHandedOver } from "../../state/records/child.ts";
import { type ForeignRecord, isForeign } from "../../state/records/foreign.ts";
import { workloadsClaimedBy } from "../../state/records/foreign-controller.ts";
import { claimsOf } from "../../state/records/pod.ts";

export function podSources(state: ClusterState): readonly Source[] {
  const known = (keys: readonly string[]): readonly string[] =>
    keys.filter((key) => state.workloads.get(key) !== undefined);
  return [
    mapChanges(state.pods, ({ new: pod, name }) =>
      pod === undefined || endsSoon(pod) ? [] : known(claimsOf(pod, name.namespace)),
    ),
    mapChanges(state.pods, ({ new: pod, name: { namespace = "" } }) =>
      pod === undefined ? [] : concernedByImpersonation(pod, namespace, state),
    ),
    // A policy that is handed over may have waited for it.
    mapChanges(state.pods, ({ old, new: pod, name: { namespace = "" } }) =>
      pod !== undefined || old?.workload !== undefined
        ? []
        : state.workloads
            .byIndex("namespace", namespace)
            .filter((key) => isHandedOver(state.childrenOf(NETWORK_POLICY).get(key))),
    ),
    mapChanges(state.pods, ({ old, new: pod, name: { namespace = "" } }) =>
      old?.isMirror === true || pod?.isMirror === true ? state.workloads.byIndex("namespace", namespace) : [],
    ),
    // What comes into view may be what a pod was waiting to be compared with.
    ...[state.replicaSets, state.revisions].map((templates) =>
      mapChanges(templates, ({ new: template, name }) =>
        template === undefined ? [] : known(workloadsClaimedBy(template, name.namespace)),
      ),
    ),
    // A CronJob waits for its runs.
    mapChanges(state.childrenOf(JOB), ({ old, new: now, name: { namespace = "" } }) => {
      const run = now?.type === "run" ? now : old;
      const was = old?.type === "run" && old.isWaiting;
      const is = now?.type === "run" && now.isWaiting;
      return run?.type !== "run" || was === is ? [] : known([`${namespace}/${run.workload}`]);
    }),
    mapChanges(state.slices, ({ new: slice, name }) => {
      if (slice === undefined) return [];
      const { namespace = "" } = name;
      const { service, addresses } = slice.facts;
      const pods = addresses.flatMap((address) => state.pods.byIndex("address", `${namespace}/${address}`));
      const behind = pods.flatMap((pod) => state.pods.get(pod)?.workload ?? []);
      const before = candidatesBehind({ namespace, name: service }, state);
      return known([...before, ...behind.map((name) => `${namespace}/${name}`)]);
    }),
  ];
}

/** The workloads that a Service may be by its name, as `namespace/name`, whether they are there or not. */
function candidatesBehind(service: ObjectName, state: ClusterState): readonly string[] {
  const { namespace = "", name } = service;
  const names = [name, workloadOfHeadless(name), state.serviceNames.holderOf(service)?.ref.name];
  return names.flatMap((workload) => (workload === undefined ? [] : [`${namespace}/${workload}`]));
}

/** The workloads that a foreign object may touch. Of roles and bindings their own triggers say so. */
export function touchedBy(
  { facts }: ForeignRecord,
  { namespace = "" }: ObjectName,
  state: ClusterState,
): readonly string[] {
  const all = (): readonly string[] => state.workloads.byIndex("namespace", namespace);
  switch (facts.about) {
    case "route":
      return facts.services.flatMap((service) => [...workloadsBehind(service, state), ...aliasedBy(service, state)]);
    case "service":
      return facts.aliasOf === undefined ? all() : workloadsBehind(facts.aliasOf, state);
    case "network-policy":
      return facts.allows ? all() : [];
    case "budget":
    case "cni-policy":
      return all();
    case "pod-controller":
      return workloadsClaimedBy(facts, namespace).flatMap((key) =>
        state.workloads.get(key) === undefined ? (state.oldestIn(namespace)?.key ?? []) : key,
      );
    case "autoscaler":
      return [`${namespace}/${facts.workload}`].filter((key) => state.workloads.get(key) !== undefined);
    default:
      return [];
  }
}

/** The workload whose Service this is by its name. */
function workloadsBehind(service: string, state: ClusterState): readonly string[] {
  return candidatesBehind(nameOf(service), state).filter((key) => {
    const workload = state.workloads.get(key);
    return workload !== undefined && serviceKeys(workload, state).includes(service);
  });
}

/** A route may lead to another name of the Service. */
function aliasedBy(service: string, state: ClusterState): readonly string[] {
  const record = state.childrenOf(SERVICE).get(service);
  return isForeign(record, "service") && record.facts.aliasOf !== undefined
    ? workloadsBehind(record.facts.aliasOf, state)
    : [];
}
