import { GROUP } from "../crds/group.ts";
import { type Installation, operatorUser, PROBE_NAME } from "../installation.ts";
import { REPLICA_SET } from "../kubernetes/kinds.ts";
import type { PolicyRule } from "../kubernetes/policy-rule.ts";
import { all, any, celText } from "../policies/cel.ts";
import { inEnrolled, isRefusedName } from "./enrolled.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";
import { isUser, listAt, nameOfObject } from "./request.ts";

const OPERATIONS: Readonly<Record<string, ResourceRule["operations"][number]>> = {
  create: "CREATE",
  update: "UPDATE",
  patch: "UPDATE",
  delete: "DELETE",
};

/** Other policies restrict these: namespaces, and the operator's Events. */
const ELSEWHERE: ReadonlySet<string> = new Set(["namespaces", "events"]);

/** Everything that the role lets the operator write, so that the policy covers every permission. */
function writable({ apiGroups, resources, verbs }: PolicyRule): readonly ResourceRule[] {
  const operations = [...new Set(verbs.flatMap((verb) => OPERATIONS[verb] ?? []))];
  const there = resources.filter((resource) => !ELSEWHERE.has(resource));
  if (operations.length === 0 || there.length === 0 || apiGroups.includes(GROUP)) return [];
  return [{ apiGroups, operations, resources: there }];
}

const is = (resource: string): string => `request.resource.resource == ${celText(resource)}`;

/** Accounts of applications, by both names that a binding may use. */
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

const endsProbe = ({ namespace }: Installation): string =>
  all(
    is(REPLICA_SET.plural),
    `request.namespace == ${celText(namespace)}`,
    `${nameOfObject} == ${celText(PROBE_NAME)}`,
  );

/** RBAC cannot express "in namespaces with workloads", because the role applies to all of them; this policy can. */
export const operatorReach = (installation: Installation, rules: readonly PolicyRule[]): AdmissionPolicy => ({
  name: "palisade-operator-reach",
  cases: [87, 88],
  about:
    "The operator's account can write and delete objects only in enrolled namespaces, even if its token is stolen.",
  rules: rules.flatMap(writable),
  conditions: [{ name: "by-operator", expression: isUser(installation, operatorUser(installation)) }],
  validations: [
    {
      expression: any(`!(${is("leases")})`, `request.namespace == ${celText(installation.namespace)}`),
      message: `The operator may take Leases only in ${installation.namespace}; it has the permission elsewhere only to grant it.`,
    },
    {
      expression: any(
        is("leases"),
        endsProbe(installation),
        all(any(is("clusterrolebindings"), is("rolebindings")), namesAccountsAlone(installation)),
        all(`!(${is("clusterrolebindings")})`, `!(${isRefusedName("request.namespace", installation)})`, inEnrolled),
      ),
      message:
        "The operator may write and delete objects only in enrolled namespaces, and elsewhere delete only bindings of application accounts.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
