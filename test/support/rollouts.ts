import type { RolloutHealth } from "../../src/plan/rollout-status.ts";

/** Of two pods, both as they should be. */
export const READY_ROLLOUT: RolloutHealth = {
  generation: 5,
  observedGeneration: 5,
  replicas: 2,
  updated: 2,
  ready: 2,
  available: 2,
  deadlineExceeded: false,
  wanted: undefined,
  run: undefined,
  failure: undefined,
};
