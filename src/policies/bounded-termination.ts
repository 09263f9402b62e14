import type { V1Probe } from "@kubernetes/client-node";
import { numberIn } from "./cel.ts";
import { findingIf } from "./clauses.ts";
import { containers, each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift } from "./sources.ts";

const MAX_SECONDS = 3_600;
const MESSAGE = `must be at most ${MAX_SECONDS}`;
const PROBES = ["livenessProbe", "startupProbe"] as const;
const HOOKS = ["postStart", "preStop"] as const;

const isLong = (seconds: number | undefined): boolean => (seconds ?? 0) > MAX_SECONDS;

/** CEL that is true when the number of that field is in bounds. */
const isBounded = (value: string, ...path: readonly string[]): string =>
  `${numberIn(value, ...path)} <= ${MAX_SECONDS}`;

const isLongProbe = (probe: V1Probe | undefined): boolean => isLong(probe?.terminationGracePeriodSeconds);

export const boundedTermination = policy(
  {
    id: "bounded-termination",
    demand: "Pods must terminate within an hour.",
    reason:
      "A pod that does not terminate outlives its own correction: the weakened version keeps running beside the correct one.",
    effect: "Limits grace periods and sleep hooks to 3,600 seconds.",
    fix: "Finish or hand over work on SIGTERM; run longer work as a Job that can resume.",
    sources: [drift(83)],
  },
  each(wholePod, {
    broken: ({ terminationGracePeriodSeconds }) =>
      findingIf(isLong(terminationGracePeriodSeconds), "terminationGracePeriodSeconds", MESSAGE),
    repair: (pod) => ({ ...pod, terminationGracePeriodSeconds: MAX_SECONDS }),
    obeys: (pod) => isBounded(pod, "terminationGracePeriodSeconds"),
  }),
  ...PROBES.map((name) =>
    each(containers, {
      broken: (container) => findingIf(isLongProbe(container[name]), `${name}.terminationGracePeriodSeconds`, MESSAGE),
      repair: (container) => ({
        ...container,
        [name]: { ...container[name], terminationGracePeriodSeconds: MAX_SECONDS },
      }),
      obeys: (container) => isBounded(container, name, "terminationGracePeriodSeconds"),
    }),
  ),
  ...HOOKS.map((name) =>
    each(containers, {
      broken: ({ lifecycle }) =>
        findingIf(isLong(lifecycle?.[name]?.sleep?.seconds), `lifecycle.${name}.sleep.seconds`, MESSAGE),
      repair: (container) => ({
        ...container,
        lifecycle: {
          ...container.lifecycle,
          [name]: { ...container.lifecycle?.[name], sleep: { seconds: MAX_SECONDS } },
        },
      }),
      obeys: (container) => isBounded(container, "lifecycle", name, "sleep", "seconds"),
    }),
  ),
);
