/** A wait before the end that is longer than the end may take: the API server refuses such a pod, so the resource is refused first. */
import type { CelRule } from "../schema.ts";

interface Waiting {
  readonly lifecycle?: { readonly preStop?: { readonly sleepSeconds?: number | undefined } | undefined } | undefined;
}

interface Graced extends Waiting {
  readonly terminationGracePeriodSeconds: number;
  readonly containers?: readonly Waiting[] | undefined;
}

const fits = (container: string): string =>
  `!has(${container}.lifecycle) || !has(${container}.lifecycle.preStop) || !has(${container}.lifecycle.preStop.sleepSeconds) || ${container}.lifecycle.preStop.sleepSeconds <= self.terminationGracePeriodSeconds`;

export const graceRules: readonly CelRule<Graced>[] = [
  {
    rule: `(${fits("self")}) && (!has(self.containers) || self.containers.all(c, ${fits("c")}))`,
    message:
      "lifecycle.preStop.sleepSeconds must not exceed terminationGracePeriodSeconds, which includes it: shorten the sleep or raise the period",
    holds: (spec) =>
      [spec, ...(spec.containers ?? [])].every(
        ({ lifecycle }) => (lifecycle?.preStop?.sleepSeconds ?? 0) <= spec.terminationGracePeriodSeconds,
      ),
  },
];
