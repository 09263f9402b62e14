import { Gauge, type Registry } from "prom-client";

/** Which version runs, as Prometheus' own programs say it. Of the operator alone: alerts find its processes by it, and miss them when it is gone. */
export function publishBuildInfo(registry: Registry, version: string): void {
  new Gauge({
    name: "palisade_build_info",
    help: "1, with the version that runs.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version }, 1);
}
