import type { V1AppArmorProfile } from "@kubernetes/client-node";
import { any, at, is, isAbsent } from "./cel.ts";
import { findingIf, omit } from "./clauses.ts";
import { type Clause, containerContexts, each, podContext } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre, nsa, pss } from "./sources.ts";

const WANTED = "RuntimeDefault";

const clause = <T extends { appArmorProfile?: V1AppArmorProfile }>(): Clause<T> => ({
  broken: ({ appArmorProfile }) =>
    findingIf(
      appArmorProfile !== undefined && appArmorProfile.type !== WANTED,
      "appArmorProfile.type",
      `must be absent or ${WANTED}`,
    ),
  repair: (context) => omit(context, "appArmorProfile"),
  obeys: (context) => any(isAbsent(context, "appArmorProfile"), is(at(context, "appArmorProfile", "type"), WANTED)),
});

/** Absent is allowed: where a node has AppArmor, the runtime's profile applies by itself; where it has none, a set one keeps the pod from starting. */
export const apparmorRuntimeDefault = policy(
  {
    id: "apparmor-runtime-default",
    demand: "Containers must not disable AppArmor or use a custom AppArmor profile.",
    reason: "The runtime's profile stops a container from mounting file systems and from writing to kernel files.",
    effect:
      "Removes every other `appArmorProfile`. The API server copies the annotation of older versions into that field; in templates Palisade reverts it like any other annotation.",
    fix: "Remove the profile: where the node has AppArmor, the runtime's profile applies.",
    sources: [
      pss("Baseline: AppArmor"),
      nsa("Pod security: Hardening container environments"),
      mitre("T1611"),
      drift(4),
      drift(18),
    ],
  },
  each(podContext, clause()),
  each(containerContexts, clause()),
);
