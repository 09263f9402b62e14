/** Rules that hold a budget or a rollout against the number of pods there are at the least. */
import type { CelRule } from "../schema.ts";
import { type Amount, amountOf, celAmount, celIsNothing, isNothing } from "./amount.ts";

/** What the rules read of a spec. */
interface Counted {
  readonly replicas: number;
  readonly autoscaling?: { readonly minReplicas: number } | undefined;
  readonly disruption?: { readonly minAvailable?: Amount | undefined } | undefined;
  readonly rollout?:
    | { readonly maxSurge?: Amount | undefined; readonly maxUnavailable?: Amount | undefined }
    | undefined;
}

/** The fewest pods that run while any does. Every rule here that holds for a count holds for each greater one. */
const leastPods = ({ replicas, autoscaling }: Counted): number =>
  autoscaling === undefined ? replicas : Math.max(1, autoscaling.minReplicas);

const LEAST =
  "(has(self.autoscaling) ? (self.autoscaling.minReplicas > 0 ? self.autoscaling.minReplicas : 1) : self.replicas)";

/** As the Deployment controller reckons: without a surge, one pod may always go. */
function takenAway({ maxSurge = "25%", maxUnavailable = 0 }: NonNullable<Counted["rollout"]>, pods: number): number {
  const away = amountOf(maxUnavailable, pods, "down");
  return isNothing(maxSurge) ? Math.max(1, away) : away;
}

const AWAY = celAmount("self.rollout.maxUnavailable", LEAST, "down");
const NO_SURGE = `has(self.rollout.maxSurge) && ${celIsNothing("self.rollout.maxSurge")}`;

const SINGLE = "!has(self.autoscaling) && self.replicas == 1";

/** A single pod without a surge: whoever says so wants it to end before its successor starts. */
const isReplacedBySaying = ({ replicas, autoscaling, rollout }: Counted): boolean =>
  autoscaling === undefined && replicas === 1 && rollout?.maxSurge !== undefined && isNothing(rollout.maxSurge);

export const podCountRules: readonly CelRule<Counted>[] = [
  {
    rule: `!has(self.disruption) || !has(self.disruption.minAvailable) || self.replicas == 0 || ${celAmount("self.disruption.minAvailable", LEAST, "up")} < ${LEAST}`,
    message:
      "disruption.minAvailable must be below the number of pods, otherwise nodes cannot be drained: run more pods, or use maxUnavailable: 1",
    holds: (spec) => {
      const { minAvailable } = spec.disruption ?? {};
      const least = leastPods(spec);
      return minAvailable === undefined || spec.replicas === 0 || amountOf(minAvailable, least, "up") < least;
    },
  },
  {
    rule: `!has(self.rollout) || !has(self.rollout.maxUnavailable) || self.replicas == 0 || (${SINGLE} && ${NO_SURGE}) || (${NO_SURGE} && ${AWAY} < 1 ? 1 : ${AWAY}) < ${LEAST}`,
    message:
      "rollout.maxUnavailable must keep at least one pod of the previous revision: lower it, run more pods, allow a surge, or set rollout.replace instead",
    holds: (spec) => {
      const { rollout, replicas } = spec;
      const least = leastPods(spec);
      if (rollout?.maxUnavailable === undefined || replicas === 0) return true;
      return isReplacedBySaying(spec) || takenAway(rollout, least) < least;
    },
  },
];
