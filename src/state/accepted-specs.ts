/**
 * Which spec a workload's children follow: the declared one, or, while that one may not be rolled out, the last that might.
 * A refused change therefore changes nothing, and what runs stays guarded as it was. Kept in memory alone: after a restart
 * the spec in force is known again only where the declared one may be rolled out or is what runs.
 */
import type { Cache } from "kopf-ts";
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import type { Memory } from "./memory.ts";
import type { WorkloadRecord } from "./records/workload.ts";

export class AcceptedSpecs {
  readonly #memory: Memory;
  readonly #listeners: ((workload: WorkloadRecord, spec: SecureWorkloadSpec | undefined) => void)[] = [];
  readonly #mayRollOut: (workload: WorkloadRecord, spec: SecureWorkloadSpec) => boolean;

  constructor(memory: Memory, mayRollOut: (workload: WorkloadRecord, spec: SecureWorkloadSpec) => boolean) {
    this.#memory = memory;
    this.#mayRollOut = mayRollOut;
  }

  /** Looks at every workload when it changes, and at all of them when what the platform team grants does. */
  follow(workloads: Cache<WorkloadRecord>, grants: Cache<unknown>): void {
    workloads.onChange(({ old, new: now }) => {
      if (old !== undefined && old.ref.uid !== now?.ref.uid) this.#tell(old, undefined);
      if (now !== undefined) this.look(now);
    });
    grants.onChange(() => {
      for (const [, workload] of workloads.entries()) this.look(workload);
    });
  }

  /** Something that the spec depends on has changed. */
  look(workload: WorkloadRecord): void {
    if (workload.spec !== undefined && this.#mayRollOut(workload, workload.spec)) this.accept(workload);
  }

  /** The declared spec is in force from now on. */
  accept(workload: WorkloadRecord): void {
    const { spec } = workload;
    const memory = this.#memory.of(workload);
    if (spec === undefined || memory.acceptedSpec === spec) return;
    memory.acceptedSpec = spec;
    this.#tell(workload, spec);
  }

  #tell(workload: WorkloadRecord, spec: SecureWorkloadSpec | undefined): void {
    for (const listener of this.#listeners) listener(workload, spec);
  }

  /** Told of each spec that comes into force, and with undefined of a workload that is gone. */
  onChange(listener: (workload: WorkloadRecord, spec: SecureWorkloadSpec | undefined) => void): void {
    this.#listeners.push(listener);
  }

  /** Undefined while the declared spec may not be rolled out and nothing is known of one before it. */
  of(workload: WorkloadRecord): SecureWorkloadSpec | undefined {
    return this.#memory.of(workload).acceptedSpec;
  }
}
