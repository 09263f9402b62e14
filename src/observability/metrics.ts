import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What is undone, by whichever process. Never an object's name as a label: kinds and case numbers are few, names are not. */
export interface CorrectionMetrics {
  readonly corrections: Counter<"kind" | "action" | "drift_case">;
  readonly correctionSeconds: Histogram<"kind">;
}

/** What the operator counts. */
export interface PalisadeMetrics extends CorrectionMetrics {
  readonly surplusRights: Gauge<"scope">;
  readonly rbacFindings: Gauge<"drift_case">;
  readonly weakPodAge: Gauge<"kind">;
  readonly podDisruptions: Counter<"reason">;
  readonly baselineChanges: Counter<"kind">;
}

export function createCorrectionMetrics(registry: Registry): CorrectionMetrics {
  const registers = [registry];
  return {
    corrections: new Counter({
      name: "palisade_drift_corrections_total",
      help: "Changes undone, by kind of object, what was done, and the number of the drift case.",
      labelNames: ["kind", "action", "drift_case"],
      registers,
    }),
    correctionSeconds: new Histogram({
      name: "palisade_drift_correction_seconds",
      help: "Seconds from the moment a change was seen until it was undone.",
      labelNames: ["kind"],
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
  };
}

/** `weakPodAges` is asked whenever somebody reads the metrics. */
export function createMetrics(
  registry: Registry,
  weakPodAges: () => ReadonlyMap<string, number> = () => new Map(),
): PalisadeMetrics {
  const registers = [registry];
  return {
    ...createCorrectionMetrics(registry),
    podDisruptions: new Counter({
      name: "palisade_pod_disruptions_total",
      help: "Pods of workloads that were taken away beside their controller: by the reason that Kubernetes gives, or Deleted.",
      labelNames: ["reason"],
      registers,
    }),
    baselineChanges: new Counter({
      name: "palisade_baseline_changes_total",
      help: "Workloads whose pods were made anew because another version of the operator makes them otherwise, by the kind that runs them.",
      labelNames: ["kind"],
      registers,
    }),
    weakPodAge: new Gauge({
      name: "palisade_weak_pod_age_seconds",
      help: "Age of the oldest live pod that breaks Pod Security or is not what its workload's controllers make, by the kind that controls it.",
      labelNames: ["kind"],
      registers,
      collect(): void {
        for (const [kind, seconds] of weakPodAges()) this.set({ kind }, seconds);
      },
    }),
    surplusRights: new Gauge({
      name: "palisade_account_surplus_rights",
      help: "Workloads whose account may do what is not declared, by where: in the whole cluster, or in a namespace.",
      labelNames: ["scope"],
      registers,
    }),
    rbacFindings: new Gauge({
      name: "palisade_rbac_findings",
      help: "Subjects that RBAC gives a way around what holds for workloads, by the number of the drift case.",
      labelNames: ["drift_case"],
      registers,
    }),
  };
}
