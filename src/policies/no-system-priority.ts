import { all, celText, numberIn, textIn } from "./cel.ts";
import { findingIf, omit } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

/** The API reserves the prefix, and everything above this number, for the classes of the cluster itself. */
const SYSTEM_PREFIX = "system-";
const HIGHEST_OF_USERS = 1_000_000_000;

export const noSystemPriority = policy(
  {
    id: "no-system-priority",
    demand: "Pods must not use a system priority.",
    reason: "With a system priority an application evicts DNS, networking and every other application from the nodes.",
    effect: "Removes a `priorityClassName` that begins with `system-` and a `priority` above 1,000,000,000.",
    fix: "Remove both: without a class, pods have the cluster's default priority.",
    sources: [mitre("T1499"), drift(14)],
  },
  each(wholePod, {
    broken: ({ priorityClassName = "", priority = 0 }) => [
      ...findingIf(
        priorityClassName.startsWith(SYSTEM_PREFIX),
        "priorityClassName",
        "must not be one of the cluster's own",
      ),
      ...findingIf(priority > HIGHEST_OF_USERS, "priority", "must not be above what users may have"),
    ],
    // Both go: the API server refuses a number that is not that of the class.
    repair: (pod) => omit(pod, "priorityClassName", "priority"),
    obeys: (pod) =>
      all(
        `!${textIn(pod, "priorityClassName")}.startsWith(${celText(SYSTEM_PREFIX)})`,
        `${numberIn(pod, "priority")} <= ${HIGHEST_OF_USERS}`,
      ),
  }),
);
