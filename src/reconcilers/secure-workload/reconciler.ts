/** One workload: read what is known, make its children what they must be, remove what opens them, say how it stands. */
import { isDeepStrictEqual } from "node:util";
import { SECURE_WORKLOAD } from "../../crds/group.ts";
import type { SecureWorkloadStatus } from "../../crds/v1alpha1/secure-workload.ts";
import type { Obstacle } from "../../images/pin.ts";
import { ApiError, isForbidden, isInvalid, isNotFound } from "../../kopf/api-error.ts";
import type { ReconcileContext } from "../../kopf/controller.ts";
import { type Outcome, outcomeOfError, settled, stalled, waiting } from "../../kopf/outcome.ts";
import { announce } from "../announce.ts";
import type { Deps } from "../deps.ts";
import { isSecured } from "../namespace/reconciler.ts";
import type { WorkloadRecord } from "../records.ts";
import { isRefusedNamespace } from "../refused-namespace.ts";
import { reportRights } from "../rights/report.ts";
import { withNulls } from "../status-patch.ts";
import type { World } from "../world.ts";
import { accessStatus, agreementNotice, missingHalves } from "./agreement.ts";
import { syncChildren } from "./children.ts";
import { closedWays } from "./closed-ways.ts";
import { type ChildResult, correctionKey } from "./corrected.ts";
import { replaceEntered } from "./entered-pods.ts";
import { type ClosedEntry, type ExceptionEntry, exceptionEntries, exceptionNotices, type Staged } from "./excepted.ts";
import { CHILD_KINDS, type ChildKind } from "./expand.ts";
import { clusterPolicyNotices } from "./foreign-cni-policies.ts";
import { imagesIn } from "./grants/images.ts";
import { grantProblems } from "./grants/index.ts";
import { chooseUid, decideUserNamespace, podIdentity } from "./identity.ts";
import { type Limit, limitsOf } from "./limits.ts";
import type { Losses } from "./losses.ts";
import { neighbourhoodOf } from "./neighbours.ts";
import { removeOffenders } from "./offenders.ts";
import { urlsOf } from "./resources/exposure.ts";
import { reachesKubernetesApi } from "./resources/network-policy.ts";
import { takenMessage } from "./secrets.ts";
import { staticPodNotices } from "./static-pods.ts";
import { type Findings, isoSeconds, type Problem, statusOf } from "./status.ts";
import { removeStuckPods } from "./stuck-pods.ts";
import { hardeningOf } from "./summary.ts";
import { lookForSources, pruneConfigs } from "./sync-configs.ts";

export function createWorkloadReconciler(deps: Deps, losses: Losses): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    const workload = deps.world.workloads.get(key);
    if (workload === undefined || workload.deleting) return settled();
    const refusal = refusalOf(workload, deps.world);
    if (refusal !== undefined)
      return report(
        workload,
        { ...emptyOf(workload, deps), problems: [refusal] },
        deps,
        signal,
        stalled(refusal.reason, refusal.message),
      );
    const identity = decide(workload, deps);
    if (!isSecured(deps.world, workload.ref.namespace)) {
      const problem: Problem = {
        reason: "NamespaceNotSecured",
        message: "the namespace is being closed first: its default-deny NetworkPolicy and Pod Security labels",
      };
      return report(
        workload,
        { ...emptyOf(workload, deps), identity, problems: [problem] },
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
  spec: undefined,
  health: undefined,
  trouble: undefined,
  configs: [],
  images: [],
  identity: undefined,
};

/** Exceptions run on, whatever keeps the workload from being looked at. */
function emptyOf(workload: WorkloadRecord, deps: Deps): Findings {
  const staged = stagedOf(workload, deps);
  return { ...EMPTY, exceptions: exceptionsOf(workload, staged, deps), notices: exceptionNotices(staged) };
}

function refusalOf(workload: WorkloadRecord, world: World): Problem | undefined {
  const { namespace } = workload.ref;
  if (isRefusedNamespace(namespace, world.installation)) {
    return {
      reason: "NamespaceRefused",
      message: `no workload runs in ${namespace}: create a namespace for the application and move it there`,
    };
  }
  return workload.invalid === undefined ? undefined : { reason: "InvalidSpec", message: workload.invalid };
}

/** Settles the UID and the user namespace before anything is built from them. */
function decide(workload: WorkloadRecord, { world }: Deps): NonNullable<SecureWorkloadStatus["podIdentity"]> {
  const recorded = workload.status.podIdentity;
  const uid = chooseUid(workload.key, world.identityOf(workload)?.uid ?? recorded?.uid, (candidate) =>
    world.isUidTaken(candidate, workload),
  );
  const generation =
    world.granted.follows(workload) ?? recorded?.userNamespace?.decidedForGeneration ?? workload.generation;
  const userNamespace = decideUserNamespace(
    generation,
    recorded?.userNamespace,
    world.userNamespaceSupport(workload.spec?.placement),
  );
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
  let obstacles: readonly Obstacle[] = [];
  let secrets: SecretsLook = "NotAsked";
  let replacingMs: number | undefined;
  const staged = stagedOf(workload, deps);
  const exceptions = exceptionsOf(workload, staged, deps);
  try {
    await lookForSources(workload, deps, signal);
    obstacles = askForImages(workload, deps);
    secrets = await lookAtSecrets(workload, deps, signal);
    const missing = (kind: ChildKind): number | undefined => losses.since(workload, kind);
    const [children, offenders] = await Promise.all([
      syncChildren(workload, deps, missing, signal),
      removeOffenders(workload, deps, signal),
    ]);
    results = [...children, ...offenders];
    losses.clear(workload);
    await removeStuckPods(workload, deps, signal);
    replacingMs = await replaceEntered(workload, exceptions, deps, signal);
    await pruneConfigs(workload, deps, signal);
  } catch (error) {
    if (!(error instanceof ApiError) || signal.aborted) throw error;
    if (isNotFound(error)) throw error;
    refused = error;
  }
  const corrections = results.flatMap(({ correction }) => correction ?? []);
  for (const correction of corrections) announce(workload, correction, deps);
  const childProblems = results.flatMap(({ problem }) => problem ?? []);
  const problems: Problem[] = [
    ...childProblems.map(({ reason, message }) => ({
      reason,
      message,
      drift: reason !== "ChildDeleting",
    })),
    ...(refused === undefined ? [] : [refusalProblem(refused)]),
    ...unknownFacts(workload, deps),
    ...grantProblems(workload, deps.world),
    ...referenceProblems(workload, deps),
    ...obstacles.flatMap(imageProblem),
    ...closedWaysOf(workload, deps),
  ];
  const missing = missingHalves(workload, neighbourhoodOf(workload, deps.world));
  const contested = deps.corrections.contested(childKeys(workload));
  const expanded = deps.world.expanded(workload);
  const findings: Findings = {
    problems,
    corrections,
    contested: contested.children,
    children: expanded.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    hardening: hardeningOf(expanded),
    spec: deps.world.granted.specOf(workload),
    health: deps.world.healthOf(workload),
    trouble: troubleOf(workload, deps),
    secretVersions: secrets === "NotAsked" ? undefined : deps.world.references.secrets.of(workload),
    configs: configsOf(workload, deps),
    images: imageRecords(workload, deps),
    identity,
    limits: [...limitsOf(workload, deps.world), ...secretsLimit(secrets)],
    urls: urlsOf(deps.world.granted.exposure(workload).exposed),
    access: accessStatus(missing),
    exceptions,
    notices: [
      agreementNotice(missing),
      ...clusterPolicyNotices(workload, deps),
      ...reportRights(workload, deps),
      ...exceptionNotices(staged),
      ...staticPodNotices(workload, deps),
    ],
  };
  const retries = [
    replacingMs,
    secrets === "NotAsked" ? undefined : SECRETS_EVERY_MS,
    ...obstacles.flatMap((obstacle) => ("retryAfterMs" in obstacle ? [obstacle.retryAfterMs] : [])),
    ...childProblems.map(({ retryAfterMs }) => retryAfterMs),
    contested.calmAfterMs,
  ].filter((ms) => ms !== undefined);
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
    });
  }
  if (apiServer === undefined && workload.spec !== undefined && reachesKubernetesApi(workload.spec)) {
    problems.push({
      reason: "KubernetesAPIUnknown",
      message: "the endpoints of default/kubernetes are not known, so the way to the Kubernetes API stays closed",
    });
  }
  return problems;
}

function closedWaysOf({ ref, spec }: WorkloadRecord, { world }: Deps): readonly Problem[] {
  return spec === undefined ? [] : closedWays({ spec, facts: world.facts(), platform: world.platform(ref.namespace) });
}

const childKeys = ({ ref: { namespace, name } }: WorkloadRecord): readonly string[] =>
  CHILD_KINDS.map(({ resource, nameFor }) => correctionKey({ resource, name: { namespace, name: nameFor(name) } }));

/** A Secret is not watched, which would bring its content: its version is asked for from time to time. */
const SECRETS_EVERY_MS = 30_000;

type SecretsLook = "NotAsked" | "Seen" | "Forbidden";

async function lookAtSecrets(workload: WorkloadRecord, deps: Deps, signal: AbortSignal): Promise<SecretsLook> {
  const { references } = deps.world;
  const names = references.rollingSecrets(workload);
  if (names.length === 0) return "NotAsked";
  return (await references.secrets.lookUp(workload, names, deps.client, signal)) ? "Seen" : "Forbidden";
}

function secretsLimit(look: SecretsLook): readonly Limit[] {
  if (look !== "Forbidden") return [];
  const message =
    "pods do not roll when a Secret changes, for the operator may not see the versions of Secrets here: let the platform team bind the ClusterRole palisade-secret-versions to it in this namespace";
  return [{ reason: "SecretVersionsForbidden", message }];
}

function askForImages(workload: WorkloadRecord, { world }: Deps): readonly Obstacle[] {
  return workload.spec === undefined ? [] : world.references.images.ask(workload, imagesIn(workload.spec));
}

/** What is forbidden is told of as a grant that is missing. */
function imageProblem(obstacle: Obstacle): readonly Problem[] {
  if (obstacle.kind === "forbidden") return [];
  const reason = obstacle.kind === "unreachable" ? "ImageUnreachable" : "ImageRefused";
  return [{ reason, message: `${obstacle.message}; what runs goes on until then` }];
}

const stagedOf = ({ key }: WorkloadRecord, { world: { exceptions } }: Deps): readonly Staged[] =>
  exceptions.of(key).map((exception) => ({ exception, stage: exceptions.stageOf(exception) }));

function exceptionsOf(
  { key, status }: WorkloadRecord,
  staged: readonly Staged[],
  { world, clock }: Deps,
): readonly ExceptionEntry[] {
  const pods = world.pods.byIndex("workload", key).flatMap((pod) => world.pods.get(pod) ?? []);
  const isPending = (entry: ClosedEntry): boolean => world.exceptions.entered.among(key, entry, pods).size > 0;
  return exceptionEntries(staged, status.exceptions ?? [], isPending, clock.now());
}

/** Of the declared spec and of the one in force: the latter's digests must outlive a restart. */
function imageRecords(workload: WorkloadRecord, { world }: Deps) {
  const images = [workload.spec, world.granted.specs.of(workload)].flatMap((spec) =>
    spec === undefined ? [] : imagesIn(spec),
  );
  return [...world.references.images.recordsOf(workload, [...new Set(images)])].sort((a, b) =>
    a.image < b.image ? -1 : 1,
  );
}

/** References that are missing wait for whoever makes them; a Secret of another workload is for people to settle. */
function referenceProblems(workload: WorkloadRecord, { world }: Deps): readonly Problem[] {
  const missing = world.references.missingConfigMaps(workload).map((name) => ({
    reason: "ReferenceMissing" as const,
    message: `ConfigMap ${name} is not there: create it, and the pods that name it are rolled out; what runs goes on until then`,
  }));
  const taken = world.references.takenSecrets(workload).map((secret) => ({
    reason: "SecretTaken" as const,
    message: takenMessage(secret),
  }));
  return [...missing, ...taken];
}

/** The first pod, by name, that says why it does not run. */
function troubleOf({ key }: WorkloadRecord, { world }: Deps): string | undefined {
  const pods = [...world.pods.byIndex("workload", key)].sort();
  return pods.map((pod) => world.pods.get(pod)?.trouble).find((trouble) => trouble !== undefined);
}

function configsOf(workload: WorkloadRecord, { world }: Deps): readonly { name: string; copy: string }[] {
  return [...world.references.copiesNeeded(workload)]
    .flatMap(([copy, source]) => (source === undefined ? [] : [{ name: source, copy }]))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
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
    const options = { type: "merge", subresource: "status", signal } as const;
    const written = await deps.client.patch(SECURE_WORKLOAD, { namespace, name }, patch, options);
    deps.world.noteReported(workload.ref, (written["status"] ?? {}) as SecureWorkloadStatus);
    deps.world.workloads.observe(written);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return outcome;
}

const comparable = (status: SecureWorkloadStatus): unknown => JSON.parse(JSON.stringify(status));

function replacing(before: SecureWorkloadStatus, now: SecureWorkloadStatus): Record<string, unknown> {
  const drift = now.drift === undefined ? {} : { drift: { contested: null, last: null, ...now.drift } };
  const identity = now.podIdentity === undefined ? {} : { podIdentity: { userNamespace: null, ...now.podIdentity } };
  return { ...withNulls(before, now), ...drift, ...identity };
}
