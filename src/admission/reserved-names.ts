import type { Installation } from "../installation.ts";
import { rbacName } from "../names.ts";
import { celText } from "../policies/cel.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers } from "./request.ts";

/** Before its workload or exception exists nothing else says whose such a name is, and whoever took it would keep that from starting. */
export const reservedNames = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-reserved-names",
  cases: [96],
  about: "Only Palisade may create Roles and RoleBindings under the names that it gives.",
  rules: [
    {
      apiGroups: ["rbac.authorization.k8s.io"],
      operations: ["CREATE"],
      resources: ["roles", "rolebindings"],
      scope: "Namespaced",
    },
  ],
  conditions: [
    byOthers(installation),
    { name: "reserved", expression: `object.metadata.?name.orValue('').startsWith(${celText(rbacName(""))})` },
  ],
  validations: [
    {
      expression: "false",
      message: `Names of Roles and RoleBindings that begin with ${rbacName("")} are Palisade's: use another name.`,
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
