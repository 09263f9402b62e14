import type { V1VolumeMount } from "@kubernetes/client-node";
import { listIn, saysNothing } from "./cel.ts";
import { isNothing, kept } from "./clauses.ts";
import { containers, each } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

const hasExpression = ({ subPathExpr }: V1VolumeMount): boolean => !isNothing(subPathExpr);

export const noSubpathExpressions = policy(
  {
    id: "no-subpath-expressions",
    demand: "Mount paths must not depend on environment variables.",
    reason: "Whoever sets the variable chooses the directory of the volume that the container sees.",
    effect: "Removes the mount: without its expression it would show the whole volume.",
    fix: "Use a plain `subPath`, or one volume per workload.",
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
      volumeMounts: kept(container.volumeMounts, (mount) => !hasExpression(mount)),
    }),
    obeys: (container) => `${listIn(container, "volumeMounts")}.all(mount, ${saysNothing("mount", "subPathExpr")})`,
  }),
);
