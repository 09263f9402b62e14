import { Counter, Gauge, type Registry } from "prom-client";

export interface CacheMetrics {
  readonly callbackFailures: Counter<"resource" | "where">;
  readonly watchFailures: Counter<"resource">;
  /** Asked for its size whenever somebody reads the metrics. */
  readonly sizes: { readonly resource: string; readonly size: () => number }[];
}

const made = new WeakMap<Registry, CacheMetrics>();

/** The metrics of `registry`, made once however many caches share it. */
export function cacheMetrics(registry: Registry): CacheMetrics {
  const known = made.get(registry);
  if (known !== undefined) return known;
  const sizes: CacheMetrics["sizes"] = [];
  const registers = [registry];
  const metrics: CacheMetrics = {
    callbackFailures: new Counter({
      name: "kopf_cache_callback_failures_total",
      help: "Shape functions and listeners that threw, by resource.",
      labelNames: ["resource", "where"],
      registers,
    }),
    watchFailures: new Counter({
      name: "kopf_watch_failures_total",
      help: "Lists and watches that failed and were begun anew, by resource.",
      labelNames: ["resource"],
      registers,
    }),
    sizes,
  };
  new Gauge({
    name: "kopf_cache_objects",
    help: "Objects kept in the caches, by resource.",
    labelNames: ["resource"],
    registers,
    collect() {
      this.reset();
      for (const { resource, size } of sizes) this.inc({ resource }, size());
    },
  });
  made.set(registry, metrics);
  return metrics;
}
