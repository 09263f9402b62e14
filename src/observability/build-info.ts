import { Gauge, type Registry } from "prom-client";

/** Which version runs: 1, with the version as a label, as Prometheus' own programs say it. */
export function publishBuildInfo(registry: Registry, version: string): void {
  new Gauge({
    name: "palisade_build_info",
    help: "1, with the version that runs.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version }, 1);
}
