/** docs/reference/permissions.md: what a workload may have of the Kubernetes API, from the one table. */
import { CLUSTER_READS } from "../../src/crds/v1alpha1/cluster-reads.ts";
import {
  CLOSED_GROUPS,
  CUSTOM_SUBRESOURCES,
  type MenuEntry,
  PERMISSION_TABLE,
  PERMISSION_VERBS,
} from "../../src/crds/v1alpha1/permission-menu.ts";
import { markdownFile } from "./generated-file.ts";
import { table } from "./markdown.ts";

const ANYBODY = "any workload whose author has them too";
const GRANTED = "workloads that the SecurityBaseline names";

const code = (text: string): string => `\`${text}\``;

const rowOf = ([entry, { verbs, opens, byGrant }]: readonly [string, MenuEntry]): readonly string[] => {
  const slash = entry.indexOf("/");
  return [
    code(entry.slice(0, slash) || '""'),
    code(entry.slice(slash + 1)),
    verbs.map(code).join(", "),
    opens,
    byGrant === true ? GRANTED : ANYBODY,
  ];
};

const CUSTOM: readonly string[] = [
  "any other with a dot",
  `custom resources, also with ${CUSTOM_SUBRESOURCES.map((sub) => code(`/${sub}`)).join(", ")}`,
  PERMISSION_VERBS.map(code).join(", "),
  "whatever the controllers of that group do for such an object",
  GRANTED,
];

const NEVER: readonly (readonly [what: string, why: string])[] = [
  ["`*` as a group, resource or verb", "it holds whatever a later version brings"],
  ["`escalate`, `bind`, `impersonate`, and every other verb", "they give everything that somebody else has"],
  ["`list` and `watch` of Secrets", "both return the content of all of them: name each one, with `get`"],
  [
    "`pods/exec`, `pods/attach`, `pods/portforward`, `pods/ephemeralcontainers`, `nodes/proxy`",
    "they run commands in other pods",
  ],
  ["`serviceaccounts/token`", "it makes the workload any other account"],
  ["writing pods, or kinds that make pods", "whoever starts a pod holds what it can mount"],
  ["RBAC, webhooks, admission policies, CustomResourceDefinitions, certificates", "they decide over all the others"],
  [
    CLOSED_GROUPS.map(code).join(", "),
    "these groups, and those below them, decide about admission, identity, traffic or pods of others",
  ],
  ["`nonResourceURLs`", "they belong to no namespace, and every account reads `/version` and `/healthz` already"],
  [
    "anything outside the workload's own namespace but the reads above",
    "it would be the platform's work: run it where the platform team runs its own",
  ],
];

const blocks = (): readonly string[] => [
  "# Permissions in the Kubernetes API",
  "What a workload may declare under `permissions`, in its own namespace. Without any it has no token. Update, patch and delete need `resourceNames`, except on Events and custom resources. [access.md](../guides/access.md#the-kubernetes-api) has examples, and says how the platform team grants what is marked so.",
  "## The table",
  table(
    ["apiGroup", "resource", "verbs", "what it opens", "who may ask"],
    [...Object.entries(PERMISSION_TABLE).map(rowOf), CUSTOM],
  ),
  "## In the whole cluster",
  "What a workload may list under `clusterReads`, each with get, list and watch, where the SecurityBaseline grants it to the workload. Palisade makes no ClusterRoleBinding, since nothing would end it with its workload while no operator runs: until the platform team binds a role, `Limited` says what to type ([access.md](../guides/access.md#the-kubernetes-api)).",
  table(
    ["name", "what it opens"],
    [...CLUSTER_READS].map(([name, { opens }]) => [code(name), opens]),
  ),
  "## Never",
  "The API server refuses these in a SecureWorkload, and in a grant of the SecurityBaseline too:",
  table(["what", "because"], NEVER),
];

export const permissionsFile = markdownFile("docs/reference/permissions.md", blocks);
