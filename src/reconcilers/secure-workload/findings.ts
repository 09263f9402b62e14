/** From what was seen, planned and done to what the status says. Reads the caches; writes nothing. */

import { isForbidden, isInvalid, isNotFound, type KubeObject, keyOf } from "kopf-ts";

import type { Limit, Problem } from "../../crds/v1alpha1/findings.ts";
import { CONTROLLER_KINDS } from "../../expand/child-kinds.ts";
import { urlsOf } from "../../expand/exposure.ts";
import { hardeningOf } from "../../expand/hardening-summary.ts";
import { reachesKubernetesApi } from "../../expand/network-policy.ts";
import { openPolicyNotices } from "../../foreign/cni-policies.ts";
import { deferredNotices } from "../../foreign/deferral-notices.ts";
import { joinConflicts, ownAmong } from "../../foreign/name-conflicts.ts";
import type { ImageProblem } from "../../images/digest-cache.ts";
import { SECRET } from "../../kubernetes/kinds.ts";
import { actionKey, type Plan } from "../../plan/action.ts";
import type { RolloutHealth } from "../../plan/rollout-status.ts";
import { accessStatus, agreementNotice, unmatchedRules } from "../../state/access-agreement.ts";
import { peersOf } from "../../state/access-peers.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { controlPlaneProblem } from "../../state/control-plane.ts";
import { imagesIn } from "../../state/grants/images.ts";
import { takenMessage } from "../../state/held-objects.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { waitingRuns } from "../../state/waiting-runs.ts";
import type { ActionResult } from "../apply/apply-plan.ts";
import type { Deps } from "../deps.ts";
import { reportRights } from "../rights/report.ts";
import { unusualNotices } from "../unusual/notices.ts";
import { unusualFor } from "../unusual/workloads.ts";
import { exceptionNotices } from "./excepted.ts";
import { mutatedPods } from "./explain-pods.ts";
import { grantProblems } from "./grant-problems.ts";
import { growingClaims, limitsOf } from "./limits.ts";
import { notSecuredProblem, waitsForNamespace } from "./not-secured.ts";
import type { SecretVersions, Seen } from "./observe.ts";
import { pausedNotices } from "./paused.ts";
import { podMutationNotices, podMutationsOf, unprovenPods, withSources } from "./pods-mutated.ts";
import { clockRollout } from "./rollout-clock.ts";
import { staticPodNotices } from "./static-pods.ts";
import type { Findings } from "./status.ts";
import { unreachablePeers } from "./unreachable-peers.ts";
import { reportOnly, wouldDo } from "./would-do.ts";

const EMPTY: Findings = {
  problems: [],
  corrections: [],
  contested: [],
  children: [],
  spec: undefined,
  health: undefined,
  trouble: undefined,
  configs: [],
  images: [],
  identity: undefined,
};

/** Of a workload that is not acted on: exceptions run on, whatever keeps it back. */
export const refusedFindings = (seen: Seen, problem: Problem, state: ClusterState): Findings => ({
  ...EMPTY,
  identity: seen.identity,
  problems: [problem],
  exceptions: seen.exceptions,
  unusual: unusualFor(seen.workload, state),
  notices: exceptionNotices(seen.staged),
});

export function findingsOf(seen: Seen, plan: Plan, results: readonly ActionResult[], deps: Deps): Findings {
  const { workload, staged } = seen;
  const { state } = deps;
  const missing = unmatchedRules(workload, peersOf(workload, state));
  const spec = state.granted.specOf(workload);
  const mutated = mutatedPods(workload, state);
  const mutations = podMutationsOf(mutated, workload, state);
  const growing = growingClaims(workload, state);
  const expanded = state.expanded(workload);
  return {
    problems: joinConflicts(problemsOf(seen, plan, results, deps), workload, state),
    corrections: results.flatMap(({ correction }) => correction ?? []),
    contested: contestedOf(workload, deps).children,
    children: childrenOf(seen, expanded, state),
    hardening: hardeningOf(expanded, spec),
    spec,
    ...clockRollout(
      workload,
      { spec, health: healthOf(seen, state), waiting: waitingRuns(workload, state), growing: growing?.count ?? 0 },
      deps.clock.now(),
    ),
    growing: growing?.message,
    trouble: troubleOf(workload, state),
    secretVersions: seen.secrets === "NotAsked" ? undefined : state.references.secrets.of(workload),
    configs: configsOf(workload, state),
    held: state.references.held(workload),
    images: imageRecords(workload, state),
    identity: seen.identity,
    limits: [...limitsOf(workload, state), ...secretsLimit(seen.secrets)],
    urls: urlsOf(state.granted.exposure(workload).exposed),
    access: accessStatus(missing),
    exceptions: seen.exceptions,
    unproven: unprovenPods(mutated),
    podMutations: mutations,
    paused: deps.budget.paused(workload.key).map(({ cause }) => cause),
    wouldDo: wouldDo(plan, seen.enforcement),
    unusual: unusualFor(workload, state),
    notices: [
      agreementNotice(missing),
      ...openPolicyNotices(workload, state),
      ...reportRights(workload, deps),
      ...exceptionNotices(staged),
      ...staticPodNotices(workload, deps),
      ...pausedNotices(workload, deps),
      ...unusualNotices(unusualFor(workload, state)),
      ...podMutationNotices(mutations),
      ...(seen.enforcement === "Report"
        ? [reportOnly(plan, whyWaiting(workload, state))]
        : deferredNotices(workload, plan)),
    ],
  };
}

/** As the controller says it in its status, or else in Events. */
function healthOf({ workload, refused }: Seen, state: ClusterState): RolloutHealth | undefined {
  const health = state.healthOf(workload);
  if (health === undefined) return undefined;
  const failure = health.failure ?? refused.words;
  return { ...health, failure: failure === undefined ? undefined : withSources(failure, workload, state) };
}

/** Why Palisade does not begin in the namespace; undefined where it does, or where the SecurityBaseline says so. */
function whyWaiting({ ref }: WorkloadRecord, state: ClusterState): string | undefined {
  if (!state.waitsForControlPlane(ref.namespace)) return undefined;
  return controlPlaneProblem(state.controlPlane.finding()) ?? "Palisade finds out first who schedules pods here";
}

/** Where nothing is written, the children are those that were there before: what is only planned is nobody's loss when it is missing. */
function childrenOf(
  { enforcement, workload }: Seen,
  expanded: readonly KubeObject[],
  state: ClusterState,
): readonly string[] {
  if (enforcement === "Report") return workload.status.children ?? [];
  const made = expanded.filter((child) => !isYetToBeMade(child, workload, state));
  return ownAmong(made.map(nameOfChild), workload, state);
}

/** A controller that waits for its turn was never there, and so is nobody's loss either. */
function isYetToBeMade(child: KubeObject, workload: WorkloadRecord, state: ClusterState): boolean {
  const kind = CONTROLLER_KINDS.find(({ resource }) => resource.kind === child.kind);
  if (kind === undefined || workload.status.children?.includes(nameOfChild(child)) === true) return false;
  return state.childrenOf(kind.resource).get(keyOf(child.metadata)) === undefined;
}

const nameOfChild = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

function problemsOf(
  seen: Seen,
  plan: Plan,
  results: readonly ActionResult[],
  { state }: Pick<Deps, "state">,
): readonly Problem[] {
  const { workload, imageProblems, error } = seen;
  return [
    ...(waitsForNamespace(seen, state) ? [notSecuredProblem(workload, state)] : []),
    ...results.flatMap(({ problem }) =>
      problem === undefined
        ? []
        : [{ reason: problem.reason, message: problem.message, drift: problem.reason !== "ChildDeleting" }],
    ),
    ...blockedProblems(plan, results),
    ...results.flatMap((result) => refusalProblem(result)),
    ...(error === undefined ? [] : [{ reason: "WriteRefused" as const, message: error.message, drift: true }]),
    ...unknownFacts(workload, state),
    ...grantProblems(workload, state),
    ...referenceProblems(workload, state),
    ...imageProblems.flatMap(imageProblemOf),
    ...unreachable(workload, state),
  ];
}

function blockedProblems({ blocked }: Plan, results: readonly ActionResult[]): readonly Problem[] {
  const told = new Set(results.flatMap(({ action, problem }) => (problem === undefined ? [] : [actionKey(action)])));
  return blocked
    .filter(({ key }) => !told.has(key))
    .map(({ reason, message }) => ({ reason, message, drift: reason !== "ChildDeleting" }));
}

/** A refusal of the API server, with the object that it is about. What is gone meanwhile is seen by its own event. */
function refusalProblem({ action, error }: ActionResult): readonly Problem[] {
  if (error === undefined || isNotFound(error)) return [];
  const why = error instanceof Error ? error.message : String(error);
  const forNow = isForbidden(error) || isInvalid(error) ? "" : " for now";
  const { verb, resource, name } = action;
  return [
    {
      reason: "WriteRefused",
      message: `the API server refused${forNow} to ${verb} ${resource.kind}/${name.name}: ${why}`,
      drift: action.driftCase !== undefined,
    },
  ];
}

/** What is not known narrows: its rule is left out, and the workload says what it lacks. */
function unknownFacts(workload: WorkloadRecord, state: ClusterState): readonly Problem[] {
  const { apiServer } = state.facts();
  const problems: Problem[] = [];
  const dns = state.cluster.dns.problem();
  if (dns !== undefined) problems.push({ reason: "ClusterDNSUnknown", message: dns });
  if (apiServer === undefined && workload.spec !== undefined && reachesKubernetesApi(workload.spec)) {
    problems.push({
      reason: "KubernetesAPIUnknown",
      message: "the endpoints of Service default/kubernetes are unknown, so access to the Kubernetes API stays closed",
    });
  }
  return problems;
}

function unreachable({ ref, spec }: WorkloadRecord, state: ClusterState): readonly Problem[] {
  if (spec === undefined) return [];
  return unreachablePeers({ spec, facts: state.facts(), platform: state.platform(ref.namespace) });
}

const childKeys = (workload: WorkloadRecord, { serviceNames }: ClusterState): readonly string[] =>
  serviceNames.kindsOf(workload).map(({ resource, nameFor }) => {
    const { namespace, name } = workload.ref;
    return actionKey({ resource, name: { namespace, name: nameFor(name) } });
  });

/** Children that somebody keeps changing back, and after how long the first of them stops being so. */
export const contestedOf = (workload: WorkloadRecord, { corrections, state }: Pick<Deps, "corrections" | "state">) =>
  corrections.contested(childKeys(workload, state));

function secretsLimit(versions: SecretVersions): readonly Limit[] {
  if (versions !== "Forbidden") return [];
  const message =
    "pods do not roll when a Secret changes, because the operator may not read the versions of Secrets here: bind the ClusterRole palisade-secret-versions to it in this namespace";
  return [{ reason: "SecretVersionsForbidden", message }];
}

/** What is forbidden is told as a grant that is missing. */
function imageProblemOf(image: ImageProblem): readonly Problem[] {
  if (image.kind === "forbidden") return [];
  const reason = image.kind === "unreachable" ? "ImageUnreachable" : "ImageRefused";
  return [{ reason, message: `${image.message}; the previous revision keeps running` }];
}

/** Of the declared spec and of the one in force: the latter's digests must outlive a restart. */
function imageRecords(workload: WorkloadRecord, state: ClusterState) {
  const images = [workload.spec, state.granted.specs.of(workload)].flatMap((spec) =>
    spec === undefined ? [] : imagesIn(spec),
  );
  return [...state.references.images.retain(workload, [...new Set(images)])].sort((a, b) =>
    a.image < b.image ? -1 : 1,
  );
}

/** A missing ConfigMap, or a key of it, comes with whoever makes it; a Secret or claim of another workload is for people to settle. */
function referenceProblems(workload: WorkloadRecord, state: ClusterState): readonly Problem[] {
  const missing = state.references.missingConfigMaps(workload).map((name) => ({
    reason: "ReferenceMissing" as const,
    message: `ConfigMap ${name} does not exist: create it, and the rollout continues; the previous revision keeps running`,
  }));
  const keys = state.references.missingConfigKeys(workload).map(({ configMap, key, at, isVariable }) => ({
    reason: "ReferenceMissing" as const,
    message: `ConfigMap ${configMap} has no key ${key}${isVariable ? " under data" : ""}, which ${at} names: add the key or name another, and the rollout continues; the previous revision keeps running`,
  }));
  const taken = state.references.taken(workload).map((object) => ({
    reason: object.kind === SECRET.kind ? ("SecretTaken" as const) : ("ClaimTaken" as const),
    message: takenMessage(object, workload.ref.name),
  }));
  return [...missing, ...keys, ...taken];
}

/** The first pod, by name, that says why it does not run. */
function troubleOf({ key }: WorkloadRecord, state: ClusterState): string | undefined {
  const pods = [...state.pods.byIndex("workload", key)].sort();
  return pods.map((pod) => state.pods.get(pod)?.trouble).find((trouble) => trouble !== undefined);
}

function configsOf(workload: WorkloadRecord, state: ClusterState): readonly { name: string; copy: string }[] {
  return [...state.references.copiesNeeded(workload)]
    .flatMap(([copy, source]) => (source === undefined ? [] : [{ name: source, copy }]))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
