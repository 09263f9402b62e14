/**
 * Finds out who makes and schedules pods before any pod depends on it: once after each start, then again while the answer is not a good one.
 * The first answer is waited for, so that no namespace is enrolled in which pods could not start.
 */
import { type Client, type Clock, type Outcome, type ReconcileContext, settled, waiting } from "kopf-ts";
import type { Installation } from "../../installation.ts";
import type { ControlPlane } from "../../state/control-plane.ts";
import type { AdmissionState } from "../admission/state.ts";
import { askControlPlane } from "./ask.ts";

export interface ControlPlaneProbeOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly installation: Installation;
  readonly controlPlane: ControlPlane;
  readonly prevention: Pick<AdmissionState, "isWhole">;
  /** Whether other replicas work beside this one: only one of them asks, and the others go by what it writes down. */
  readonly isShared: boolean;
}

const POLICIES_EVERY_MS = 250;
/** The policy controller makes all of them within seconds. Without them nothing is refused. */
const POLICIES_WITHIN_MS = 15_000;
const AGAIN_MS = 60_000;

export class ControlPlaneProbe {
  readonly #options: ControlPlaneProbeOptions;
  readonly #sinceMs: number;

  constructor(options: ControlPlaneProbeOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.monotonicMs();
    if (!options.isShared) options.controlPlane.note({ kind: "asking" });
  }

  readonly reconcile = async ({ signal }: ReconcileContext): Promise<Outcome> => {
    const { client, clock, installation, controlPlane, prevention } = this.#options;
    if (!prevention.isWhole()) {
      const isOverdue = clock.monotonicMs() - this.#sinceMs > POLICIES_WITHIN_MS;
      if (!isOverdue) return waiting("PoliciesMissing", POLICIES_EVERY_MS);
      controlPlane.note({ kind: "silent", why: "the admission policies are not complete yet" });
      return waiting("PoliciesMissing", POLICIES_WITHIN_MS);
    }
    if (controlPlane.finding().kind === "known") return settled();
    controlPlane.note(await askControlPlane({ client, clock, installation, signal }));
    return controlPlane.finding().kind === "known" ? settled() : waiting("ControlPlaneUnknown", AGAIN_MS);
  };
}
