/** What is known of who makes and schedules pods in this cluster. Admission trusts users by name; a name that it does not know stops pods. */

import type { Part } from "../admission/control-plane.ts";

export interface UnknownUser {
  readonly user: string;
  readonly does: Part;
}

/**
 * - `unasked`: nothing of this cluster is refused to anybody, so nothing depends on it.
 * - `asking`: the first answer is awaited.
 * - `known`: whoever creates and schedules pods is trusted.
 * - `unknown`: somebody is not, and pods of workloads would never start.
 * - `silent`: there is no answer; the reason is said.
 */
export type ControlPlaneFinding =
  | { readonly kind: "unasked" | "asking" }
  | { readonly kind: "known"; readonly scheduler: string }
  | { readonly kind: "unknown"; readonly users: readonly UnknownUser[] }
  | { readonly kind: "silent"; readonly why: string };

export class ControlPlane {
  readonly #listeners = new Set<() => void>();
  #finding: ControlPlaneFinding = { kind: "unasked" };

  finding(): ControlPlaneFinding {
    return this.#finding;
  }

  note(finding: ControlPlaneFinding): void {
    if (JSON.stringify(finding) === JSON.stringify(this.#finding)) return;
    this.#finding = finding;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Whether a namespace that is not enrolled has to wait: its pods might never start. */
  holdsBack(): boolean {
    return this.#finding.kind === "asking" || this.#finding.kind === "unknown";
  }
}

const PARTS: Readonly<Record<Part, string>> = { creates: "creates pods", schedules: "schedules pods" };

/** What is wrong and what to type; undefined where nothing is. */
export function controlPlaneProblem(finding: ControlPlaneFinding): string | undefined {
  if (finding.kind === "silent")
    return `Palisade could not find out who creates and schedules pods here: ${finding.why}. It goes on as with the usual names, and asks again`;
  if (finding.kind !== "unknown") return undefined;
  const named = finding.users.map(({ user, does }) => `User ${user} ${PARTS[does]}`).join(", and ");
  const users = [...new Set(finding.users.map(({ user }) => user))].join(",");
  return `${named} in this cluster, and the admission policies do not know it: pods of workloads would never start. If this is your control plane, set the chart's config.controlPlane.users to {${users}}. Until then Palisade only reports in namespaces that are not enrolled yet`;
}
