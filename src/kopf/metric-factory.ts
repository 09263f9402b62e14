/** Short ways to create metrics on one registry. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export type MetricFactory = ReturnType<typeof metricFactory>;

export function metricFactory(registry: Registry) {
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Counter({ name, help, labelNames, registers }),
    gauge: <L extends string>(name: string, help: string, ...labelNames: L[]) =>
      new Gauge({ name, help, labelNames, registers }),
    histogram: <L extends string>(buckets: readonly number[], name: string, help: string, ...labelNames: L[]) =>
      new Histogram({ name, help, labelNames, registers, buckets: [...buckets] }),
  };
}

/** Creates something once per registry. */
export function oncePerRegistry<T>(create: (registry: Registry) => T): (registry: Registry) => T {
  const created = new WeakMap<Registry, { readonly value: T }>();
  return (registry) => {
    const entry = created.get(registry) ?? { value: create(registry) };
    created.set(registry, entry);
    return entry.value;
  };
}
