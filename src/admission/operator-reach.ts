import { GROUP } from "../crds/group.ts";
import { OPERATOR_RULES } from "../reconcilers/permissions.ts";
import type { PolicyRule } from "../reconcilers/policy-rule.ts";
import { all, any, celText } from "./cel.ts";
import { inEnrolled, isRefusedName } from "./enrolled.ts";
import { type Installation, operatorUser } from "./identities.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";
import { isUser, listAt } from "./request.ts";

const OPERATIONS: Readonly<Record<string, ResourceRule["operations"][number]>> = {
  create: "CREATE",
  update: "UPDATE",
  patch: "UPDATE",
  delete: "DELETE",
};

/** Held to what they are by other policies: namespaces, and what the operator tells. */
const ELSEWHERE: ReadonlySet<string> = new Set(["namespaces", "events"]);

/** Whatever the role lets the operator write, so that a right is never wider than where it is used. */
function writable({ apiGroups, resources, verbs }: PolicyRule): readonly ResourceRule[] {
  const operations = [...new Set(verbs.flatMap((verb) => OPERATIONS[verb] ?? []))];
  const there = resources.filter((resource) => !ELSEWHERE.has(resource));
  if (operations.length === 0 || there.length === 0 || apiGroups.includes(GROUP)) return [];
  return [{ apiGroups, operations, resources: there }];
}

const is = (resource: string): string => `request.resource.resource == ${celText(resource)}`;

/** Accounts of applications, by either of the names that a binding may have for them. */
function namesAccountsAlone(installation: Installation): string {
  const user = "system:serviceaccount:";
  const of = (namespace: string): string => `!(${isRefusedName(namespace, installation)})`;
  const isAccount = any(
    all("s.kind == 'ServiceAccount'", of("s.?namespace.orValue(request.?namespace.orValue(''))")),
    all("s.kind == 'User'", `s.name.startsWith(${celText(user)})`, of("s.name.split(':')[2]")),
  );
  const subjects = listAt("oldObject", "subjects");
  return all("request.operation == 'DELETE'", `${subjects}.size() > 0`, `${subjects}.all(s, ${isAccount})`);
}

/**
 * RBAC cannot say "in namespaces with workloads": the role holds in all of them. This does. Creation is let through where a namespace is not enrolled yet: the
 * API server learns of the label a moment after it is written. What runs pods is not, by `palisade-operator`.
 */
export const operatorReach = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-operator-reach",
  cases: [],
  about: "The operator's account changes and deletes nothing outside of enrolled namespaces, whoever holds its token.",
  rules: OPERATOR_RULES.flatMap(writable),
  conditions: [{ name: "by-operator", expression: isUser(operatorUser(installation)) }],
  validations: [
    {
      expression: any(`!(${is("leases")})`, `request.namespace == ${celText(installation.namespace)}`),
      message: `The operator takes Leases in ${installation.namespace} alone: it holds the right in all namespaces to grant it.`,
    },
    {
      expression: any(
        is("leases"),
        all(any(is("clusterrolebindings"), is("rolebindings")), namesAccountsAlone(installation)),
        all(
          `!(${is("clusterrolebindings")})`,
          `!(${isRefusedName("request.namespace", installation)})`,
          any(inEnrolled, "request.operation == 'CREATE'"),
        ),
      ),
      message:
        "The operator changes and deletes in enrolled namespaces alone, makes nothing in the cluster's own, and deletes elsewhere no binding but those of accounts of applications.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
