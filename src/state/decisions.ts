/** What this replica decided for a workload and wrote of it: it outranks the status, which somebody might edit. */
import { type Cache, hashOf } from "kopf-ts";
import type { SecureWorkloadStatus } from "../crds/v1alpha1/secure-workload.ts";
import type { PodIdentity } from "../expand/input.ts";
import type { Memory, Remembered } from "./memory.ts";
import { byAge, type WorkloadRecord } from "./records/workload.ts";

export class Decisions {
  readonly #memory: Memory;
  readonly #workloads: Cache<WorkloadRecord>;
  /** The workloads that were given a pod UID, by that UID: asked for in every pass, over all workloads. */
  readonly #ownersByUid = new Map<number, Set<string>>();

  /** `workloads` is indexed by `uid`, the pod UID that a status says. */
  constructor(memory: Memory, workloads: Cache<WorkloadRecord>) {
    this.#memory = memory;
    this.#workloads = workloads;
    memory.onTermEnd(({ identity }, owner) => {
      if (identity !== undefined) this.#disown(identity.uid, owner);
    });
  }

  noteReported(workload: Remembered, status: SecureWorkloadStatus): void {
    this.#memory.of(workload).term.reportedStatus = hashOf(status);
  }

  /** Whether the status is the one that this process wrote last; true where it wrote none. */
  isReported(workload: WorkloadRecord): boolean {
    const { reportedStatus } = this.#memory.of(workload).term;
    return reportedStatus === undefined || reportedStatus === hashOf(workload.status);
  }

  identityOf(workload: WorkloadRecord): PodIdentity | undefined {
    const decided = this.#memory.of(workload).term.identity;
    if (decided !== undefined) return decided;
    const recorded = workload.status.podIdentity;
    return recorded === undefined
      ? undefined
      : { uid: recorded.uid, userNamespace: recorded.userNamespace?.enabled ?? true };
  }

  /** Of a workload that is gone meanwhile, nothing is kept. */
  decideIdentity(workload: Remembered, identity: PodIdentity): void {
    const { term } = this.#memory.of(workload);
    if (term.identity !== undefined) this.#disown(term.identity.uid, workload.ref.uid);
    term.identity = identity;
    if (!this.#memory.isKept(workload)) return;
    const owners = this.#ownersByUid.get(identity.uid) ?? new Set();
    this.#ownersByUid.set(identity.uid, owners.add(workload.ref.uid));
  }

  /** Where two have recorded the same, as two replicas may let them, the older keeps it. */
  isUidTaken(uid: number, byOthersThan: WorkloadRecord): boolean {
    const isRecorded = byOthersThan.status.podIdentity?.uid === uid;
    const recorded = this.#workloads.byIndex("uid", String(uid)).some((key) => {
      const other = this.#workloads.get(key);
      return other !== undefined && other.key !== byOthersThan.key && !(isRecorded && byAge(byOthersThan, other) < 0);
    });
    return recorded || [...(this.#ownersByUid.get(uid) ?? [])].some((owner) => owner !== byOthersThan.ref.uid);
  }

  #disown(uid: number, owner: string): void {
    const owners = this.#ownersByUid.get(uid);
    owners?.delete(owner);
    if (owners?.size === 0) this.#ownersByUid.delete(uid);
  }
}
