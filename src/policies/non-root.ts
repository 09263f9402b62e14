import { at, isNot } from "./cel.ts";
import { exactly, findingIf, omit } from "./clauses.ts";
import { containerContexts, each, podContext } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp, pss } from "./sources.ts";

/** Whether or not the pod has a user namespace, which waives this in Pod Security (since Kubernetes 1.35). */
export const nonRoot = policy(
  {
    id: "non-root",
    demand: "Containers must run as a user other than root.",
    reason: "Root in a container is one kernel bug away from root on the node.",
    effect:
      "Sets `runAsNonRoot: true` on the pod and removes contrary settings; the kubelet then refuses an image whose user is root.",
    fix: "Set `runAs.user` if the image needs a certain user, any but 0; otherwise Palisade gives each workload its own user.",
    sources: [
      pss("Restricted: Running as Non-root"),
      pss("Restricted: Running as Non-root user (v1.23+)"),
      cis("5.2.7"),
      cis("5.6.3"),
      nsa('Pod security: "Non-root" containers and "rootless" container engines'),
      owasp("K01"),
      mitre("T1611"),
      drift(4),
      drift(16),
    ],
    lifted: {
      gives:
        "the user of its image, which may be root, unless `runAs` names one; volumes still belong to the workload's group.",
      admittedAt: "baseline",
    },
  },
  each(podContext, exactly("runAsNonRoot", true)),
  each(podContext, {
    broken: ({ runAsUser }) => findingIf(runAsUser === 0, "runAsUser", "must not be 0"),
    repair: (context) => omit(context, "runAsUser"),
    obeys: (context) => isNot(at(context, "runAsUser"), 0),
  }),
  each(containerContexts, {
    broken: ({ runAsNonRoot }) => findingIf(runAsNonRoot === false, "runAsNonRoot", "must not be false"),
    repair: (context) => omit(context, "runAsNonRoot"),
    obeys: (context) => isNot(at(context, "runAsNonRoot"), false),
  }),
  each(containerContexts, {
    broken: ({ runAsUser }) => findingIf(runAsUser === 0, "runAsUser", "must not be 0"),
    repair: (context) => omit(context, "runAsUser"),
    obeys: (context) => isNot(at(context, "runAsUser"), 0),
  }),
);
