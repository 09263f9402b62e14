import type { V1Toleration } from "@kubernetes/client-node";
import { celList, listIn, textIn } from "./cel.ts";
import { kept } from "./clauses.ts";
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
    demand: "Pods must not tolerate every taint or the taints of the control plane.",
    reason: "Taints keep applications off the control plane's nodes, where an escape takes over the whole cluster.",
    effect:
      "Removes tolerations without a key and those for the control plane; named tolerations of the platform stay.",
    fix: "Request special hardware under `placement`: Palisade sets the tolerations for it.",
    sources: [mitre("T1610"), mitre("T1611"), drift(14)],
  },
  each(wholePod, {
    broken: ({ tolerations = [] }) =>
      tolerations.flatMap((toleration, index) =>
        isBroad(toleration)
          ? [{ path: `tolerations[${index}]`, message: "must name a taint that is not the control plane's" }]
          : [],
      ),
    repair: (pod) => ({ ...pod, tolerations: kept(pod.tolerations, (toleration) => !isBroad(toleration)) }),
    obeys: (pod) =>
      `${listIn(pod, "tolerations")}.all(toleration, !(${textIn("toleration", "key")} in ${celList(["", ...CONTROL_PLANE])}))`,
  }),
);
