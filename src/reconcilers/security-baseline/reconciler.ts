/** The SecurityBaseline's status: whether what it says is in force. What it grants is enforced by the workloads' own passes. */
import { isDeepStrictEqual } from "node:util";
import { BASELINE_NAME, SECURITY_BASELINE } from "../../crds/group.ts";
import { isConflict, isNotFound } from "../../kopf/api-error.ts";
import type { ReconcileContext } from "../../kopf/controller.ts";
import { from, type Mapped, type Source } from "../../kopf/operator.ts";
import { type Outcome, settled } from "../../kopf/outcome.ts";
import { admissionFinding } from "../admission/finding.ts";
import type { AdmissionState } from "../admission/state.ts";
import type { Deps } from "../deps.ts";
import type { HeldBack } from "../namespace/held-back.ts";
import type { NetworkProbe } from "../network-probe/probe.ts";

import { FINDING_CASES, type Finding, findingsOf } from "../rights/findings.ts";
import { inventorySources } from "../rights/sources.ts";
import { accountsOf } from "../rights/subjects.ts";

import { isoSeconds } from "../secure-workload/status.ts";
import { withNulls } from "../status-patch.ts";
import type { World } from "../world.ts";
import { waySources } from "./exposure-sources.ts";
import type { BaselineRecord } from "./record.ts";
import { type BaselineFindings, type BaselineProblem, baselineStatusOf } from "./status.ts";
import { exposureProblems } from "./ways.ts";

export function createBaselineReconciler(
  deps: Deps,
  heldBack: HeldBack,
  prevention: AdmissionState,
  probe: NetworkProbe | undefined,
): (context: ReconcileContext) => Promise<Outcome> {
  return async ({ key, signal }) => {
    const rbac = rbacFindings(deps);
    const baseline = deps.world.granted.baselines.get(key);
    if (baseline === undefined) return settled();
    const findings = { ...findingsIn(baseline, deps.world, heldBack, prevention), rbac, network: probe?.finding() };
    await report(baseline, findings, deps, signal);
    return settled();
  };
}

/** Counts move with every workload; they are written at most once in so long. */
const COUNT_AFTER_MS = 2_000;
/** Policies come in crowds, when the keeper starts. */
const PREVENTION_AFTER_MS = 200;
/** Bindings come in crowds. */
const INVENTORY_AFTER_MS = 3_000;

export function baselineSources(
  world: World,
  heldBack: HeldBack,
  prevention: AdmissionState,
  probe: NetworkProbe | undefined,
): readonly Source[] {
  const counted: readonly Mapped[] = [{ key: BASELINE_NAME, afterMs: COUNT_AFTER_MS, priority: -50 }];
  return [
    from(world.granted.baselines, ({ key, old, new: now }) => (old?.generation === now?.generation ? [] : [key])),
    ...waySources(world, BASELINE_NAME),
    from(world.workloads, ({ type }) => (type === "updated" ? [] : counted)),
    {
      subscribe: (enqueue) => {
        heldBack.onChange(() => {
          for (const mapped of counted) enqueue(mapped, false);
        });
        prevention.onChange(() => enqueue({ key: BASELINE_NAME, afterMs: PREVENTION_AFTER_MS }, false));
        probe?.onChange(() => enqueue(BASELINE_NAME, false));
      },
    },
    ...inventorySources(world, { key: BASELINE_NAME, afterMs: INVENTORY_AFTER_MS, priority: -50 }),
    // A turn is told by the status, whichever replica wrote that.
    from(world.exceptions.cache, ({ old, new: now }) => (isDeepStrictEqual(old?.status, now?.status) ? [] : counted)),
    { subscribe: (enqueue) => world.exceptions.onTurn(() => enqueue({ key: BASELINE_NAME }, false)) },
  ];
}

/** Another replica counts from now on. */
export function forgetFindings({ metrics }: Deps): void {
  metrics.rbacFindings.reset();
}

/** Counted where there is no baseline to write them to, too. */
function rbacFindings({ world, metrics }: Deps): readonly Finding[] {
  const findings = findingsOf(
    world.rights.all(),
    world.rights,
    (namespace) => world.isGoverned(namespace),
    accountsOf(world.installation),
  );
  for (const driftCase of FINDING_CASES) {
    const count = findings.filter((finding) => finding.driftCase === driftCase).length;
    metrics.rbacFindings.set({ drift_case: driftCase }, count);
  }
  return findings;
}

function findingsIn(
  baseline: BaselineRecord,
  world: World,
  heldBack: HeldBack,
  prevention: AdmissionState,
): Omit<BaselineFindings, "rbac"> {
  return {
    problems: problemsOf(baseline, world),
    namespaces: world.governed().length,
    workloads: world.workloads.size,
    notSealed: heldBack.entries(),
    admission: admissionFinding(prevention),
    exceptions: [...world.exceptions.allActive()]
      .sort((a, b) => a.expiresMs - b.expiresMs)
      .map(({ name, workload, expiresMs }) => ({ name, workload, expires: isoSeconds(expiresMs) })),
  };
}

function problemsOf({ invalid, everywhere }: BaselineRecord, world: World): readonly BaselineProblem[] {
  const { exposure, gateway } = everywhere;
  return invalid === undefined
    ? exposureProblems(exposure, world.granted.waysNamed(exposure), gateway !== undefined)
    : [{ reason: "InvalidSpec", message: `${invalid}; until then nothing is granted, and no image is allowed` }];
}

/** Only when it says something new. */
async function report(
  baseline: BaselineRecord,
  findings: BaselineFindings,
  { client, clock, world }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const status = baselineStatusOf(baseline, findings, isoSeconds(clock.now()));
  if (isDeepStrictEqual(status, baseline.status)) return;
  const patch = { metadata: { uid: baseline.uid }, status: withNulls(baseline.status, status) };
  const options = { type: "merge", subresource: "status", signal } as const;
  try {
    world.granted.baselines.observe(await client.patch(SECURITY_BASELINE, { name: BASELINE_NAME }, patch, options));
  } catch (error) {
    // Gone, or made anew: its own event brings the next pass.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
