import type { V1Toleration } from "@kubernetes/client-node";
import { celList, listIn, textIn } from "./cel.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

const CONTROL_PLANE: ReadonlySet<string> = new Set([
  "node-role.kubernetes.io/control-plane",
  "node-role.kubernetes.io/master",
]);

/** A toleration without a key tolerates every taint. */
const isBroad = ({ key }: V1Toleration): boolean => key === undefined || key === "" || CONTROL_PLANE.has(key);

export const noBroadTolerations = policy(
  {
    id: "no-broad-tolerations",
    demand: "A pod tolerates neither every taint nor those of the control plane.",
    reason: "Taints keep applications off the nodes that run the cluster, where an escape takes all of it.",
    effect:
      "Takes out tolerations without a key and those of the control plane; what the platform tolerates by name stays.",
    fix: "Nothing: nodes for special hardware are asked for by name, and the platform says what they tolerate.",
    sources: [mitre("T1610"), mitre("T1611"), drift(14)],
  },
  each(wholePod, {
    broken: ({ tolerations = [] }) =>
      tolerations.flatMap((toleration, index) =>
        isBroad(toleration)
          ? [{ path: `tolerations[${index}]`, message: "must name a taint, and none of the control plane's" }]
          : [],
      ),
    repair: (pod) => ({ ...pod, tolerations: (pod.tolerations ?? []).filter((toleration) => !isBroad(toleration)) }),
    obeys: (pod) =>
      `${listIn(pod, "tolerations")}.all(toleration, !(${textIn("toleration", "key")} in ${celList(["", ...CONTROL_PLANE])}))`,
  }),
);
