/** What one pass sees before it decides: the workload, what was decided for it once, and what no cache holds. The only reads of a pass. */
import { ApiError, isNotFound } from "kopf-ts";
import type { Enforcement } from "../../crds/v1alpha1/enforcement.ts";
import type { SecureWorkloadStatus } from "../../crds/v1alpha1/secure-workload.ts";
import type { ImageProblem } from "../../images/digest-cache.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { imagesIn } from "../../state/grants/images.ts";
import { chooseUid, decideUserNamespace, podIdentity } from "../../state/pod-identity.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { fetchConfigSources } from "../apply/config-copies.ts";
import type { Deps } from "../deps.ts";
import { type ClosedEntry, type ExceptionEntry, exceptionEntries, type Staged } from "./excepted.ts";
import { type RefusedPods, refusedPods } from "./refused-pods.ts";

export type SecretVersions = "NotAsked" | "Seen" | "Forbidden";

export interface Seen {
  readonly workload: WorkloadRecord;
  /** Undefined until the workload is looked at for the first time without a refusal. */
  readonly identity: SecureWorkloadStatus["podIdentity"];
  readonly enforcement: Enforcement;
  readonly staged: readonly Staged[];
  readonly exceptions: readonly ExceptionEntry[];
  /** Images whose digest is not known yet, and why. */
  readonly imageProblems: readonly ImageProblem[];
  readonly secrets: SecretVersions;
  readonly refused: RefusedPods;
  /** What the API server answered where it was asked in vain. */
  readonly error?: ApiError | undefined;
}

/** Without a request: enough to refuse the workload and to say how it stands. Undefined when there is nothing to do for it. */
export function glance(key: string, { state, clock }: Pick<Deps, "state" | "clock">): Seen | undefined {
  const workload = state.workloads.get(key);
  if (workload === undefined || workload.deleting) return undefined;
  const staged = state.exceptions
    .of(key)
    .map((exception) => ({ exception, stage: state.exceptions.stageOf(exception) }));
  return {
    workload,
    identity: undefined,
    enforcement: state.granted.enforcement(workload.ref.namespace),
    staged,
    exceptions: exceptionsOf(workload, staged, state, clock.now()),
    imageProblems: [],
    secrets: "NotAsked",
    refused: {},
  };
}

/** Asks for what no cache holds. An answer that the API server refuses is part of what was seen. */
export async function observe(glanced: Seen, deps: Deps, signal: AbortSignal): Promise<Seen> {
  const { workload } = glanced;
  const refused = await refusedPods(workload, deps, signal);
  const seen = { ...glanced, identity: decideIdentity(workload, deps.state), refused };
  const { references } = deps.state;
  try {
    await fetchConfigSources(workload, deps, signal);
    const imageProblems =
      workload.spec === undefined ? [] : references.images.request(workload, imagesIn(workload.spec));
    return { ...seen, imageProblems, secrets: await secretVersions(workload, deps, signal) };
  } catch (error) {
    if (!(error instanceof ApiError) || signal.aborted || isNotFound(error)) throw error;
    return { ...seen, error };
  }
}

/** Settles the UID and the user namespace before anything is built from them. */
export function decideIdentity(workload: WorkloadRecord, state: ClusterState): NonNullable<Seen["identity"]> {
  const recorded = workload.status.podIdentity;
  const uid = chooseUid(workload.key, state.identityOf(workload)?.uid ?? recorded?.uid, (candidate) =>
    state.isUidTaken(candidate, workload),
  );
  const generation =
    state.granted.follows(workload) ?? recorded?.userNamespace?.decidedForGeneration ?? workload.generation;
  const userNamespace = decideUserNamespace(
    generation,
    recorded?.userNamespace,
    state.userNamespaceSupport(workload.spec?.placement),
  );
  const identity = { uid, ...(userNamespace === undefined ? {} : { userNamespace }) };
  state.decideIdentity(workload, podIdentity(identity));
  return identity;
}

/** A Secret is not watched, which would bring its content: its version is asked for from time to time. */
async function secretVersions(workload: WorkloadRecord, deps: Deps, signal: AbortSignal): Promise<SecretVersions> {
  const { references } = deps.state;
  const names = references.rollingSecrets(workload);
  if (names.length === 0) return "NotAsked";
  return (await references.secrets.lookUp(workload, names, deps.client, signal)) ? "Seen" : "Forbidden";
}

function exceptionsOf(
  workload: WorkloadRecord,
  staged: readonly Staged[],
  state: ClusterState,
  nowMs: number,
): readonly ExceptionEntry[] {
  const { key, status } = workload;
  const pods = state.pods.byIndex("workload", key).flatMap((pod) => state.pods.get(pod) ?? []);
  const isPending = (entry: ClosedEntry): boolean => state.exceptions.entered.among(workload, entry, pods).size > 0;
  return exceptionEntries(staged, status.exceptions ?? [], isPending, nowMs);
}
