import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Corrections of either process. Labels never hold object names, whose number is unbounded. */
export interface CorrectionMetrics {
  readonly corrections: Counter<"kind" | "action" | "drift_case">;
  readonly correctionSeconds: Histogram<"kind">;
}

/** Metrics of the operator. */
export interface PalisadeMetrics extends CorrectionMetrics {
  readonly surplusRights: Gauge<"scope">;
  readonly rbacFindings: Gauge<"drift_case">;
  readonly weakPodAge: Gauge<"kind">;
  readonly podDisruptions: Counter<"reason">;
  readonly baselineChanges: Counter<"kind">;
  readonly correctionPauses: Counter;
  readonly pausedCauses: Gauge;
}

export function createCorrectionMetrics(registry: Registry): CorrectionMetrics {
  const registers = [registry];
  return {
    corrections: new Counter({
      name: "palisade_drift_corrections_total",
      help: "Corrections, by kind of object, action and drift case.",
      labelNames: ["kind", "action", "drift_case"],
      registers,
    }),
    correctionSeconds: new Histogram({
      name: "palisade_drift_correction_seconds",
      help: "Seconds from the first event of a change until it is reverted.",
      labelNames: ["kind"],
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
  };
}

/** Calls `weakPodAges` and `pausedCauses` on every scrape. */
export function createMetrics(
  registry: Registry,
  weakPodAges: () => ReadonlyMap<string, number> = () => new Map(),
  pausedCauses: () => number = () => 0,
): PalisadeMetrics {
  const registers = [registry];
  return {
    ...createCorrectionMetrics(registry),
    podDisruptions: new Counter({
      name: "palisade_pod_disruptions_total",
      help: "Pods of workloads removed other than by their controller, by Kubernetes' reason or Deleted.",
      labelNames: ["reason"],
      registers,
    }),
    baselineChanges: new Counter({
      name: "palisade_baseline_changes_total",
      help: "Workloads whose pods rolled because this version of the operator creates them differently, by kind of controller.",
      labelNames: ["kind"],
      registers,
    }),
    correctionPauses: new Counter({
      name: "palisade_correction_pauses_total",
      help: "Times that Palisade paused deletions for a cause because its budget was spent.",
      registers,
    }),
    pausedCauses: new Gauge({
      name: "palisade_paused_causes",
      help: "Causes for which deletions are paused because their budget is spent.",
      registers,
      collect(): void {
        this.set(pausedCauses());
      },
    }),
    weakPodAge: new Gauge({
      name: "palisade_weak_pod_age_seconds",
      help: "Age of the oldest pod that violates Pod Security or differs from its controller's template, by kind of controller.",
      labelNames: ["kind"],
      registers,
      collect(): void {
        for (const [kind, seconds] of weakPodAges()) this.set({ kind }, seconds);
      },
    }),
    surplusRights: new Gauge({
      name: "palisade_account_surplus_rights",
      help: "Workloads whose account has permissions that are not declared, by scope: cluster or namespace.",
      labelNames: ["scope"],
      registers,
    }),
    rbacFindings: new Gauge({
      name: "palisade_rbac_findings",
      help: "Subjects that can bypass SecureWorkloads through RBAC, by drift case.",
      labelNames: ["drift_case"],
      registers,
    }),
  };
}
