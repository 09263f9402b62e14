import type { V1PodSecurityContext } from "@kubernetes/client-node";
import { all, any, at, saysNothing, textIn } from "./cel.ts";
import { absent, isNothing, omit } from "./clauses.ts";
import { type Clause, containerContexts, each, podContext } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre, nsa, pss } from "./sources.ts";

const OTHERS = ["type", "role", "user"] as const;

/** Two categories, as the runtime gives them to a pod. A range, or none, would hold the categories of every other pod. */
const PAIR = "^s0:c[0-9]{1,4},c[0-9]{1,4}$";

/** OpenShift writes the namespace's pair of categories into every pod; no template of ours says one. */
const pairAlone: Clause<V1PodSecurityContext> = {
  broken: ({ seLinuxOptions = {} }) => {
    const isPair = isNothing(seLinuxOptions.level) || new RegExp(PAIR).test(seLinuxOptions.level ?? "");
    return isPair && OTHERS.every((field) => isNothing(seLinuxOptions[field]))
      ? []
      : [{ path: "seLinuxOptions", message: "must not be set, but for a level of two categories" }];
  },
  repair: (context) => omit(context, "seLinuxOptions"),
  obeys: (context) => {
    const options = at(context, "seLinuxOptions");
    const level = textIn(options, "level");
    return all(
      any(`${level} == ''`, `${level}.matches('${PAIR}')`),
      ...OTHERS.map((field) => saysNothing(options, field)),
    );
  },
};

/** Stricter than Pod Security, which allows every level and a few types. */
export const noSelinuxOptions = policy(
  {
    id: "no-selinux-options",
    demand:
      "Pods must use the runtime's SELinux label, or the level of two categories that the cluster gives a namespace.",
    reason:
      "Another type confines a container less; with a level that holds the categories of other pods it may read their volumes.",
    effect: "Removes `seLinuxOptions`.",
    fix: "Remove seLinuxOptions: where the node has SELinux, the runtime labels the container and its volumes.",
    sources: [
      pss("Baseline: SELinux"),
      nsa("Pod security: Hardening container environments"),
      mitre("T1611"),
      drift(4),
    ],
  },
  each(podContext, pairAlone),
  each(containerContexts, absent("seLinuxOptions")),
);
