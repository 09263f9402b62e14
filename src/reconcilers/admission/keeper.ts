/**
 * Keeps the admission policies and their bindings as this version has them: whoever may write them could open everything (DRIFT 74). It makes
 * those that are missing, undoes changes, and takes away what another version left. It stands alone: no workload and no operator has to be
 * there, and of our definitions those that a policy looks at, which alone waits for them.
 */
import { type AdmissionPolicy, admissionObjects } from "../../admission/policy.ts";
import { ApiError, isForbidden } from "../../kopf/api-error.ts";
import type { ReconcileContext } from "../../kopf/controller.ts";
import { keyOf } from "../../kopf/object.ts";
import { from, type Operator, type Source } from "../../kopf/operator.ts";
import { type Outcome, settled, waiting } from "../../kopf/outcome.ts";
import type { Resource } from "../../kopf/resource.ts";
import { createCorrectionMetrics } from "../../observability/metrics.ts";
import { LearnedDefaults } from "../../plan/learned-defaults.ts";
import { tell } from "../announce.ts";
import type { Correction } from "../correction.ts";
import type { SyncDeps, TellDeps } from "../deps.ts";
import { syncTarget } from "../secure-workload/children.ts";
import { Corrections } from "../secure-workload/corrections.ts";
import { Rewrites } from "../secure-workload/rewrites.ts";
import { KeptPolicies } from "./kept-policies.ts";
import { keyOfPolicy } from "./kinds.ts";
import { PolicyOwner } from "./owner.ts";

const REFUSED_MS = 3_000;

/** `owner` is the ClusterRole that the policies go with. */
export function registerKeeper(operator: Operator, policies: readonly AdmissionPolicy[], owner: string): void {
  const { client, clock, logger, recorder, registry } = operator;
  const cache: Operator["cache"] = (options) => operator.cache(options);
  const deps = {
    client,
    clock,
    logger,
    recorder,
    learned: new LearnedDefaults(),
    corrections: new Corrections(clock),
    rewrites: new Rewrites(clock),
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
  /** Since when what stood is missing, in monotonic milliseconds. */
  readonly #lostMs = new Map<string, number>();

  constructor(kept: KeptPolicies, owner: PolicyOwner, deps: SyncDeps & TellDeps) {
    this.#kept = kept;
    this.#owner = owner;
    this.#deps = deps;
  }

  /** Each object that changes; and all of them at the start, since one that is missing tells of nothing. */
  sources(): readonly Source[] {
    for (const [{ kind }, cache] of this.#kept.caches)
      cache.onChange(({ type, name }) => {
        const key = keyOfPolicy(kind, name.name);
        if (type === "deleted" && this.#kept.desired(key) !== undefined)
          this.#lostMs.set(key, this.#deps.clock.monotonicMs());
      });
    return [
      ...[...this.#kept.caches].map(([{ kind }, cache]) => from(cache, ({ name }) => [keyOfPolicy(kind, name.name)])),
      from(this.#owner.cache, () => this.#kept.keys()),
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

/** Of a kind that is not served nobody can prove that he may read it, so the API server refuses a policy that looks at it. */
function refusal(error: unknown): ApiError {
  if (error instanceof ApiError && isForbidden(error)) return error;
  throw error;
}
