import { Counter, type Registry } from "prom-client";

const counters = new WeakMap<Registry, Counter<"resource" | "where">>();

/** The counter of `registry`, made once however many caches share it. */
export function callbackFailures(registry: Registry): Counter<"resource" | "where"> {
  const known = counters.get(registry);
  if (known !== undefined) return known;
  const counter = new Counter({
    name: "kopf_cache_callback_failures_total",
    help: "Shape functions and listeners that threw, by resource.",
    labelNames: ["resource", "where"],
    registers: [registry],
  });
  counters.set(registry, counter);
  return counter;
}
