import type { Installation } from "../installation.ts";
import { all, any } from "../policies/cel.ts";
import { IN_ENROLLED, isAccountOfWorkload, isObserved, WORKLOADS } from "./enrolled.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, notByNodes, REQUEST_NAME } from "./request.ts";
import { ADDED_SUBJECTS, EVERYBODY } from "./subjects.ts";
import { accountOf, isTemplateOrPod, POD_MAKERS, podSpecOf } from "./templates.ts";

const isToken = "request.resource.resource == 'serviceaccounts'";
const isBinding = "request.resource.resource == 'rolebindings'";

/** RBAC names an account in three ways: as itself, as a user, and through its namespace's groups. */
const namesAccount = any(
  all(
    "s.kind == 'ServiceAccount'",
    "s.?namespace.orValue(request.namespace) in ['', request.namespace]",
    isAccountOfWorkload("s.name"),
  ),
  all(
    "s.kind == 'User'",
    "s.name.startsWith('system:serviceaccount:' + request.namespace + ':')",
    isAccountOfWorkload("s.name.split(':')[3]"),
  ),
);

const namesEverybody = any(
  all("s.kind == 'Group'", `s.name in ${EVERYBODY} || s.name == 'system:serviceaccounts:' + request.namespace`),
  "s.kind == 'User' && s.name == 'system:anonymous'",
);

/** OpenShift's controller binds it in every namespace and makes it anew for ever. What the role says is judged where bindings are found. */
const pullsImages = "object.roleRef.kind == 'ClusterRole' && object.roleRef.name == 'system:image-puller'";

/**
 * A workload's account has the workload's name. RBAC subjects that stand may stay; while a namespace is only observed, its bindings are its
 * team's, and reported.
 */
export const accounts = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-accounts",
  cases: [26, 56, 57, 61, 62, 64],
  about: "Only a workload's own pods may use its ServiceAccount, and nobody may grant it more permissions.",
  rules: [
    { apiGroups: [""], operations: ["CREATE"], resources: ["serviceaccounts/token"] },
    ...POD_MAKERS,
    {
      apiGroups: ["rbac.authorization.k8s.io"],
      operations: ["CREATE", "UPDATE"],
      resources: ["rolebindings"],
    },
  ],
  conditions: [byOthers(installation), notByNodes],
  variables: [
    ...WORKLOADS,
    { name: "takesToken", expression: all(isToken, isAccountOfWorkload(REQUEST_NAME)) },
    { name: "account", expression: accountOf(podSpecOf("object")) },
    { name: "oldAccount", expression: `oldObject == null ? '' : ${accountOf(podSpecOf("oldObject"))}` },
    ADDED_SUBJECTS,
  ],
  validations: [
    {
      expression: "!variables.takesToken",
      message:
        "Only the pods of a workload may get tokens of its ServiceAccount: use an account of your own, with its own Role.",
    },
    {
      expression: any(
        `!(${isTemplateOrPod})`,
        `variables.account == variables.oldAccount`,
        `!(${isAccountOfWorkload("variables.account")})`,
      ),
      message:
        "This ServiceAccount belongs to a SecureWorkload, and only its pods may use it: use an account of your own.",
    },
    {
      expression: any(`!(${isBinding})`, isObserved, `!variables.added.exists(s, ${namesAccount})`),
      message:
        "The SecureWorkload declares what its ServiceAccount may do: add the permissions to its spec.permissions.",
    },
    {
      expression: any(`!(${isBinding})`, isObserved, pullsImages, `!variables.added.exists(s, ${namesEverybody})`),
      message:
        "This binding to all accounts or to everybody would include the workloads of this namespace: bind specific users, groups or accounts.",
    },
  ],
  auditAnnotations: [
    {
      key: "token-refused",
      valueExpression: `variables.takesToken ? request.userInfo.username + ' asked for a token of ' + request.namespace + '/' + ${REQUEST_NAME} : ''`,
    },
  ],
  bindings: [IN_ENROLLED],
});
