import type { Installation } from "../installation.ts";
import { any } from "../policies/cel.ts";
import { IN_ENROLLED, isServiceOfWorkload, SERVICES } from "./enrolled.ts";
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
    "Only the control plane may write the endpoints of a workload's Services, because kube-proxy trusts every writer.",
  rules: [
    {
      apiGroups: ["discovery.k8s.io"],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: ["endpointslices"],
    },
    { apiGroups: [""], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["endpoints"] },
  ],
  conditions: [byOthers(installation)],
  variables: [...SERVICES, { name: "name", expression: nameOfObject }],
  validations: [
    {
      expression: leadsElsewhere.map((part) => `(${part})`).join(" && "),
      message:
        "Only the control plane may write the endpoints of a workload's Service: create another Service for this EndpointSlice.",
    },
    {
      expression: any("request.resource.resource != 'endpoints'", `!(${isServiceOfWorkload("variables.name")})`),
      message:
        "Only the control plane may write the endpoints of a workload's Service: create another Service for these Endpoints.",
    },
  ],
  bindings: [IN_ENROLLED],
});
