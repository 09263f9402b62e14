/** Metrics under controller-runtime's names, so that existing dashboards work. */
import { collectDefaultMetrics, Gauge, type Registry } from "prom-client";
import { type MetricFactory, metricFactory } from "./metric-factory.ts";

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const HANDOVER_SECONDS = [0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 60];

export type ControllerMetrics = ReturnType<typeof createControllerMetrics>;

export function createControllerMetrics(registry: Registry) {
  const factory = metricFactory(registry);
  collectDefaultMetrics({ register: registry });
  return { ...runMetrics(factory), ...queueMetrics(factory, registry), ...leaderMetrics(factory) };
}

const runMetrics = ({ counter, gauge, histogram }: MetricFactory) => ({
  total: counter("controller_runtime_reconcile_total", "Reconcile runs by result.", "controller", "result"),
  errors: counter("controller_runtime_reconcile_errors_total", "Reconcile runs that failed.", "controller"),
  terminalErrors: counter(
    "controller_runtime_terminal_reconcile_errors_total",
    "Reconcile runs that cannot succeed until the object changes.",
    "controller",
  ),
  panics: counter(
    "controller_runtime_reconcile_panics_total",
    "Reconcile runs that failed by a mistake in the code.",
    "controller",
  ),
  timeouts: counter(
    "controller_runtime_reconcile_timeouts_total",
    "Reconcile runs that exceeded their timeout.",
    "controller",
  ),
  reconcileSeconds: histogram(
    SECONDS,
    "controller_runtime_reconcile_time_seconds",
    "Seconds per reconcile run.",
    "controller",
  ),
  maxConcurrent: gauge("controller_runtime_max_concurrent_reconciles", "Workers of a controller.", "controller"),
  active: gauge("controller_runtime_active_workers", "Busy workers of a controller.", "controller"),
});

function queueMetrics({ counter, gauge, histogram }: MetricFactory, registry: Registry) {
  const updates: (() => void)[] = [];
  return {
    /** `update` runs before every scrape. */
    onCollect: (update: () => void): void => void updates.push(update),
    depth: new Gauge({
      name: "workqueue_depth",
      help: "Keys ready to run.",
      labelNames: ["name"],
      registers: [registry],
      collect: () => {
        for (const update of updates) update();
      },
    }),
    unfinishedSeconds: gauge("workqueue_unfinished_work_seconds", "Seconds that running keys took so far.", "name"),
    longestSeconds: gauge(
      "workqueue_longest_running_processor_seconds",
      "Seconds that the longest running key took so far.",
      "name",
    ),
    adds: counter("workqueue_adds_total", "Adds to the queue.", "name"),
    retries: counter("workqueue_retries_total", "Adds after a failure.", "name"),
    queueSeconds: histogram(SECONDS, "workqueue_queue_duration_seconds", "Seconds a key waited for a worker.", "name"),
    workSeconds: histogram(SECONDS, "workqueue_work_duration_seconds", "Seconds a worker took for a key.", "name"),
  };
}

const leaderMetrics = ({ counter, gauge, histogram }: MetricFactory) => ({
  leader: gauge("leader_election_master_status", "1 while this process holds the Lease.", "name"),
  shards: gauge("kopf_shards", "The shard count."),
  shardsHeld: gauge("kopf_shards_held", "Shards that this process works on."),
  shardMapsDiffer: gauge(
    "kopf_shard_maps_differ",
    "1 while a live replica has another shard count; replicas that started later wait until it is gone.",
  ),
  shardHandoverSeconds: histogram(
    HANDOVER_SECONDS,
    "kopf_shard_handover_seconds",
    "Seconds since the previous holder's last renewal when this process took a shard, or the leadership.",
  ),
  eventsDropped: counter("kopf_events_dropped_total", "Events dropped: too many at once, or refused by the server."),
});
