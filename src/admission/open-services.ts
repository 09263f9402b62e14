import type { Installation } from "../installation.ts";
import { all } from "../policies/cel.ts";
import { WHERE_CLOSED } from "./enrolled.ts";
import { foreign } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers } from "./request.ts";

export const openServices = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-open-services",
  cases: [44, 45],
  about: "In guarded and sealed namespaces, no Service may be reachable from outside the cluster.",
  rules: [{ apiGroups: [""], operations: ["CREATE", "UPDATE"], resources: ["services"] }],
  conditions: [byOthers(installation), foreign],
  validations: [
    {
      expression: all(
        "!(object.?spec.?type.orValue('ClusterIP') in ['LoadBalancer', 'NodePort'])",
        "object.?spec.?externalIPs.orValue([]).size() == 0",
      ),
      message:
        "Services with type LoadBalancer or NodePort, or with externalIPs, are not allowed in this namespace: use spec.expose of a SecureWorkload.",
    },
  ],
  bindings: [WHERE_CLOSED],
});
