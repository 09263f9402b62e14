/** What of the Kubernetes API the platform team grants beyond the menu, and to which workloads. */
import { z } from "zod";
import { listAtomic, listSet, text, withRules } from "../schema.ts";
import { clusterReads } from "./cluster-reads.ts";
import { labelName } from "./names.ts";
import { grantedRules } from "./permissions.ts";

/** Bounds what the rules of all grants may cost together. */
const MAX_GRANTS = 64;
const MAX_WORKLOADS = 16;

export const permissionGrants = listAtomic(
  withRules(
    z.strictObject({
      namespace: labelName("Namespace of the workloads, in which alone the rules hold."),
      workloads: listSet(labelName("Name of one workload."), { min: 1, max: MAX_WORKLOADS }).meta({
        description: "Names of the workloads. Whoever may write one of them can use what is granted.",
      }),
      rules: grantedRules.optional().meta({
        description:
          "Rules that these workloads may declare under permissions. Secrets by name and custom resources need a RoleBinding of the operator in the namespace too.",
      }),
      clusterReads: clusterReads.optional().meta({
        description:
          "What these workloads may declare under clusterReads. Palisade makes no ClusterRoleBinding: Limited of the workload says what to bind.",
      }),
      reason: text(256, 1).meta({ description: "Why they need it. Shown in the status." }),
    }),
    {
      rule: "has(self.rules) || has(self.clusterReads)",
      message: "permissions must grant something: rules, clusterReads or both",
      holds: (grant) => grant.rules !== undefined || grant.clusterReads !== undefined,
    },
  ).meta({ description: "One grant of permissions. It gives nothing that a workload does not declare itself." }),
  { max: MAX_GRANTS },
);

const MAX_USED_BY = MAX_WORKLOADS;

/** What of a grant is in use, for the status. */
export const permissionsInForce = listAtomic(
  z
    .strictObject({
      namespace: text(63, 1).meta({ description: "Namespace of the grant." }),
      rules: text(1_024, 1).meta({ description: "What it allows, in short." }),
      reason: text(256, 1).meta({ description: "Why, as the spec says." }),
      usedBy: listAtomic(text(63, 1).meta({ description: "Name of one workload." }), { max: MAX_USED_BY }).meta({
        description: "Workloads that have something of it now.",
      }),
    })
    .meta({ description: "One grant." }),
  { max: MAX_GRANTS },
);
