import { GROUP } from "../crds/group.ts";
import { all, any, celList, celText } from "./cel.ts";
import { KEEPER_NAME } from "./identities.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { mayManage, notByControlPlane } from "./request.ts";

/** What the two accounts may do, and the one that the policies go with. */
const ROLES = ["palisade-operator", KEEPER_NAME];

export const definitions: AdmissionPolicy = {
  name: "palisade-definitions",
  cases: [76],
  about:
    "With the definition of a kind every object of it would go, and with the roles of Palisade what it keeps: only the platform team changes those.",
  rules: [
    {
      apiGroups: ["apiextensions.k8s.io"],
      operations: ["UPDATE", "DELETE"],
      resources: ["customresourcedefinitions", "customresourcedefinitions/status"],
      scope: "Cluster",
    },
    {
      apiGroups: ["rbac.authorization.k8s.io"],
      operations: ["UPDATE", "DELETE"],
      resources: ["clusterroles", "clusterrolebindings"],
      scope: "Cluster",
    },
  ],
  // The operator is not excepted: it deletes bindings of others, and none of these.
  conditions: [
    notByControlPlane,
    {
      name: "ours",
      expression: all(
        "oldObject != null",
        any(
          `oldObject.metadata.name.endsWith(${celText(`.${GROUP}`)})`,
          `oldObject.metadata.name in ${celList(ROLES)}`,
        ),
      ),
    },
  ],
  validations: [
    {
      expression: mayManage,
      message: `CustomResourceDefinitions of ${GROUP}, and the roles of Palisade's accounts, are the platform team's: it holds the verb manage on securitybaselines.${GROUP}.`,
    },
  ],
  bindings: [{ actions: ["Deny"] }],
};
