import type { Client } from "../kopf/client.ts";
import type { Clock } from "../kopf/clock.ts";
import type { EventRecorder } from "../kopf/events.ts";
import type { Logger } from "../kopf/log-fields.ts";
import type { CorrectionMetrics, PalisadeMetrics } from "../observability/metrics.ts";
import type { LearnedDefaults } from "../plan/learned-defaults.ts";
import type { RightsLedger } from "./rights/ledger.ts";
import type { Corrections } from "./secure-workload/corrections.ts";
import type { Rewrites } from "./secure-workload/rewrites.ts";
import type { World } from "./world.ts";

/** What it takes to make one object what it must be. */
export type SyncDeps = Pick<Deps, "client" | "learned" | "corrections" | "rewrites" | "clock"> & {
  readonly metrics: CorrectionMetrics;
};

/** What it takes to tell of a correction. */
export type TellDeps = Pick<Deps, "recorder" | "logger">;

/** What a reconciler works with; built once, in `main.ts`. */
export interface Deps {
  readonly client: Client;
  readonly world: World;
  readonly learned: LearnedDefaults;
  readonly corrections: Corrections;
  readonly rewrites: Rewrites;
  readonly rights: RightsLedger;
  readonly recorder: EventRecorder;
  readonly metrics: PalisadeMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}
