import { all, any } from "./cel.ts";
import { IN_ENROLLED, isWorkload, WORKLOADS } from "./enrolled.ts";
import type { Installation } from "./identities.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, listAt, notByNodes, REQUEST_NAME } from "./request.ts";
import { accountOf, isTemplateOrPod, POD_MAKERS, podSpecOf } from "./templates.ts";

const isToken = "request.resource.resource == 'serviceaccounts'";
const isBinding = "request.resource.resource == 'rolebindings'";

/** RBAC knows an account by three names: as itself, as a user, and in the groups of its namespace. */
const namesAccount = any(
  all(
    "s.kind == 'ServiceAccount'",
    "s.?namespace.orValue(request.namespace) in ['', request.namespace]",
    isWorkload("s.name"),
  ),
  all(
    "s.kind == 'User'",
    "s.name.startsWith('system:serviceaccount:' + request.namespace + ':')",
    isWorkload("s.name.split(':')[3]"),
  ),
);

const EVERYBODY = "['system:serviceaccounts', 'system:authenticated', 'system:unauthenticated']";
const namesEverybody = any(
  all("s.kind == 'Group'", `s.name in ${EVERYBODY} || s.name == 'system:serviceaccounts:' + request.namespace`),
  "s.kind == 'User' && s.name == 'system:anonymous'",
);

/** A workload's account is called like the workload. Every RBAC subject that stood before may stay. */
export const accounts = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-accounts",
  cases: [26, 56, 57, 61, 62, 64],
  about: "Nobody but its own pods takes on a workload's ServiceAccount, and nobody adds to what it may do.",
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
    { name: "takesToken", expression: all(isToken, isWorkload(REQUEST_NAME)) },
    { name: "account", expression: accountOf(podSpecOf("object")) },
    { name: "oldAccount", expression: `oldObject == null ? '' : ${accountOf(podSpecOf("oldObject"))}` },
    {
      name: "added",
      expression: `${listAt("object", "subjects")}.filter(s, !(s in ${listAt("oldObject", "subjects")}))`,
    },
  ],
  validations: [
    {
      expression: "!variables.takesToken",
      message:
        "Tokens of a workload's ServiceAccount go to its pods alone: use an account of your own, with a Role of its own.",
    },
    {
      expression: any(
        `!(${isTemplateOrPod})`,
        `variables.account == variables.oldAccount`,
        `!(${isWorkload("variables.account")})`,
      ),
      message:
        "This ServiceAccount is a SecureWorkload's, and its pods alone run under it: use an account of your own.",
    },
    {
      expression: any(`!(${isBinding})`, `!variables.added.exists(s, ${namesAccount})`),
      message:
        "What a workload's ServiceAccount may do is declared in its SecureWorkload: add it to spec.permissions there.",
    },
    {
      expression: any(`!(${isBinding})`, `!variables.added.exists(s, ${namesEverybody})`),
      message:
        "A binding to all accounts or to everybody would reach the workloads of this namespace: bind the users, groups or accounts that are meant.",
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
