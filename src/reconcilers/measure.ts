/** What is counted from the caches whenever somebody reads the metrics: the same on every replica, whether or not it leads. */
import { Gauge, type Registry } from "prom-client";
import { ENROLMENTS, labelOfEnrolment } from "../crds/v1alpha1/enrolment.ts";
import type { AdmissionState } from "./admission/state.ts";
import type { NetworkProbe } from "./network-probe/probe.ts";
import type { WorkloadRecord } from "./records.ts";
import type { World } from "./world.ts";

const STATUSES = ["True", "False", "Unknown"] as const;

export function measureWorld(
  registry: Registry,
  world: World,
  prevention: AdmissionState,
  probe: NetworkProbe | undefined,
): void {
  measureWorkloads(registry, world);
  measureEnclosure(registry, world, prevention);
  if (probe !== undefined) measureNetwork(registry, probe);
}

function measureWorkloads(registry: Registry, world: World): void {
  const all = (): readonly WorkloadRecord[] => [...world.workloads.entries()].map(([, workload]) => workload);
  const registers = [registry];
  new Gauge({
    name: "palisade_workloads",
    help: "SecureWorkloads by the status of their condition Ready.",
    labelNames: ["ready"],
    registers,
    collect() {
      for (const ready of STATUSES) this.set({ ready }, 0);
      for (const workload of all()) this.inc({ ready: conditionOf(workload, "Ready")?.status ?? "Unknown" });
    },
  });
  new Gauge({
    name: "palisade_workloads_not_ready",
    help: "SecureWorkloads that are not ready, by the reason that their condition Ready gives.",
    labelNames: ["reason"],
    registers,
    collect() {
      this.reset();
      for (const workload of all()) {
        const ready = conditionOf(workload, "Ready");
        if (ready?.status === "False") this.inc({ reason: ready.reason });
      }
    },
  });
  new Gauge({
    name: "palisade_drift_contested_workloads",
    help: "Workloads whose children are changed back again and again.",
    registers,
    collect() {
      this.set(all().filter((workload) => conditionOf(workload, "DriftContested")?.status === "True").length);
    },
  });
}

/** What closes workloads in, beside their own objects. */
function measureEnclosure(registry: Registry, world: World, prevention: AdmissionState): void {
  const registers = [registry];
  new Gauge({
    name: "palisade_namespaces",
    help: "Namespaces that hold workloads, or held some, by how far they are enrolled.",
    labelNames: ["enrolment"],
    registers,
    collect() {
      for (const state of ENROLMENTS) this.set({ enrolment: labelOfEnrolment(state) }, 0);
      for (const namespace of world.enrolled()) {
        const state = world.enrolmentOf(namespace);
        if (state !== undefined) this.inc({ enrolment: labelOfEnrolment(state) });
      }
    },
  });
  new Gauge({
    name: "palisade_admission_policies",
    help: "Admission policies and bindings that are to be there, by whether they stand as they were made.",
    labelNames: ["state"],
    registers,
    collect() {
      const missing = prevention.missing().length;
      this.set({ state: "standing" }, prevention.size - missing);
      this.set({ state: "missing" }, missing);
    },
  });
}

function measureNetwork(registry: Registry, probe: NetworkProbe): void {
  new Gauge({
    name: "palisade_network_policy_enforced",
    help: "0 when a closed port of a workload let the operator's pod in; there once it has tried.",
    registers: [registry],
    collect() {
      const finding = probe.finding();
      if (finding === undefined) this.remove();
      else this.set(finding.holds ? 1 : 0);
    },
  });
}

const conditionOf = ({ status }: WorkloadRecord, type: string) =>
  status.conditions?.find((condition) => condition.type === type);
