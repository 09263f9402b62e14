/** Which namespaces hold workloads, and how far each of them is enrolled. */
import type { Cache } from "kopf-ts";
import { ENROLMENT_LABEL } from "../crds/group.ts";
import { type Enrolment, enrolmentOfLabel } from "../crds/v1alpha1/enrolment.ts";
import type { Memory } from "./memory.ts";
import type { NamespaceRecord } from "./records/namespace.ts";
import { byAge, type WorkloadRecord } from "./records/workload.ts";

export interface EnrolmentSources {
  /** Indexed by `namespace`. */
  readonly workloads: Cache<WorkloadRecord>;
  readonly namespaces: Cache<NamespaceRecord>;
  readonly memory: Memory;
}

export class Enrolments {
  readonly #sources: EnrolmentSources;

  constructor(sources: EnrolmentSources) {
    this.#sources = sources;
  }

  /** How far a namespace is enrolled: as decided, else as its label says; undefined before both. */
  of(namespace: string): Enrolment | undefined {
    const record = this.#sources.namespaces.get(namespace);
    if (record === undefined) return undefined;
    return this.#sources.memory.ofNamespace(namespace).enrolment ?? enrolmentOfLabel(record.marks[ENROLMENT_LABEL]);
  }

  decide(namespace: string, state: Enrolment): void {
    this.#sources.memory.ofNamespace(namespace).enrolment = state;
  }

  /** Every namespace that holds workloads. */
  governed(): readonly string[] {
    return [...new Set([...this.#sources.workloads.entries()].map(([, { ref }]) => ref.namespace))];
  }

  /** Every namespace that holds workloads, or held some: what was closed for them stays closed. */
  enrolled(): readonly string[] {
    const marked = [...this.#sources.namespaces.entries()].flatMap(([name, { marks }]) =>
      marks[ENROLMENT_LABEL] === undefined ? [] : [name],
    );
    return [...new Set([...this.governed(), ...marked])];
  }

  isEnrolled(namespace: string): boolean {
    return this.isGoverned(namespace) || this.#sources.namespaces.get(namespace)?.marks[ENROLMENT_LABEL] !== undefined;
  }

  isGoverned(namespace: string): boolean {
    return this.#sources.workloads.byIndex("namespace", namespace).length > 0;
  }

  /** The oldest first. */
  workloadsIn(namespace: string): readonly WorkloadRecord[] {
    const { workloads } = this.#sources;
    return workloads
      .byIndex("namespace", namespace)
      .flatMap((key) => workloads.get(key) ?? [])
      .sort(byAge);
  }

  /** Asked for in every pass: without a sorted list of all of them. */
  oldestIn(namespace: string): WorkloadRecord | undefined {
    const { workloads } = this.#sources;
    let oldest: WorkloadRecord | undefined;
    for (const key of workloads.byIndex("namespace", namespace)) {
      const workload = workloads.get(key);
      if (workload !== undefined && (oldest === undefined || byAge(workload, oldest) < 0)) oldest = workload;
    }
    return oldest;
  }
}
