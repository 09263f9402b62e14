import { GROUP } from "../crds/group.ts";
import { celText } from "./cel.ts";
import type { Installation } from "./identities.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, mayManage } from "./request.ts";

export const definitions = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-definitions",
  cases: [76],
  about: "With the definition of a kind every object of it would go: only the platform team changes those of Palisade.",
  rules: [
    {
      apiGroups: ["apiextensions.k8s.io"],
      operations: ["UPDATE", "DELETE"],
      resources: ["customresourcedefinitions", "customresourcedefinitions/status"],
      scope: "Cluster",
    },
  ],
  conditions: [
    byOthers(installation),
    { name: "ours", expression: `oldObject != null && oldObject.metadata.name.endsWith(${celText(`.${GROUP}`)})` },
  ],
  validations: [
    {
      expression: mayManage,
      message: `CustomResourceDefinitions of ${GROUP} are the platform team's: it holds the verb manage on securitybaselines.${GROUP}.`,
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
