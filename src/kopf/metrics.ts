/** The names that controller-runtime publishes, so that dashboards made for it fit. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from "prom-client";

export interface ControllerMetrics {
  readonly total: Counter<"controller" | "result">;
  readonly errors: Counter<"controller">;
  readonly terminalErrors: Counter<"controller">;
  readonly panics: Counter<"controller">;
  readonly timeouts: Counter<"controller">;
  readonly reconcileSeconds: Histogram<"controller">;
  readonly maxConcurrent: Gauge<"controller">;
  readonly active: Gauge<"controller">;
  readonly depth: Gauge<"name">;
  readonly unfinishedSeconds: Gauge<"name">;
  readonly longestSeconds: Gauge<"name">;
  readonly adds: Counter<"name">;
  readonly retries: Counter<"name">;
  readonly queueSeconds: Histogram<"name">;
  readonly workSeconds: Histogram<"name">;
  readonly leader: Gauge<"name">;
  readonly shards: Gauge;
  readonly shardsHeld: Gauge;
  readonly shardMapsDiffer: Gauge;
  readonly shardHandoverSeconds: Histogram;
  readonly eventsDropped: Counter;
  /** `update` runs before every scrape. */
  readonly onCollect: (update: () => void) => void;
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createControllerMetrics(registry: Registry): ControllerMetrics {
  const registers = [registry];
  const updates: (() => void)[] = [];
  collectDefaultMetrics({ register: registry });
  return {
    total: new Counter({
      name: "controller_runtime_reconcile_total",
      help: "Reconciliations by controller and result.",
      labelNames: ["controller", "result"],
      registers,
    }),
    errors: new Counter({
      name: "controller_runtime_reconcile_errors_total",
      help: "Reconciliations that failed.",
      labelNames: ["controller"],
      registers,
    }),
    terminalErrors: new Counter({
      name: "controller_runtime_terminal_reconcile_errors_total",
      help: "Reconciliations that only a person's change can mend.",
      labelNames: ["controller"],
      registers,
    }),
    panics: new Counter({
      name: "controller_runtime_reconcile_panics_total",
      help: "Reconciliations that failed by a mistake in the code.",
      labelNames: ["controller"],
      registers,
    }),
    timeouts: new Counter({
      name: "controller_runtime_reconcile_timeouts_total",
      help: "Reconciliations that were cut off because they took too long.",
      labelNames: ["controller"],
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: "controller_runtime_reconcile_time_seconds",
      help: "Seconds one reconciliation took.",
      labelNames: ["controller"],
      buckets: SECONDS,
      registers,
    }),
    maxConcurrent: new Gauge({
      name: "controller_runtime_max_concurrent_reconciles",
      help: "Workers of a controller.",
      labelNames: ["controller"],
      registers,
    }),
    active: new Gauge({
      name: "controller_runtime_active_workers",
      help: "Workers at work.",
      labelNames: ["controller"],
      registers,
    }),
    depth: new Gauge({
      name: "workqueue_depth",
      help: "Keys ready to run.",
      labelNames: ["name"],
      registers,
      collect: () => {
        for (const update of updates) update();
      },
    }),
    unfinishedSeconds: new Gauge({
      name: "workqueue_unfinished_work_seconds",
      help: "Seconds that keys being worked on have taken so far, together.",
      labelNames: ["name"],
      registers,
    }),
    longestSeconds: new Gauge({
      name: "workqueue_longest_running_processor_seconds",
      help: "Seconds that the key worked on for longest has taken so far.",
      labelNames: ["name"],
      registers,
    }),
    adds: new Counter({ name: "workqueue_adds_total", help: "Adds to the queue.", labelNames: ["name"], registers }),
    retries: new Counter({
      name: "workqueue_retries_total",
      help: "Adds after a failure.",
      labelNames: ["name"],
      registers,
    }),
    queueSeconds: new Histogram({
      name: "workqueue_queue_duration_seconds",
      help: "Seconds a key stood ready.",
      labelNames: ["name"],
      buckets: SECONDS,
      registers,
    }),
    workSeconds: new Histogram({
      name: "workqueue_work_duration_seconds",
      help: "Seconds a key was worked on.",
      labelNames: ["name"],
      buckets: SECONDS,
      registers,
    }),
    leader: new Gauge({
      name: "leader_election_master_status",
      help: "1 while this process leads, by Lease.",
      labelNames: ["name"],
      registers,
    }),
    shards: new Gauge({ name: "kopf_shards", help: "Parts that the keys are divided into.", registers }),
    shardsHeld: new Gauge({ name: "kopf_shards_held", help: "Parts that this process works on.", registers }),
    shardMapsDiffer: new Gauge({
      name: "kopf_shard_maps_differ",
      help: "1 while a replica that is alive divides by another number of shards; those that came later wait until it is gone.",
      registers,
    }),
    shardHandoverSeconds: new Histogram({
      name: "kopf_shard_handover_seconds",
      help: "Seconds for which the holder before had said nothing when this process took a shard, or the leadership.",
      buckets: [0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 60],
      registers,
    }),
    eventsDropped: new Counter({
      name: "kopf_events_dropped_total",
      help: "Events not sent, because too many came at once or the server refused them.",
      registers,
    }),
    onCollect: (update) => updates.push(update),
  };
}
