/** Puts the reconcilers on an operator, as a table: what each is about, what wakes it, and which replica runs it. */

import {
  mapChanges,
  nameOf,
  type Operator,
  type ReconcileHandler,
  type ReconcileOptions,
  type Resource,
} from "kopf-ts";
import { CONTROL_PLANE_POLICY } from "../admission/control-plane.ts";
import { POD_GUARDS } from "../admission/pods.ts";
import { type AdmissionPolicy, admissionObjects } from "../admission/policy.ts";
import { SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION } from "../crds/group.ts";
import { KEEPER_NAME } from "../installation.ts";
import { NAMESPACE } from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import { AdmissionState } from "./admission/state.ts";
import { MissingChildren } from "./apply/missing-children.ts";
import { ControlPlaneProbe } from "./control-plane/probe.ts";
import { createDeps, type StateOptions } from "./create-state.ts";
import type { Deps } from "./deps.ts";
import { watchDisruptions } from "./disruptions/reconciler.ts";
import { measureWorld } from "./metrics.ts";
import { EnrolmentBlockers } from "./namespace/enrolment-blockers.ts";
import { createHeldElsewhere, heldElsewhereSources } from "./namespace/held-elsewhere.ts";
import { createFirstLook, firstLookSources } from "./namespace/initial-list.ts";
import { createNamespaceReconciler } from "./namespace/reconciler.ts";
import { namespaceSources } from "./namespace/triggers.ts";
import { NetworkProbe } from "./network-probe/probe.ts";
import { abandonedSources, createAbandonedReconciler } from "./orphans/reconciler.ts";
import { followTerms } from "./rights/report.ts";
import { createWorkloadReconciler } from "./secure-workload/reconciler.ts";
import { noteMissingChildren, workloadSources } from "./secure-workload/triggers.ts";
import { CallerPods } from "./security-baseline/callers.ts";
import { baselineSources, createBaselineReconciler } from "./security-baseline/reconciler.ts";
import { measureExceptions } from "./security-exception/metrics.ts";
import { createExceptionReconciler, SeenExceptions } from "./security-exception/reconciler.ts";
import { exceptionSources } from "./security-exception/sources.ts";
import { onGained, onReleased } from "./shard-handover.ts";
import type { ClusterWatch } from "./unusual/cluster.ts";
import { measureUnusual } from "./unusual/metrics.ts";
import { cpuRow, createClusterWatch, onTold, unusualRow, watchRows } from "./unusual/register.ts";
import { UnusualWorkloads } from "./unusual/workloads.ts";

export interface RegisterOptions extends StateOptions {
  /** What the API server itself must refuse: whether it stands is reported. Nothing unless set. */
  readonly admission?: readonly AdmissionPolicy[];
  /** Where the operator's own pod is: it then probes closed ports. Nothing is probed unless set. */
  readonly ownPod?: { readonly namespace: string } | undefined;
  readonly concurrency: number;
  /** Whether other replicas work on a part of the namespaces; false unless set. */
  readonly isShared?: boolean;
}

interface Registration extends Omit<ReconcileOptions, "about"> {
  readonly name: string;
  readonly handler: ReconcileHandler;
  /** The kind that its keys name; none for work on the whole cluster. */
  readonly kind?: Resource;
}

/** What the reconcilers share, beside {@link Deps}. */
interface Shared {
  readonly deps: Deps;
  readonly missing: MissingChildren;
  readonly blockers: EnrolmentBlockers;
  readonly exceptions: SeenExceptions;
  readonly prevention: AdmissionState;
  readonly probe: NetworkProbe | undefined;
  readonly controlPlane: ControlPlaneProbe | undefined;
  readonly isMine: (namespace: string) => boolean;
  readonly unusual: UnusualWorkloads;
  readonly cluster: ClusterWatch;
}

export function registerReconcilers(operator: Operator, options: RegisterOptions): ClusterState {
  const shared = sharedBy(operator, options);
  const { deps, missing, exceptions, prevention, probe } = shared;
  const { state } = deps;
  noteMissingChildren(state, missing, deps.clock);
  followTerms(deps);
  const memories = { losses: missing, exceptions };
  operator.on.gained((belongs) => onGained(state, memories, belongs));
  operator.on.released((belongs) => onReleased(deps, memories, belongs));
  for (const { name, handler, kind, ...rest } of [...workloadTable(shared, options), ...clusterTable(shared, options)])
    operator.reconcile(name, handler, { ...rest, ...(kind === undefined ? {} : { about: of(kind) }) });
  prevention.onChange(() => state.podGuard.note(prevention.standingSince(POD_GUARDS)));
  measureExceptions(operator.registry, state);
  measureWorld(operator.registry, state, prevention, probe);
  measureUnusual(operator.registry, state, shared.cluster, () => deps.clock.now());
  return state;
}

function sharedBy(operator: Operator, options: RegisterOptions): Shared {
  const deps = createDeps(operator, options);
  const { state, clock } = deps;
  const prevention = new AdmissionState({
    cache: (cacheOptions) => operator.cache(cacheOptions),
    objects: (options.admission ?? []).flatMap(admissionObjects),
    keeper: KEEPER_NAME,
    now: () => clock.now(),
  });
  return {
    deps,
    missing: new MissingChildren(clock, state.memory),
    blockers: new EnrolmentBlockers(state.memory, state.namespaces),
    exceptions: new SeenExceptions(),
    prevention,
    controlPlane: controlPlaneProbe(deps, prevention, options),
    probe:
      options.ownPod === undefined ? undefined : new NetworkProbe(state, () => clock.now(), options.ownPod.namespace),
    isMine: (namespace) => operator.isLeader(namespace),
    unusual: new UnusualWorkloads(deps),
    cluster: createClusterWatch(deps, options),
  };
}

/** Where its policy is not among those that are to stand, nothing would refuse the probe's pod a node. */
function controlPlaneProbe(
  { client, clock, state }: Deps,
  prevention: AdmissionState,
  { admission = [], installation, isShared = false }: RegisterOptions,
): ControlPlaneProbe | undefined {
  if (!admission.some(({ name }) => name === CONTROL_PLANE_POLICY)) return undefined;
  const { controlPlane } = state;
  return new ControlPlaneProbe({ client, clock, installation, controlPlane, prevention, isShared });
}

type Table = (shared: Shared, options: RegisterOptions) => readonly Registration[];

/** Each key belongs to a namespace, and is worked on by the replica that holds it. */
const workloadTable: Table = ({ deps, missing, blockers, exceptions, isMine, unusual, cluster }, { concurrency }) => {
  const { state } = deps;
  const disruptions = watchDisruptions(deps, isMine);
  return [
    {
      name: "secureworkload",
      handler: createWorkloadReconciler(deps, missing),
      kind: SECURE_WORKLOAD,
      sources: [...workloadSources(state), onTold(unusual)],
      keys: () => [...state.workloads.entries()].map(([key]) => key),
      shardOf: namespaceOf,
      concurrency,
    },
    {
      name: "namespace",
      handler: createNamespaceReconciler(deps, blockers),
      kind: NAMESPACE,
      sources: namespaceSources(state),
      keys: () => state.enrolled(),
      shardOf: itself,
      concurrency: 8,
    },
    {
      name: "securityexception",
      handler: createExceptionReconciler(deps, exceptions),
      kind: SECURITY_EXCEPTION,
      sources: exceptionSources(state),
      keys: () => [...state.exceptions.cache.entries()].map(([key]) => key),
      shardOf: (exception) => state.exceptions.namespaceOf(exception),
    },
    {
      name: "abandoned",
      handler: createAbandonedReconciler(deps),
      kind: SECURE_WORKLOAD,
      sources: abandonedSources(state),
      shardOf: namespaceOf,
    },
    {
      name: "first-look",
      handler: createFirstLook(deps),
      kind: NAMESPACE,
      sources: firstLookSources(state),
      shardOf: itself,
    },
    {
      name: "disruptions",
      handler: disruptions.reconcile,
      kind: SECURE_WORKLOAD,
      sources: disruptions.sources,
      shardOf: namespaceOf,
    },
    { ...unusualRow(state, unusual, cluster), kind: SECURE_WORKLOAD, shardOf: namespaceOf },
    { ...cpuRow(state, cluster), kind: NAMESPACE, shardOf: itself },
  ];
};

/** Worked on by the leader, or by the holder of the first shard. */
const clusterTable: Table = (
  { deps, blockers, prevention, probe, controlPlane, isMine, cluster },
  { isShared = false },
) => {
  const { state, client } = deps;
  const callers = new CallerPods(client, state.granted);
  const watch = { blockers, prevention, probe, callers, unusual: cluster };
  const baseline: Registration = {
    name: "securitybaseline",
    handler: createBaselineReconciler(deps, watch),
    kind: SECURITY_BASELINE,
    sources: baselineSources(state, watch),
    keys: () => [...state.granted.baselines.entries()].map(([key]) => key),
  };
  const heldElsewhere: Registration = {
    name: "held-elsewhere",
    handler: createHeldElsewhere(deps, blockers, isMine),
    kind: NAMESPACE,
    sources: heldElsewhereSources(state),
    keys: () => state.enrolled(),
  };
  return [
    ...(isShared ? [heldElsewhere] : []),
    ...(probe === undefined ? [] : [probing(probe)]),
    ...(controlPlane === undefined ? [] : [asking(controlPlane, state)]),
    lookingForCallers(callers, state),
    ...watchRows(cluster),
    baseline,
  ];
};

const CALLERS_KEY = "callers";

const lookingForCallers = (callers: CallerPods, state: ClusterState): Registration => ({
  name: "callers",
  handler: callers.reconcile,
  sources: [
    mapChanges(state.granted.baselines, ({ old, new: now }) =>
      old?.generation === now?.generation ? [] : [CALLERS_KEY],
    ),
  ],
});

const CONTROL_PLANE_KEY = "control-plane";

/** Asked again as soon as there is a node, where there was none to ask for. */
const asking = (probe: ControlPlaneProbe, state: ClusterState): Registration => ({
  name: "control-plane",
  handler: probe.reconcile,
  sources: [
    {
      subscribe: (enqueue) => enqueue(CONTROL_PLANE_KEY, false),
      replay: (enqueue) => enqueue(CONTROL_PLANE_KEY, false),
    },
    mapChanges(state.nodes, ({ type }) =>
      type === "added" && state.controlPlane.finding().kind === "silent" ? [CONTROL_PLANE_KEY] : [],
    ),
  ],
});

const PROBE_KEY = "closed-ways";

const probing = (probe: NetworkProbe): Registration => ({
  name: "network-probe",
  handler: probe.reconcile,
  sources: [{ subscribe: (enqueue) => enqueue(PROBE_KEY, true) }],
  keys: () => [PROBE_KEY],
});

/** Everything about a workload is done by the replica that works on its namespace. */
const namespaceOf = (key: string): string | undefined => nameOf(key).namespace;

const itself = (namespace: string): string => namespace;

const of =
  ({ kind }: Resource): NonNullable<ReconcileOptions["about"]> =>
  (key) => ({ kind, ...nameOf(key) });
