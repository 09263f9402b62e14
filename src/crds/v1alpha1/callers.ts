/** Callers of the platform, whom workloads may let in by role: pods, or networks where what calls has no pods of its own. */
import { z } from "zod";
import { listSet, withRules } from "../schema.ts";
import { labelName } from "./names.ts";
import { network } from "./networks.ts";
import { podLabels } from "./pod-peers.ts";

const MAX_NETWORKS = 16;

interface Caller {
  readonly namespace?: string | undefined;
  readonly podLabels?: readonly unknown[] | undefined;
  readonly cidrs?: readonly string[] | undefined;
}

const caller = (what: string) =>
  withRules(
    z.strictObject({
      namespace: labelName(
        "Namespace of the pods, by name. There is no label selector, because somebody could set the label.",
      ).optional(),
      podLabels: podLabels.optional().meta({
        description: "Labels of the pods; all must match. Needs namespace.",
      }),
      cidrs: listSet(network, { min: 1, max: MAX_NETWORKS }).optional().meta({
        description:
          "Networks from which callers come that are no pods to a NetworkPolicy: pods on the host network (the networks of their nodes), and load balancers that reach pods without pods of their own (ALB in IP mode, container-native load balancing of GKE). Palisade leaves out networks of pods.",
      }),
    }),
    {
      rule: "has(self.namespace) == has(self.podLabels)",
      message: "callers: namespace and podLabels name pods together: write both, or only cidrs",
      holds: ({ namespace, podLabels }: Caller) => (namespace === undefined) === (podLabels === undefined),
    },
    {
      rule: "has(self.namespace) || has(self.cidrs)",
      message: "callers: a caller needs namespace and podLabels of its pods, or cidrs, or both",
      holds: ({ namespace, cidrs }: Caller) => namespace !== undefined || cidrs !== undefined,
    },
  )
    .optional()
    .meta({ description: what });

export const callers = z.strictObject({
  gateway: caller("The ingress controller, gateway or load balancer."),
  monitoring: caller("What scrapes metrics."),
});
