/** What is counted from the caches whenever somebody reads the metrics: the same on every replica, whether or not it leads. */
import { Gauge, type Registry } from "prom-client";
import { ENROLMENTS, labelOfEnrolment } from "../crds/v1alpha1/enrolment.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import type { AdmissionState } from "./admission/state.ts";
import type { NetworkProbe } from "./network-probe/probe.ts";

const STATUSES = ["True", "False", "Unknown"] as const;

export function measureWorld(
  registry: Registry,
  state: ClusterState,
  prevention: AdmissionState,
  probe: NetworkProbe | undefined,
): void {
  measureWorkloads(registry, state);
  measureMutations(registry, state);
  measureEnclosure(registry, state, prevention);
  measureControlPlane(registry, state);
  if (probe !== undefined) measureNetwork(registry, probe);
}

function measureWorkloads(registry: Registry, state: ClusterState): void {
  const all = (): readonly WorkloadRecord[] => [...state.workloads.entries()].map(([, workload]) => workload);
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
    help: "SecureWorkloads that are not ready, by reason of their condition Ready.",
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
    help: "Workloads with children that a client keeps changing back.",
    registers,
    collect() {
      this.set(all().filter((workload) => conditionOf(workload, "DriftContested")?.status === "True").length);
    },
  });
}

/** What comes to pods from others, and stays. */
function measureMutations(registry: Registry, state: ClusterState): void {
  new Gauge({
    name: "palisade_mutated_workloads",
    help: "Workloads to whose pods admission adds something that the SecurityBaseline does not expect.",
    registers: [registry],
    collect() {
      const all = [...state.workloads.entries()].map(([, workload]) => workload);
      this.set(all.filter((workload) => conditionOf(workload, "PodsMutated")?.status === "True").length);
    },
  });
}

/** What closes workloads in, beside their own objects. */
function measureEnclosure(registry: Registry, state: ClusterState, prevention: AdmissionState): void {
  const registers = [registry];
  new Gauge({
    name: "palisade_namespaces",
    help: "Enrolled namespaces by state.",
    labelNames: ["enrolment"],
    registers,
    collect() {
      for (const state of ENROLMENTS) this.set({ enrolment: labelOfEnrolment(state) }, 0);
      for (const namespace of state.enrolled()) {
        const enrolment = state.enrolmentOf(namespace);
        if (enrolment !== undefined) this.inc({ enrolment: labelOfEnrolment(enrolment) });
      }
    },
  });
  new Gauge({
    name: "palisade_admission_policies",
    help: "Required admission policies and bindings, by whether they exist unchanged.",
    labelNames: ["state"],
    registers,
    collect() {
      const missing = prevention.missing().length;
      this.set({ state: "standing" }, prevention.size - missing);
      this.set({ state: "missing" }, missing);
    },
  });
}

/** Said of an answer alone: a replica that has not asked, or got none, knows nothing. */
function measureControlPlane(registry: Registry, { controlPlane }: ClusterState): void {
  new Gauge({
    name: "palisade_control_plane_known",
    help: "0 if a user that the admission policies do not trust creates or schedules pods; present once the control plane answered.",
    registers: [registry],
    collect() {
      const { kind } = controlPlane.finding();
      if (kind === "known") this.set(1);
      else if (kind === "unknown") this.set(0);
      else this.remove();
    },
  });
}

function measureNetwork(registry: Registry, probe: NetworkProbe): void {
  new Gauge({
    name: "palisade_network_policy_enforced",
    help: "0 if a closed port of a workload accepted a connection from the operator's pod; present after the first probe.",
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
