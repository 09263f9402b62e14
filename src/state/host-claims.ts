/** Who claims which host and path, so that a contest is seen without a look at every workload. */
export class HostClaims {
  readonly #claimants = new Map<string, Set<string>>();
  readonly #claims = new Map<string, readonly string[]>();
  readonly #listeners: ((workloads: readonly string[]) => void)[] = [];

  /** Replaces what a workload claims; none to forget it. Tells of its rivals, for whom the contest may have turned. */
  set(workload: string, claims: readonly string[]): void {
    const before = this.#claims.get(workload) ?? [];
    if (before.length === claims.length && before.every((claim, index) => claim === claims[index])) return;
    const rivals = new Set([...this.#rivals(before), ...this.#rivals(claims)]);
    for (const claim of before) this.#remove(claim, workload);
    for (const claim of claims) this.#claimants.set(claim, this.claimants(claim).add(workload));
    if (claims.length === 0) this.#claims.delete(workload);
    else this.#claims.set(workload, claims);
    rivals.delete(workload);
    if (rivals.size > 0) for (const listener of this.#listeners) listener([...rivals]);
  }

  /** The workloads that claim it, in no order. */
  claimants(claim: string): Set<string> {
    return new Set(this.#claimants.get(claim));
  }

  /** Every workload that claims anything. */
  workloads(): readonly string[] {
    return [...this.#claims.keys()];
  }

  /** Every workload that claims what another claims too. */
  rivals(): readonly string[] {
    return [...new Set([...this.#claimants.values()].flatMap((keys) => (keys.size > 1 ? [...keys] : [])))];
  }

  onChange(listener: (workloads: readonly string[]) => void): void {
    this.#listeners.push(listener);
  }

  #rivals(claims: readonly string[]): readonly string[] {
    return claims.flatMap((claim) => [...(this.#claimants.get(claim) ?? [])]);
  }

  #remove(claim: string, workload: string): void {
    const keys = this.#claimants.get(claim);
    keys?.delete(workload);
    if (keys?.size === 0) this.#claimants.delete(claim);
  }
}
