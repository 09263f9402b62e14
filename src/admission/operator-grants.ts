/**
 * What a workload has beyond the menu, the SecurityBaseline grants: the API server asks for the grant itself, so that a stolen token of the operator
 * gives nothing away by which the platform team did not stand. Without a SecurityBaseline the operator grants nothing beyond the menu, and holds none of
 * it in any namespace, so that RBAC refuses what this policy has nothing to compare with.
 */
import { API_VERSION, BASELINE_NAME, SECURITY_BASELINE } from "../crds/group.ts";
import { type Installation, operatorUser } from "../installation.ts";
import { ROLE } from "../kubernetes/kinds.ts";
import { grantName, rbacName } from "../names.ts";
import { all, any, celText, listIn } from "../policies/cel.ts";
import { isOnMenu } from "./custom-resources.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { isUser, listAt } from "./request.ts";

const NAMES = "r.?resourceNames.orValue([])";
const ALLOWED = "a.?resourceNames.orValue([])";
/** One rule of a grant allows a rule of the Role as a whole. */
const isCovered = all(
  "r.apiGroups.all(g, g in a.apiGroups)",
  "r.resources.all(s, s in a.resources)",
  "r.verbs.all(v, v in a.verbs)",
  any(`${ALLOWED}.size() == 0`, all(`${NAMES}.size() > 0`, `${NAMES}.all(n, n in ${ALLOWED})`)),
);

export const operatorGrants = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-operator-grants",
  cases: [89],
  about:
    "The operator's account can give a workload only those permissions beyond the menu that the SecurityBaseline grants it.",
  parameters: { apiVersion: API_VERSION, kind: SECURITY_BASELINE.kind, name: BASELINE_NAME, whenMissing: "Allow" },
  rules: [{ apiGroups: [ROLE.group], operations: ["CREATE", "UPDATE"], resources: [ROLE.plural] }],
  conditions: [
    { name: "by-operator", expression: isUser(installation, operatorUser(installation)) },
    { name: "of-a-workload", expression: `!object.metadata.name.startsWith(${celText(grantName(""))})` },
  ],
  variables: [
    { name: "beyond", expression: `${listAt("object", "rules")}.filter(r, !(${isOnMenu("r")}))` },
    {
      name: "granted",
      expression: `${listIn("params", "spec", "permissions")}.filter(p, p.namespace == request.namespace && p.workloads.exists(w, ${celText(rbacName(""))} + w == object.metadata.name))`,
    },
  ],
  validations: [
    {
      expression: `variables.beyond.all(r, variables.granted.exists(p, p.rules.exists(a, ${isCovered})))`,
      message: "The operator may grant a workload only what is on the menu, or what the SecurityBaseline grants to it.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
