import { any, at, is, isAbsent } from "./cel.ts";
import { findingIf, omit } from "./clauses.ts";
import { type Clause, containerContexts, each, podContext } from "./places.ts";
import { both, policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp, pss } from "./sources.ts";

const WANTED = "RuntimeDefault";

interface Filtered {
  seccompProfile?: { readonly type: string };
}

/** Whatever is said of a profile says the runtime's own. */
const noOther = <T extends Filtered>(): Clause<T> => ({
  broken: ({ seccompProfile }) =>
    findingIf(
      seccompProfile !== undefined && seccompProfile.type !== WANTED,
      "seccompProfile.type",
      `must be absent or ${WANTED}`,
    ),
  repair: (context) => omit(context, "seccompProfile"),
  obeys: (context) => any(isAbsent(context, "seccompProfile"), is(at(context, "seccompProfile", "type"), WANTED)),
});

export const seccompRuntimeDefault = policy(
  {
    id: "seccomp-runtime-default",
    demand: "The runtime's seccomp profile must filter the system calls of every container.",
    reason:
      "The profile blocks system calls that container escapes have used; a profile from the node's disk may allow them.",
    effect: "Sets `RuntimeDefault` on the pod and removes every other profile from the containers.",
    fix: "Remove the profile: common applications and language runtimes work under the default.",
    sources: [
      pss("Baseline: Seccomp"),
      pss("Restricted: Seccomp (v1.19+)"),
      cis("5.6.2"),
      nsa("Pod security: Hardening container environments"),
      owasp("K01"),
      mitre("T1611"),
      drift(4),
    ],
    lifted: {
      gives: "no filter of system calls, unless the kubelet sets the runtime's profile by default.",
      admittedAt: "baseline",
      still: both(each(podContext, noOther()), each(containerContexts, noOther())),
    },
  },
  each(podContext, {
    broken: ({ seccompProfile }) =>
      findingIf(seccompProfile?.type !== WANTED, "seccompProfile.type", `must be ${WANTED}`),
    repair: (context) => ({ ...context, seccompProfile: { type: WANTED } }),
    obeys: (context) => is(at(context, "seccompProfile", "type"), WANTED),
  }),
  each(containerContexts, noOther()),
);
