import { at, isNot, listIn, numberIn } from "./cel.ts";
import { findingIf, omit } from "./clauses.ts";
import { containerContexts, each, podContext } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, nsa } from "./sources.ts";

/** The group that owns nothing, for a pod that names no user either. */
const NOBODY = 65_534;

export const nonRootGroups = policy(
  {
    id: "non-root-groups",
    demand: "No process belongs to group 0.",
    reason:
      "A user without a group of its own is in group 0, which may read and often write what belongs to root in the image and in volumes.",
    effect:
      "Gives the pod the group of its user where it has none or group 0, and takes group 0 out of `fsGroup`, `supplementalGroups` and the containers' `runAsGroup`.",
    fix: "Nothing: the group is the workload's own. Files that the application writes go into declared volumes, which belong to that group.",
    sources: [cis("5.6.3"), nsa('Pod security: "Non-root" containers and "rootless" container engines')],
    lifted: {
      gives:
        "no group beside its user's: where the image knows no group of that user, group 0, which images made for arbitrary users expect.",
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
      supplementalGroups: (context.supplementalGroups ?? []).filter((group) => group !== 0),
    }),
    obeys: (context) => `!(0 in ${listIn(context, "supplementalGroups")})`,
  }),
  each(containerContexts, {
    broken: ({ runAsGroup }) => findingIf(runAsGroup === 0, "runAsGroup", "must not be 0"),
    repair: (context) => omit(context, "runAsGroup"),
    obeys: (context) => isNot(at(context, "runAsGroup"), 0),
  }),
);
