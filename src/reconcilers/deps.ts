import type { Client, Clock, EventRecorder, Logger } from "kopf-ts";
import type { CorrectionMetrics, PalisadeMetrics } from "../observability/metrics.ts";
import type { LearnedDefaults } from "../plan/learned-defaults.ts";
import type { ReportedRights } from "../rbac/reported.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { CorrectionLimiter } from "./apply/correction-limiter.ts";
import type { DestructionBudget } from "./apply/destruction-budget.ts";
import type { MutatedWrites } from "./apply/mutated-writes.ts";

/** What it takes to make one object what it must be. */
export type SyncDeps = Pick<Deps, "client" | "learned" | "corrections" | "rewrites" | "budget" | "clock"> & {
  readonly metrics: CorrectionMetrics;
};

/** What it takes to tell of a correction. */
export type TellDeps = Pick<Deps, "recorder" | "logger">;

/** What a reconciler works with; built once, in `main.ts`. */
export interface Deps {
  readonly client: Client;
  readonly state: ClusterState;
  readonly learned: LearnedDefaults;
  readonly corrections: CorrectionLimiter;
  readonly rewrites: MutatedWrites;
  readonly budget: DestructionBudget;
  readonly rights: ReportedRights;
  readonly recorder: EventRecorder;
  readonly metrics: PalisadeMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}
