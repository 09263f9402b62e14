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
    demand: "No container turns AppArmor off or brings a profile of its own.",
    reason: "The runtime's profile keeps a container from mounting and from writing to the kernel's files.",
    effect:
      "Takes out every other `appArmorProfile`. The annotation of older versions is copied into that field by the API server, and undone on templates as any annotation is.",
    fix: "Nothing: the runtime's profile applies wherever the node has AppArmor.",
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
