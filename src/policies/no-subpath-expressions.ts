import type { V1VolumeMount } from "@kubernetes/client-node";
import { listIn, saysNothing } from "./cel.ts";
import { isNothing } from "./clauses.ts";
import { containers, each } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

const hasExpression = ({ subPathExpr }: V1VolumeMount): boolean => !isNothing(subPathExpr);

export const noSubpathExpressions = policy(
  {
    id: "no-subpath-expressions",
    demand: "No mount takes its path from the environment.",
    reason: "Whoever sets a variable then chooses the directory of a volume that a container sees.",
    effect: "Takes out the mount: without its expression it would show the whole volume.",
    fix: "Name the directory with a plain `subPath`, or give each workload a volume of its own.",
    sources: [mitre("T1611"), drift(5)],
  },
  each(containers, {
    broken: ({ volumeMounts = [] }) =>
      volumeMounts.filter(hasExpression).map(({ mountPath }) => ({
        path: `volumeMounts[mountPath=${mountPath}].subPathExpr`,
        message: "must not be set",
      })),
    repair: (container) => ({
      ...container,
      volumeMounts: (container.volumeMounts ?? []).filter((mount) => !hasExpression(mount)),
    }),
    obeys: (container) => `${listIn(container, "volumeMounts")}.all(mount, ${saysNothing("mount", "subPathExpr")})`,
  }),
);
