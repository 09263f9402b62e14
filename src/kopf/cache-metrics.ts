/** Metrics of caches. */
import { Gauge } from "prom-client";
import { metricFactory, oncePerRegistry } from "./metric-factory.ts";

export type CacheMetrics = ReturnType<typeof cacheMetrics>;

interface CacheSize {
  readonly resource: string;
  readonly size: () => number;
}

export const cacheMetrics = oncePerRegistry((registry) => {
  const { counter } = metricFactory(registry);
  /** Read on every scrape. */
  const sizes: CacheSize[] = [];
  new Gauge({
    name: "kopf_cache_objects",
    help: "Objects kept in the caches, by resource.",
    labelNames: ["resource"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { resource, size } of sizes) this.inc({ resource }, size());
    },
  });
  return {
    sizes,
    callbackFailures: counter(
      "kopf_cache_callback_failures_total",
      "Shape functions and listeners that threw, by resource.",
      "resource",
      "where",
    ),
    watchFailures: counter(
      "kopf_watch_failures_total",
      "Lists and watches that failed and were restarted, by resource.",
      "resource",
    ),
  };
});
