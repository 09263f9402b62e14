import { at, isNot, listIn, numberIn } from "./cel.ts";
import { findingIf, kept, omit } from "./clauses.ts";
import { containerContexts, each, podContext } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, nsa } from "./sources.ts";

/** The group that owns nothing, for a pod that names no user either. */
const NOBODY = 65_534;

export const nonRootGroups = policy(
  {
    id: "non-root-groups",
    demand: "Processes must not belong to group 0.",
    reason:
      "A user without its own group is in group 0, which can read and often write root's files in the image and in volumes.",
    effect:
      "Sets the pod's group to that of its user if it has none or group 0, and removes group 0 from `fsGroup`, `supplementalGroups` and the containers' `runAsGroup`.",
    fix: "Remove group 0: Palisade sets the workload's own group, which also owns its declared volumes.",
    sources: [cis("5.6.3"), nsa('Pod security: "Non-root" containers and "rootless" container engines')],
    lifted: {
      gives:
        "only the group of its user. If the image has no group for that user this is group 0, which images for arbitrary users expect.",
    },
  },
  each(podContext, {
    broken: ({ runAsGroup = 0 }) => findingIf(runAsGroup === 0, "runAsGroup", "must be set, and not to 0"),
    repair: (context) => ({ ...context, runAsGroup: context.runAsUser || NOBODY }),
    obeys: (context) => `${numberIn(context, "runAsGroup")} != 0`,
  }),
  each(podContext, {
    broken: ({ fsGroup }) => findingIf(fsGroup === 0, "fsGroup", "must not be 0"),
    repair: (context) => omit(context, "fsGroup"),
    obeys: (context) => isNot(at(context, "fsGroup"), 0),
  }),
  each(podContext, {
    broken: ({ supplementalGroups = [] }) =>
      findingIf(supplementalGroups.includes(0), "supplementalGroups", "must not contain 0"),
    repair: (context) => ({
      ...context,
      supplementalGroups: kept(context.supplementalGroups, (group) => group !== 0),
    }),
    obeys: (context) => `!(0 in ${listIn(context, "supplementalGroups")})`,
  }),
  each(containerContexts, {
    broken: ({ runAsGroup }) => findingIf(runAsGroup === 0, "runAsGroup", "must not be 0"),
    repair: (context) => omit(context, "runAsGroup"),
    obeys: (context) => isNot(at(context, "runAsGroup"), 0),
  }),
);
