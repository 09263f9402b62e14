/** One workload: observe it, plan what is due, apply the plan, report. */
import { ApiError, type Outcome, outcomeOfError, type ReconcileContext, settled, stalled, waiting } from "kopf-ts";
import type { Problem } from "../../crds/v1alpha1/findings.ts";
import type { Plan } from "../../plan/action.ts";
import { hasChildren } from "../../state/records/workload.ts";
import { type ActionResult, applyPlan } from "../apply/apply-plan.ts";
import { keepHistory } from "../apply/history.ts";
import type { MissingChildren } from "../apply/missing-children.ts";
import { announce } from "../apply/report-correction.ts";
import type { Deps } from "../deps.ts";
import { contestedOf, findingsOf, refusedFindings } from "./findings.ts";
import { notRunnableProblem } from "./not-runnable.ts";
import { correctionsOf, notSecuredProblem, RETRY_NOT_SECURED_MS, waitsForNamespace } from "./not-secured.ts";
import { decideIdentity, glance, observe, type Seen } from "./observe.ts";
import { announcePauses } from "./paused.ts";
import { planFor } from "./plan.ts";
import { writeStatus } from "./report.ts";
import type { Findings } from "./status.ts";
import { targetOf } from "./targets.ts";

/** How often versions of Secrets are asked for, where pods roll on them. */
const SECRETS_EVERY_MS = 30_000;

interface Refusal {
  readonly seen: Seen;
  readonly problem: Problem;
  readonly outcome: Outcome;
}

export function createWorkloadReconciler(
  deps: Deps,
  missing: MissingChildren,
): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    const glanced = glance(key, deps);
    if (glanced === undefined) return settled();
    const refusal = refuse(glanced, deps);
    if (refusal !== undefined) return reportRefusal(refusal, deps, signal);
    const seen = await observe(glanced, deps, signal);
    const planned = await duePlan(seen, deps, missing, signal);
    const done = await enforce(seen, planned.plan, deps, { missing, signal });
    const findings = findingsOf(seen, planned.plan, done, deps);
    const failed = await remember(seen, { ...planned, done }, deps, signal);
    await writeStatus(seen.workload, findings, deps, signal);
    return outcomeOf(seen, { ...planned, ...findings, failed }, done, deps);
  };
}

/** Undefined where there is something to plan. */
const refuse = (seen: Seen, deps: Deps): Refusal | undefined => notRunnable(seen, deps) ?? notSecured(seen, deps);

async function reportRefusal({ seen, problem, outcome }: Refusal, deps: Deps, signal: AbortSignal): Promise<Outcome> {
  await writeStatus(seen.workload, refusedFindings(seen, problem, deps.state), deps, signal);
  return outcome;
}

function notRunnable(seen: Seen, { state }: Deps): Refusal | undefined {
  const problem = notRunnableProblem(seen.workload, state);
  return problem === undefined ? undefined : { seen, problem, outcome: stalled(problem.reason, problem.message) };
}

/** No pod before its namespace is closed. A workload that was there before goes on being put right. */
function notSecured(glanced: Seen, { state }: Deps): Refusal | undefined {
  const { workload } = glanced;
  if (!waitsForNamespace(glanced, state) || hasChildren(workload)) return undefined;
  const seen = { ...glanced, identity: decideIdentity(workload, state) };
  const problem = notSecuredProblem(workload, state);
  return { seen, problem, outcome: waiting(problem.reason, RETRY_NOT_SECURED_MS) };
}

async function duePlan(seen: Seen, deps: Deps, missing: MissingChildren, signal: AbortSignal) {
  const planned = await planFor(seen, deps, missing, signal);
  const awaitsNamespace = waitsForNamespace(seen, deps.state);
  return { ...planned, awaitsNamespace, plan: awaitsNamespace ? correctionsOf(planned.plan) : planned.plan };
}

interface Applying {
  readonly missing: MissingChildren;
  readonly signal: AbortSignal;
}

/** Applies the plan and tells what was corrected. In `Report` nothing is applied. */
async function enforce(
  seen: Seen,
  plan: Plan,
  deps: Deps,
  { missing, signal }: Applying,
): Promise<readonly ActionResult[]> {
  const { workload, enforcement } = seen;
  if (enforcement === "Report") return [];
  const results = await applyPlan(plan, {
    workload,
    deps,
    signal,
    targetOf: (kind) => targetOf(workload, kind, deps, missing),
  });
  for (const { correction } of results) if (correction !== undefined) announce(workload, correction, deps);
  announcePauses(workload, results, deps);
  const isDone = results.every(({ error, waitsFor }) => error === undefined && waitsFor === undefined);
  if (isDone) missing.clear(workload);
  return results;
}

interface Applied {
  readonly awaitsNamespace: boolean;
  readonly done: readonly ActionResult[];
}

/** A spec whose children stand is in force, and goes into the history. Returns what failed: nothing waits for it. */
async function remember(
  { workload, enforcement }: Seen,
  { awaitsNamespace, done }: Applied,
  deps: Deps,
  signal: AbortSignal,
): Promise<unknown> {
  if (enforcement === "Report" || awaitsNamespace || deps.state.controllerUid(workload) === undefined) return undefined;
  if (done.some(({ error, waitsFor }) => error !== undefined || waitsFor !== undefined)) return undefined;
  try {
    await keepHistory({ workload, deps, signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return error;
  }
}

interface Planned extends Pick<Findings, "stallsAfterMs"> {
  readonly plan: Plan;
  /** Whether the rest of the plan waited for the namespace, which may be secured by now. */
  readonly awaitsNamespace: boolean;
  readonly retryAfterMs: number | undefined;
  /** What kept the spec from going into the history. */
  readonly failed: unknown;
}

/** An error comes first: its back-off. Then the first of all waits. */
function outcomeOf(
  seen: Seen,
  { plan, awaitsNamespace, retryAfterMs, stallsAfterMs, failed }: Planned,
  results: readonly ActionResult[],
  deps: Deps,
): Outcome {
  const errors = [seen.error, ...results.map(({ error }) => error), failed].filter((error) => error !== undefined);
  const bug = errors.find((error) => !(error instanceof ApiError));
  if (errors.length > 0) return outcomeOfError(bug ?? errors[0]);
  const waits = [
    awaitsNamespace || waitsForNamespace(seen, deps.state) ? RETRY_NOT_SECURED_MS : undefined,
    retryAfterMs,
    stallsAfterMs,
    seen.refused.retryAfterMs,
    seen.secrets === "NotAsked" ? undefined : SECRETS_EVERY_MS,
    ...seen.imageProblems.map((obstacle) => ("retryAfterMs" in obstacle ? obstacle.retryAfterMs : undefined)),
    ...plan.blocked.map((blocker) => blocker.retryAfterMs),
    ...results.map(({ problem, retryAfterMs: again }) => problem?.retryAfterMs ?? again),
    contestedOf(seen.workload, deps).calmAfterMs,
  ].filter((ms) => ms !== undefined);
  return waits.length === 0 ? settled() : waiting("ChildrenPending", Math.min(...waits));
}
