import { API_VERSION, BASELINE_NAME, SECURITY_BASELINE } from "../crds/group.ts";
import type { Installation } from "../installation.ts";
import { all, any } from "../policies/cel.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, mayManage } from "./request.ts";
import { ADDED_SUBJECTS, EVERYBODY } from "./subjects.ts";

const ACCOUNT = "system:serviceaccount:";
const GROUP_OF = "system:serviceaccounts:";

/** In the three ways in which RBAC names an account, and the groups that every account is in. */
const namesAccounts = (isClosed: (namespace: string) => string): string =>
  any(
    all("s.kind == 'ServiceAccount'", isClosed("s.?namespace.orValue('')")),
    all("s.kind == 'User'", `s.name.startsWith('${ACCOUNT}')`, isClosed("s.name.split(':')[2]")),
    all("s.kind == 'Group'", `s.name.startsWith('${GROUP_OF}')`, isClosed("s.name.split(':')[2]")),
    all("s.kind == 'Group'", `s.name in ${EVERYBODY}`, "variables.anyClosed"),
    all("s.kind == 'User'", "s.name == 'system:anonymous'", "variables.anyClosed"),
  );

/** What the status holds no room for is closed too. */
const isClosed = (namespace: string): string => `variables.cut || ${namespace} in variables.closed`;

/**
 * What ClusterRoleBindings give has no namespace for admission to look at, so the SecurityBaseline says which namespaces are closed. Without a
 * SecurityBaseline such bindings are reported and not refused.
 */
export const clusterAccounts = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-cluster-accounts",
  cases: [57, 58],
  about: "Only the platform team may bind cluster-wide permissions to accounts of namespaces with workloads.",
  failurePolicy: "Ignore",
  parameters: { apiVersion: API_VERSION, kind: SECURITY_BASELINE.kind, name: BASELINE_NAME, whenMissing: "Allow" },
  rules: [
    {
      apiGroups: ["rbac.authorization.k8s.io"],
      operations: ["CREATE", "UPDATE"],
      resources: ["clusterrolebindings"],
      scope: "Cluster",
    },
  ],
  conditions: [byOthers(installation)],
  variables: [
    { name: "closed", expression: "params.?status.?closed.orValue([])" },
    { name: "anyClosed", expression: "variables.closed.size() > 0" },
    { name: "cut", expression: "params.?status.?truncated.orValue([]).exists(t, t.field == 'closed')" },
    ADDED_SUBJECTS,
  ],
  validations: [
    {
      expression: any(`!variables.added.exists(s, ${namesAccounts(isClosed)})`, mayManage),
      message:
        "This would give accounts of workloads permissions in the whole cluster: bind specific users, groups or accounts of other namespaces, or ask the platform team, which needs the verb manage on securitybaselines.palisade.dev.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
