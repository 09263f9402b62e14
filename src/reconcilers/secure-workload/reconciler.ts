/** One workload: read what is known, make its children what they must be, remove what opens them, say how it stands. */
import { isDeepStrictEqual } from "node:util";
import { SECURE_WORKLOAD } from "../../crds/group.ts";
import type { SecureWorkloadStatus } from "../../crds/v1alpha1/secure-workload.ts";
import { ApiError, isForbidden, isInvalid, isNotFound } from "../../kopf/api-error.ts";
import type { ReconcileContext } from "../../kopf/controller.ts";
import { type Outcome, outcomeOfError, settled, stalled, waiting } from "../../kopf/outcome.ts";
import { announce } from "../announce.ts";
import type { Deps } from "../deps.ts";
import { isSecured } from "../namespace/reconciler.ts";
import type { WorkloadRecord } from "../records.ts";
import { type ChildResult, correctionKey, syncChildren } from "./children.ts";
import { CHILD_KINDS, type ChildKind } from "./expand.ts";
import { chooseUid, decideUserNamespace, podIdentity } from "./identity.ts";
import type { Losses } from "./losses.ts";
import { removeOffenders } from "./offenders.ts";
import { DEPLOYMENT } from "./resources/kinds.ts";
import { reachesKubernetesApi } from "./resources/network-policy.ts";
import { type Findings, isoSeconds, type Problem, statusOf } from "./status.ts";

/** Namespaces that hold the cluster itself, and the one where people land by accident (DRIFT 78, CIS 5.7.4). */
const REFUSED_NAMESPACE = /^(default|kube-.*|palisade-system)$/;

export function createWorkloadReconciler(deps: Deps, losses: Losses): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    const workload = deps.world.workloads.get(key);
    if (workload === undefined || workload.deleting) return settled();
    const refusal = refusalOf(workload);
    if (refusal !== undefined)
      return report(
        workload,
        { ...EMPTY, problems: [refusal] },
        deps,
        signal,
        stalled(refusal.reason, refusal.message),
      );
    const identity = decide(workload, deps);
    if (!isSecured(deps.world, workload.ref.namespace)) {
      const problem: Problem = {
        reason: "NamespaceNotSecured",
        message: "the namespace is being closed first: its default-deny NetworkPolicy and Pod Security labels",
        stalled: false,
      };
      return report(
        workload,
        { ...EMPTY, identity, problems: [problem] },
        deps,
        signal,
        waiting(problem.reason, 2_000),
      );
    }
    return enforce(workload, identity, deps, losses, signal);
  };
}

const EMPTY: Findings = {
  problems: [],
  corrections: [],
  contested: [],
  children: [],
  health: undefined,
  identity: undefined,
};

function refusalOf(workload: WorkloadRecord): Problem | undefined {
  const { namespace } = workload.ref;
  if (REFUSED_NAMESPACE.test(namespace)) {
    return {
      reason: "NamespaceRefused",
      message: `no workload runs in ${namespace}: create a namespace for the application and move it there`,
      stalled: true,
    };
  }
  return workload.invalid === undefined
    ? undefined
    : { reason: "InvalidSpec", message: workload.invalid, stalled: true };
}

/** Settles the UID and the user namespace before anything is built from them. */
function decide(workload: WorkloadRecord, { world }: Deps): NonNullable<SecureWorkloadStatus["podIdentity"]> {
  const recorded = workload.status.podIdentity;
  const uid = chooseUid(workload.key, world.identityOf(workload)?.uid ?? recorded?.uid, (candidate) =>
    world.isUidTaken(candidate, workload),
  );
  const userNamespace = decideUserNamespace(workload.generation, recorded?.userNamespace, world.userNamespaceSupport());
  const identity = { uid, ...(userNamespace === undefined ? {} : { userNamespace }) };
  world.decideIdentity(workload, podIdentity(identity));
  return identity;
}

async function enforce(
  workload: WorkloadRecord,
  identity: NonNullable<SecureWorkloadStatus["podIdentity"]>,
  deps: Deps,
  losses: Losses,
  signal: AbortSignal,
): Promise<Outcome> {
  let results: readonly ChildResult[] = [];
  let refused: unknown;
  try {
    const missing = (kind: ChildKind): number | undefined => losses.since(workload, kind);
    const [children, offenders] = await Promise.all([
      syncChildren(workload, deps, missing, signal),
      removeOffenders(workload, deps, signal),
    ]);
    results = [...children, ...offenders];
    losses.clear(workload);
  } catch (error) {
    if (!(error instanceof ApiError) || signal.aborted) throw error;
    if (isNotFound(error)) throw error;
    refused = error;
  }
  const corrections = results.flatMap(({ correction }) => correction ?? []);
  for (const correction of corrections) announce(workload.key, workload, correction, deps);
  const childProblems = results.flatMap(({ problem }) => problem ?? []);
  const problems: Problem[] = [
    ...childProblems.map(({ reason, message }) => ({
      reason,
      message,
      stalled: reason === "NameTaken",
      drift: reason !== "ChildDeleting",
    })),
    ...(refused === undefined ? [] : [refusalProblem(refused)]),
    ...unknownFacts(workload, deps),
  ];
  const contested = deps.corrections.contested(childKeys(workload));
  const findings: Findings = {
    problems,
    corrections,
    contested: contested.children,
    children: deps.world.expanded(workload).map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    health: healthOf(workload, deps),
    identity,
  };
  const retries = [...childProblems.map(({ retryAfterMs }) => retryAfterMs), contested.calmAfterMs].filter(
    (ms) => ms !== undefined,
  );
  const outcome =
    refused === undefined
      ? retries.length === 0
        ? settled()
        : waiting("ChildrenPending", Math.min(...retries))
      : outcomeOfError(refused);
  return report(workload, findings, deps, signal, outcome);
}

function refusalProblem(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const byRule = isForbidden(error) || isInvalid(error);
  return {
    reason: "WriteRefused",
    message: `the API server refused a child${byRule ? "" : " for now"}: ${message}`,
    stalled: false,
    drift: true,
  };
}

/** What is not known narrows: its rule is left out, and the workload says what it lacks. */
function unknownFacts(workload: WorkloadRecord, { world }: Deps): readonly Problem[] {
  const { dns, apiServer } = world.facts();
  const problems: Problem[] = [];
  if (dns === undefined) {
    problems.push({
      reason: "ClusterDNSUnknown",
      message:
        "the cluster's DNS Service is not found, so pods cannot resolve names: set --dns-service to its namespace/name",
      stalled: false,
    });
  }
  if (apiServer === undefined && workload.spec !== undefined && reachesKubernetesApi(workload.spec)) {
    problems.push({
      reason: "KubernetesAPIUnknown",
      message: "the endpoints of default/kubernetes are not known, so the way to the Kubernetes API stays closed",
      stalled: false,
    });
  }
  return problems;
}

const childKeys = ({ ref: { namespace, name } }: WorkloadRecord): readonly string[] =>
  CHILD_KINDS.map(({ resource, nameFor }) => correctionKey({ resource, name: { namespace, name: nameFor(name) } }));

function healthOf(workload: WorkloadRecord, { world }: Deps) {
  const record = world.childrenOf(DEPLOYMENT).get(workload.key);
  return record?.type === "child" ? record.health : undefined;
}

/** Written last, after failures too, and only when it says something new. */
async function report(
  workload: WorkloadRecord,
  findings: Findings,
  deps: Deps,
  signal: AbortSignal,
  outcome: Outcome,
): Promise<Outcome> {
  const status = statusOf(workload, findings, isoSeconds(deps.clock.now()));
  if (isDeepStrictEqual(comparable(status), comparable(workload.status))) return outcome;
  const { namespace, name } = workload.ref;
  try {
    const patch = { metadata: { uid: workload.ref.uid }, status: replacing(workload.status, status) };
    deps.world.workloads.observe(
      await deps.client.patch(SECURE_WORKLOAD, { namespace, name }, patch, {
        type: "merge",
        subresource: "status",
        signal,
      }),
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return outcome;
}

const comparable = (status: SecureWorkloadStatus): unknown => JSON.parse(JSON.stringify(status));

/** A merge patch keeps what it does not name: what is gone is named with null. */
function replacing(before: SecureWorkloadStatus, now: SecureWorkloadStatus): Record<string, unknown> {
  const gone = Object.keys(before).filter((field) => !(field in now));
  const drift = now.drift === undefined ? {} : { drift: { contested: null, last: null, ...now.drift } };
  const identity = now.podIdentity === undefined ? {} : { podIdentity: { userNamespace: null, ...now.podIdentity } };
  return { ...Object.fromEntries(gone.map((field) => [field, null])), ...now, ...drift, ...identity };
}
