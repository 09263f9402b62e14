/**
 * Restores the admission policies and their bindings to this version's state, because a writer of policies could disable all prevention (DRIFT 74). It creates
 * missing ones, reverts changes, and deletes those of other versions. It needs neither workloads nor the operator. Of our CRDs
 * it needs only those that a policy uses as parameters, and only that policy waits for them.
 */
import {
  ApiError,
  isForbidden,
  keyOf,
  mapChanges,
  type Operator,
  type Outcome,
  type ReconcileContext,
  type Resource,
  type Source,
  settled,
  waiting,
} from "kopf-ts";
import { type AdmissionPolicy, admissionObjects } from "../../admission/policy.ts";
import { createCorrectionMetrics } from "../../observability/metrics.ts";
import type { Correction } from "../../plan/correction.ts";
import { LearnedDefaults } from "../../plan/learned-defaults.ts";
import { syncTarget } from "../apply/children.ts";
import { CorrectionLimiter } from "../apply/correction-limiter.ts";
import { DestructionBudget } from "../apply/destruction-budget.ts";
import { MutatedWrites } from "../apply/mutated-writes.ts";
import { tell } from "../apply/report-correction.ts";
import type { SyncDeps, TellDeps } from "../deps.ts";
import { KeptPolicies } from "./kept-policies.ts";
import { keyOfPolicy } from "./kinds.ts";
import { PolicyOwner } from "./owner.ts";

const REFUSED_MS = 3_000;

/** `owner` is the ClusterRole that owns the policies. */
export function registerKeeper(operator: Operator, policies: readonly AdmissionPolicy[], owner: string): void {
  const { client, clock, logger, recorder, registry } = operator;
  const cache: Operator["cache"] = (options) => operator.cache(options);
  const deps = {
    client,
    clock,
    logger,
    recorder,
    learned: new LearnedDefaults(),
    corrections: new CorrectionLimiter(clock),
    rewrites: new MutatedWrites(clock),
    budget: new DestructionBudget(clock),
    metrics: createCorrectionMetrics(registry),
  };
  const policyOwner = new PolicyOwner(cache, owner);
  const kept = new KeptPolicies({
    ...deps,
    cache,
    fieldManager: client.fieldManager,
    objects: policies.flatMap(admissionObjects),
    owner: policyOwner,
  });
  const keeper = new Keeper(kept, policyOwner, deps);
  operator.reconcile("admission", keeper.reconcile, {
    sources: keeper.sources(),
    concurrency: 4,
    keys: () => kept.keys(),
  });
}

class Keeper {
  readonly #kept: KeptPolicies;
  readonly #owner: PolicyOwner;
  readonly #deps: SyncDeps & TellDeps;
  /** Monotonic milliseconds since an existing object is missing. */
  readonly #lostMs = new Map<string, number>();

  constructor(kept: KeptPolicies, owner: PolicyOwner, deps: SyncDeps & TellDeps) {
    this.#kept = kept;
    this.#owner = owner;
    this.#deps = deps;
  }

  /** Every changed object, and all of them at the start, because missing ones emit no event. */
  sources(): readonly Source[] {
    for (const [{ kind }, cache] of this.#kept.caches)
      cache.onChange(({ type, name }) => {
        const key = keyOfPolicy(kind, name.name);
        if (type === "deleted" && this.#kept.desired(key) !== undefined)
          this.#lostMs.set(key, this.#deps.clock.monotonicMs());
      });
    return [
      ...[...this.#kept.caches].map(([{ kind }, cache]) =>
        mapChanges(cache, ({ name }) => [keyOfPolicy(kind, name.name)]),
      ),
      mapChanges(this.#owner.cache, () => this.#kept.keys()),
      {
        subscribe: (enqueue) => {
          for (const key of this.#kept.keys()) enqueue(key, true);
        },
      },
    ];
  }

  /** Keys are kinds and names: `ValidatingAdmissionPolicy/palisade-sealed`. */
  readonly reconcile = async ({ key, signal }: ReconcileContext): Promise<Outcome> => {
    const [kind, name = ""] = key.split("/");
    const found = [...this.#kept.caches].find(([resource]) => resource.kind === kind);
    if (this.#owner.isGone()) this.#lostMs.delete(key);
    if (found === undefined || this.#owner.isGone()) return settled();
    const [resource, cache] = found;
    const target = {
      resource,
      cache,
      name: { name },
      desired: () => this.#kept.desired(key),
      missingSinceMs: this.#lostMs.get(key),
      lossCase: "74",
    };
    const result = await syncTarget(target, this.#deps, signal).catch(refusal);
    if (result instanceof ApiError) return this.#pending(key, result.message, REFUSED_MS);
    const { correction, problem } = result;
    if (correction !== undefined) this.#tell(resource, name, cache.uid(keyOf({ name })), correction);
    if (problem !== undefined) return this.#pending(key, problem.message, problem.retryAfterMs);
    this.#lostMs.delete(key);
    return settled();
  };

  #pending(key: string, why: string, retryAfterMs: number): Outcome {
    this.#deps.logger.warn({ object: key, why }, "admission policy pending");
    return waiting("AdmissionPending", retryAfterMs);
  }

  #tell({ kind }: Resource, name: string, uid: string | undefined, correction: Correction): void {
    const metadata = { name, ...(uid === undefined ? {} : { uid }) };
    const regarding = { apiVersion: "admissionregistration.k8s.io/v1", kind, metadata };
    tell(regarding, correction, this.#deps);
  }
}

/** Nobody can prove read permission for a kind that is not served, so the API server refuses a policy that uses it as a parameter. */
function refusal(error: unknown): ApiError {
  if (error instanceof ApiError && isForbidden(error)) return error;
  throw error;
}
