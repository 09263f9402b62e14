import { any, at, is, isAbsent } from "./cel.ts";
import { findingIf, omit } from "./clauses.ts";
import { type Clause, containerContexts, each, podContext, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, pss } from "./sources.ts";

/** Empty ones count too: the API server refuses them in a pod that says it is for Linux. */
const noWindowsOptions = <T extends { windowsOptions?: object }>(): Clause<T> => ({
  broken: ({ windowsOptions }) => findingIf(windowsOptions !== undefined, "windowsOptions", "must not be set"),
  repair: (context) => omit(context, "windowsOptions"),
  obeys: (context) => isAbsent(context, "windowsOptions"),
});

export const linuxOnly = policy(
  {
    id: "linux-only",
    demand: "Pods must be for Linux and have no Windows options.",
    reason: "Pod Security skips three checks for Windows pods, and a HostProcess container controls the node.",
    effect: "Removes every `windowsOptions`, and `os` unless it is Linux.",
    fix: "Remove os and windowsOptions: Palisade does not support Windows workloads.",
    sources: [pss("Baseline: HostProcess"), cis("5.2.10"), mitre("T1611"), drift(84)],
  },
  each(wholePod, {
    broken: ({ os }) => findingIf(os !== undefined && os.name !== "linux", "os.name", "must be absent or linux"),
    repair: (pod) => omit(pod, "os"),
    obeys: (pod) => any(isAbsent(pod, "os"), is(at(pod, "os", "name"), "linux")),
  }),
  each(podContext, noWindowsOptions()),
  each(containerContexts, noWindowsOptions()),
);
