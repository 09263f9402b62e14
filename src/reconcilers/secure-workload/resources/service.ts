import type { KubeObject } from "../../../kopf/object.ts";
import { child, type ExpandInput, selectorLabels } from "./input.ts";
import { SERVICE } from "./kinds.ts";

/** A cluster-internal Service for the declared ports; target ports are numbers, since a name can be moved (DRIFT 85). */
export function buildService(input: ExpandInput): KubeObject | undefined {
  const ports = input.spec.ports ?? [];
  if (ports.length === 0) return undefined;
  return child(SERVICE, input.workload, input.workload.name, {
    spec: {
      type: "ClusterIP",
      selector: selectorLabels(input.workload),
      ports: ports.map(({ name, port, protocol }) => ({ name, port, targetPort: port, protocol })),
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ipFamilyPolicy: "PreferDualStack",
    },
  });
}
