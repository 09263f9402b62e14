/** Makes the claims of Deployments and grows those that exist. Nothing here deletes a claim or makes one smaller. */
import { isAlreadyExists, isConflict, keyOf } from "kopf-ts";
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import { buildOwnClaim, sizedClaims } from "../../expand/claims.ts";
import { PERSISTENT_VOLUME_CLAIM } from "../../kubernetes/kinds.ts";
import { canonicalQuantity } from "../../kubernetes/quantity.ts";
import { ownClaimName } from "../../names.ts";
import { type Action, type Blocker, nameTaken } from "../../plan/action.ts";
import { type ClaimView, standingOfClaim } from "../../plan/claims.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";
import type { ChildResult } from "./correction-result.ts";

/** Somebody else changed the claim just now. */
const AGAIN_MS = 500;

export interface ClaimPlan {
  readonly actions: readonly Action[];
  readonly blocked: readonly Blocker[];
}

export function planClaims(workload: WorkloadRecord, state: ClusterState): ClaimPlan {
  const spec = state.granted.specOf(workload);
  const views = state.claims.of(workload);
  return {
    actions: views.flatMap((view) => actionOn(view, workload) ?? []),
    blocked: views
      .filter((view) => isTaken(view, spec, workload))
      .map(({ name }) =>
        nameTaken(named(name, workload), "name it under claims.existing to use its data, or rename the claim"),
      ),
  };
}

/**
 * Whether pods would mount somebody else's data under this name. For a StatefulSet people make claims beforehand, without the label; those of
 * another workload (`data-db-0` of Deployment `db-0`) are never its own.
 */
function isTaken({ name, live }: ClaimView, spec: SecureWorkloadSpec | undefined, { ref }: WorkloadRecord): boolean {
  if (live === undefined || spec === undefined) return false;
  if (spec.type === "Deployment") return !live.isOurs;
  const number = Number(/[0-9]+$/.exec(name)?.[0]);
  return live.isOthers && number < spec.replicas && name.endsWith(`-${ref.name}-${number}`);
}

const named = (name: string, { ref: { namespace } }: WorkloadRecord) => ({
  resource: PERSISTENT_VOLUME_CLAIM,
  name: { namespace, name },
});

function actionOn(view: ClaimView, workload: WorkloadRecord): Action | undefined {
  const about = { subject: "claim", ...named(view.name, workload), fields: [], needs: [] } as const;
  switch (standingOfClaim(view)) {
    case "absent":
      return { ...about, verb: "create", why: "the workload's pods mount it" };
    case "small":
      return {
        ...about,
        verb: "grow",
        uid: view.live?.uid,
        why: "the workload declares a larger size",
        fields: ["spec.resources.requests.storage"],
      };
    default:
      return undefined;
  }
}

/** Applies one action of {@link planClaims}, as far as it is still due. */
export async function applyClaim(
  action: Action,
  workload: WorkloadRecord,
  deps: Pick<Deps, "client" | "state">,
  signal: AbortSignal,
): Promise<ChildResult> {
  const view = deps.state.claims.of(workload).find(({ name }) => name === action.name.name);
  if (view === undefined) return {};
  switch (standingOfClaim(view)) {
    case "absent":
      return create(view, workload, deps, signal);
    case "small":
      return grow(view, action, deps, signal);
    default:
      return {};
  }
}

async function create(
  view: ClaimView,
  workload: WorkloadRecord,
  { client, state }: Pick<Deps, "client" | "state">,
  signal: AbortSignal,
): Promise<ChildResult> {
  const spec = state.granted.specOf(workload);
  const claim = sizedClaims(spec ?? {}).find(({ name }) => ownClaimName(workload.ref.name, name) === view.name);
  if (claim === undefined) return {};
  try {
    state.claims.cache.observe(
      await client.create(PERSISTENT_VOLUME_CLAIM, buildOwnClaim(workload.ref, claim), { signal }),
    );
    return {};
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return { retryAfterMs: AGAIN_MS };
  }
}

async function grow(
  { size, live }: ClaimView,
  { name }: Action,
  { client, state }: Pick<Deps, "client" | "state">,
  signal: AbortSignal,
): Promise<ChildResult> {
  const { cache } = state.claims;
  const metadata = { uid: live?.uid, resourceVersion: cache.version(keyOf(name)) };
  const patch = { metadata, spec: { resources: { requests: { storage: canonicalQuantity(size) } } } };
  try {
    cache.observe(await client.patch(PERSISTENT_VOLUME_CLAIM, name, patch, { type: "merge", signal }));
    return {};
  } catch (error) {
    if (!isConflict(error)) throw error;
    return { retryAfterMs: AGAIN_MS };
  }
}
