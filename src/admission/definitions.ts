import { GROUP } from "../crds/group.ts";
import type { Installation } from "../installation.ts";
import { all, any, celText } from "../policies/cel.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { mayManage, nameOfObject, notByControlPlane } from "./request.ts";

/** Roles, their bindings and PriorityClasses have such names: those of the two accounts and those that people hold. */
const PREFIX = "palisade-";

const isCrd = "request.resource.resource == 'customresourcedefinitions'";
/** The API server registers itself for our kinds; who registers another server there answers for it. */
const isApiService = "request.resource.resource == 'apiservices'";

export const definitions = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-definitions",
  cases: [76, 94, 95],
  about:
    "Only the platform team may change Palisade's CRDs, their registration, its roles and PriorityClasses: deleting a CRD deletes all its objects, and without its roles Palisade protects nothing.",
  rules: [
    {
      apiGroups: ["apiextensions.k8s.io"],
      operations: ["UPDATE", "DELETE"],
      resources: ["customresourcedefinitions", "customresourcedefinitions/status"],
      scope: "Cluster",
    },
    {
      apiGroups: ["rbac.authorization.k8s.io"],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: ["clusterroles", "clusterrolebindings"],
      scope: "Cluster",
    },
    {
      apiGroups: ["apiregistration.k8s.io"],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: ["apiservices", "apiservices/status"],
      scope: "Cluster",
    },
    {
      apiGroups: ["scheduling.k8s.io"],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: ["priorityclasses"],
      scope: "Cluster",
    },
  ],
  // Applies to the operator too: it deletes foreign bindings, but none of these.
  conditions: [
    notByControlPlane(installation),
    {
      name: "ours",
      expression: any(
        all(any(isCrd, isApiService), `${nameOfObject}.endsWith(${celText(`.${GROUP}`)})`),
        all(`!(${isCrd})`, `!(${isApiService})`, `${nameOfObject}.startsWith(${celText(PREFIX)})`),
      ),
    },
  ],
  validations: [
    {
      expression: mayManage,
      message: `Only the platform team may change CustomResourceDefinitions and APIServices of ${GROUP}, and roles and PriorityClasses whose names begin with ${PREFIX}: this needs the verb manage on securitybaselines.${GROUP}.`,
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
