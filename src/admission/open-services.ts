import { all } from "./cel.ts";
import { WHERE_CLOSED } from "./enrolled.ts";
import type { Installation } from "./identities.ts";
import { foreign } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers } from "./request.ts";

export const openServices = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-open-services",
  cases: [44, 45],
  about: "Where nothing foreign runs, no Service opens a way in from outside the cluster.",
  rules: [{ apiGroups: [""], operations: ["CREATE", "UPDATE"], resources: ["services"] }],
  conditions: [byOthers(installation), foreign],
  validations: [
    {
      expression: all(
        "!(object.?spec.?type.orValue('ClusterIP') in ['LoadBalancer', 'NodePort'])",
        "object.?spec.?externalIPs.orValue([]).size() == 0",
      ),
      message:
        "Services of type LoadBalancer or NodePort, or with externalIPs, are closed in this namespace: use spec.expose of a SecureWorkload.",
    },
  ],
  bindings: [WHERE_CLOSED],
});
