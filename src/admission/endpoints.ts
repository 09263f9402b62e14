import { any } from "./cel.ts";
import { IN_ENROLLED, isServiceOfWorkload, WORKLOADS } from "./enrolled.ts";
import type { Installation } from "./identities.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, mapAt, nameOfObject, SIDES } from "./request.ts";

const SERVICE_NAME = "kubernetes.io/service-name";

const leadsElsewhere = SIDES.map(
  (side) => `!(${isServiceOfWorkload(`${mapAt(side, "metadata", "labels")}[?'${SERVICE_NAME}'].orValue('')`)})`,
);

export const endpoints = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-endpoints",
  cases: [50],
  about:
    "Where the Services of a workload lead is written by the control plane alone: kube-proxy trusts whoever writes it.",
  rules: [
    {
      apiGroups: ["discovery.k8s.io"],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: ["endpointslices"],
    },
    { apiGroups: [""], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["endpoints"] },
  ],
  conditions: [byOthers(installation)],
  variables: [...WORKLOADS, { name: "name", expression: nameOfObject }],
  validations: [
    {
      expression: leadsElsewhere.map((part) => `(${part})`).join(" && "),
      message:
        "Endpoints of a workload's Service are written by the control plane alone: give this slice a Service of its own.",
    },
    {
      expression: any("request.resource.resource != 'endpoints'", `!(${isServiceOfWorkload("variables.name")})`),
      message:
        "Endpoints of a workload's Service are written by the control plane alone: give them a Service of their own.",
    },
  ],
  bindings: [IN_ENROLLED],
});
