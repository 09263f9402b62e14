import type { V1SecurityContext } from "@kubernetes/client-node";
import { all, listIn } from "./cel.ts";
import { findingIf } from "./clauses.ts";
import { containerContexts, each } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp, pss } from "./sources.ts";

const dropsAll = ({ capabilities }: V1SecurityContext): boolean => (capabilities?.drop ?? []).includes("ALL");
const addsSome = ({ capabilities }: V1SecurityContext): boolean => (capabilities?.add ?? []).length > 0;

const addsNone = (context: string): string => `size(${listIn(context, "capabilities", "add")}) == 0`;

export const dropCapabilities = policy(
  {
    id: "drop-capabilities",
    demand: "Containers must have no Linux capabilities.",
    reason:
      "Each capability is a part of root: NET_RAW forges packets, SYS_ADMIN mounts, SYS_PTRACE reads the memory of other processes.",
    effect: "Drops `ALL` and adds none, not even NET_BIND_SERVICE, which Pod Security allows.",
    fix: "Remove the capabilities: ports below 1024 work without one.",
    sources: [
      pss("Baseline: Capabilities"),
      pss("Restricted: Capabilities (v1.22+)"),
      cis("5.2.8"),
      cis("5.2.9"),
      nsa("Pod security: Hardening container environments"),
      owasp("K01"),
      mitre("T1611"),
      drift(4),
    ],
    lifted: {
      gives: "the runtime's default capabilities and no others; only root can use them.",
      admittedAt: "baseline",
      still: each(containerContexts, {
        broken: (context) => findingIf(addsSome(context), "capabilities.add", "must not be set"),
        repair: (context) => context,
        obeys: addsNone,
      }),
    },
  },
  each(containerContexts, {
    broken: (context) => [
      ...findingIf(!dropsAll(context), "capabilities.drop", "must contain ALL"),
      ...findingIf(addsSome(context), "capabilities.add", "must not be set"),
    ],
    repair: (context) => ({ ...context, capabilities: { drop: ["ALL"] } }),
    obeys: (context) => all(`'ALL' in ${listIn(context, "capabilities", "drop")}`, addsNone(context)),
  }),
);
