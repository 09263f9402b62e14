import { Gauge, type Registry } from "prom-client";
import { EXCEPTION_REASONS } from "../../crds/v1alpha1/exception-conditions.ts";
import type { ClusterState } from "../../state/cluster-state.ts";

/**
 * Counted at every scrape. The name of an exception is a label, as of no other object: only the platform team makes them, they are few, and
 * an alert before one ends must say which.
 */
export function measureExceptions(registry: Registry, state: ClusterState): void {
  const { exceptions } = state;
  const all = () => [...exceptions.cache.entries()].map(([, exception]) => exception);
  new Gauge({
    name: "palisade_security_exceptions",
    help: "SecurityExceptions by state.",
    labelNames: ["state"],
    registers: [registry],
    collect() {
      for (const state of Object.keys(EXCEPTION_REASONS)) this.set({ state }, 0);
      for (const exception of all()) this.inc({ state: exceptions.stateOf(exception) });
    },
  });
  new Gauge({
    name: "palisade_break_glass_exceptions",
    help: "Active SecurityExceptions that let a person into pods.",
    registers: [registry],
    collect() {
      this.set(exceptions.allActive().filter(({ user }) => user !== undefined).length);
    },
  });
  new Gauge({
    name: "palisade_security_exception_expiry_timestamp_seconds",
    help: "Expiry of each active SecurityException, in seconds since the epoch.",
    labelNames: ["exception"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, expiresMs } of exceptions.allActive()) this.set({ exception: name }, expiresMs / 1_000);
    },
  });
}
