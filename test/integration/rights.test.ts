/** What RBAC gives a workload's account beside what is declared, and who gets around workloads by it: told of, and deleted where that is said. */

import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { EVERY_ACCOUNT } from "../../src/rbac/default-rules.ts";
import { allows, beyond, type Rule, rulesFrom } from "../../src/rbac/rule.ts";
import { accountSurplus } from "../../src/state/excess-rights.ts";
import { until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { setBaseline } from "../support/platform.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const namespace = uniqueNamespace("rights");
const elsewhere = uniqueNamespace("elsewhere");
const ACCOUNT = `--serviceaccount=${namespace}:web`;
const PERMISSIONS = [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }];

const platform = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, args, { user: "platform", ...(input === undefined ? {} : { input }) });
const made: (readonly string[])[] = [];
/** Gone at the end of the test. */
async function create(kind: string, name: string, ...args: readonly string[]): Promise<void> {
  const [place, rest] = args[0] === "-n" ? [args.slice(0, 2), args.slice(2)] : [[], args];
  made.push([kind, name, ...place]);
  await platform(["create", kind, name, ...rest, ...place]);
}
const bind = (name: string, role: string, ...subjects: readonly string[]): Promise<void> =>
  create("clusterrolebinding", name, `--clusterrole=${role}`, ...subjects);
const bindIn = (where: string, name: string, role: string, ...subjects: readonly string[]): Promise<void> =>
  create("rolebinding", name, "-n", where, `--clusterrole=${role}`, ...subjects);
const unbind = (name: string): Promise<string> => platform(["delete", "clusterrolebinding", name]);
const exists = async (kind: string, name: string, ...args: readonly string[]): Promise<boolean> =>
  (await cluster.kubectl(["get", kind, name, ...args])).code === 0;

const palisade = usePalisade({
  namespaces: [namespace],
  before: () => kubectl(cluster, ["create", "namespace", elsewhere]),
});
const { cluster } = palisade;
const look = lookAt(cluster, namespace);

beforeAll(async () => {
  await kubectl(cluster, ["apply", "-f", "-"], {
    user: "alice",
    input: aWorkload("web", namespace, { permissions: PERMISSIONS }),
  });
  await until(async () => await exists("role", "palisade:web", "-n", namespace), "the Role");
  await matches();
});

afterEach(async () => {
  for (const args of made.splice(0)) await platform(["delete", ...args, "--ignore-not-found"]);
  await matches();
});

const matches = (): Promise<void> =>
  until(async () => (await look.condition("web", "RightsMatch"))?.status === "True", "RightsMatch to be True");

/** Waits until the condition names each of these. */
async function surplus(...words: readonly string[]): Promise<void> {
  let message = "";
  const says = async (): Promise<boolean> => {
    const condition = await look.condition("web", "RightsMatch");
    message = `${condition?.status}: ${condition?.message}`;
    return condition?.reason === "SurplusRights" && words.every((word) => message.includes(word));
  };
  await until(says, `RightsMatch to name ${words.join(", ")}`).catch((error: unknown) => {
    throw new Error(`it says ${message}`, { cause: error });
  });
}

interface Told extends KubeObject {
  readonly reason: string;
  readonly note: string;
  readonly series?: { readonly count: number };
}

const told = async (reason: string): Promise<readonly string[]> =>
  ((await look.list("events.events.k8s.io")) as readonly Told[])
    .filter((event) => event.reason === reason)
    .flatMap(({ note, series }) => Array.from({ length: series?.count ?? 1 }, () => note));

async function gauge(name: string): Promise<Readonly<Record<string, number>>> {
  const metric = await palisade.running.operator.registry.getSingleMetric(name)?.get();
  return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [Object.values(labels)[0], value]));
}
const surplusRights = (): Promise<Readonly<Record<string, number>>> => gauge("palisade_account_surplus_rights");

const versionOf = async (): Promise<string | undefined> => (await look.get("sw", "web"))?.metadata.resourceVersion;

// ---- the API server is asked itself ----

const QUESTIONS = [
  { verb: "get", group: "", resource: "pods" },
  { verb: "watch", group: "", resource: "pods" },
  { verb: "get", group: "", resource: "secrets" },
  { verb: "create", group: "", resource: "pods/exec" },
  { verb: "create", group: "", resource: "serviceaccounts/token" },
  { verb: "get", group: "apps", resource: "deployments" },
  { verb: "patch", group: "apps", resource: "deployments/scale" },
  { verb: "impersonate", group: "", resource: "serviceaccounts" },
  { verb: "create", group: "authorization.k8s.io", resource: "selfsubjectaccessreviews" },
  { verb: "escalate", group: "rbac.authorization.k8s.io", resource: "clusterroles" },
] as const;

async function serverAnswers(at: string): Promise<readonly boolean[]> {
  const items = QUESTIONS.map(({ verb, group, resource: whole }) => {
    const [resource, subresource] = whole.split("/");
    const user = `system:serviceaccount:${namespace}:web`;
    const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
    const resourceAttributes = { namespace: at, verb, group, resource, subresource };
    return {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user, groups, resourceAttributes },
    };
  });
  const list = { apiVersion: "v1", kind: "List", items };
  const output = 'jsonpath={.status.allowed}{"\\n"}';
  const answers = await kubectl(cluster, ["create", "-f", "-", "-o", output], { input: list });
  return answers
    .trim()
    .split("\n")
    .map((allowed) => allowed === "true");
}

function computedAnswers(at: string): readonly boolean[] {
  const workload = palisade.running.state.workloads.get(`${namespace}/web`);
  if (workload === undefined) throw new Error("the workload is not known");
  const found = accountSurplus(workload, palisade.running.state);
  const rules: readonly Rule[] = [
    ...EVERY_ACCOUNT,
    ...(at === namespace ? rulesFrom(PERMISSIONS) : []),
    ...found
      .filter(({ scope, binding }) => scope === "cluster" || binding.key.startsWith(`${at}/`))
      .flatMap(({ rules: surplusRules }) => surplusRules),
  ];
  return QUESTIONS.map((question) => rules.some((rule) => allows(rule, question)));
}

/** The API server may learn of a binding a moment later than the operator. */
async function agree(): Promise<void> {
  for (const at of [namespace, elsewhere]) {
    const same = async (): Promise<boolean> => isDeepStrictEqual(computedAnswers(at), await serverAnswers(at));
    await until(same, "the answers to agree", 3_000).catch(() => {});
    expect(computedAnswers(at)).toEqual(await serverAnswers(at));
  }
}

// ---- the cases ----

test("on a cluster as it is made nothing is surplus, and a binding of others changes nothing", async () => {
  expect(await look.condition("web", "RightsMatch")).toMatchObject({ status: "True", reason: "AsDeclared" });
  expect(await surplusRights()).toEqual({ cluster: 0, namespace: 0 });
  await agree();
  const before = await versionOf();
  await bind("readers-too", "view", "--group=more-readers");
  await settled(cluster);
  expect(await versionOf()).toBe(before);
  expect(await told("SurplusRights")).toEqual([]);
});

test.each([
  { what: "cluster-admin", name: "strong", role: "cluster-admin", subject: ACCOUNT, words: "do everything" },
  {
    what: "view, by the name of its user",
    name: "as-user",
    role: "view",
    subject: `--user=system:serviceaccount:${namespace}:web`,
    words:
      "in the whole cluster by ClusterRoleBinding/as-user to ClusterRole/view, aggregated from ClusterRoles with rbac.authorization.k8s.io/aggregate-to-view=true",
  },
])("a ClusterRoleBinding of the account to $what is told of, case 58", async ({ name, role, subject, words }) => {
  await bind(name, role, subject);
  await surplus(words, `ClusterRoleBinding/${name}`, "drift case 58");
  await until(async () => (await told("SurplusRights")).some((note) => note.includes(name)), "the Event");
  const notes = (await told("SurplusRights")).filter((note) => note.includes(name));
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/written by kubectl-create \(Update\) at 20[0-9-]+T[0-9:]+Z$/);
  expect(await surplusRights()).toEqual({ cluster: 1, namespace: 0 });
  await agree();
  expect(await exists("clusterrolebinding", name)).toBe(true);
  await unbind(name);
  await matches();
  expect(await surplusRights()).toEqual({ cluster: 0, namespace: 0 });
});

test("all accounts bound to a role for the whole cluster is told of, case 57", async () => {
  await bind("everybody", "edit", "--group=system:serviceaccounts");
  await surplus("impersonate others", "ClusterRoleBinding/everybody", "drift case 57");
  await agree();
});

test("what every account has here is what it is known to have", () => {
  const { rights } = palisade.running.state;
  const groups = ["Group system:serviceaccounts", "Group system:authenticated"];
  const bound = groups
    .flatMap((group) => [...rights.naming(group)])
    .flatMap(({ role }) => rights.role(role)?.rules ?? []);
  expect(beyond(bound, EVERY_ACCOUNT)).toEqual([]);
  expect(beyond(EVERY_ACCOUNT, bound)).toEqual([]);
});

test("a built-in role that everybody holds and somebody edits is told of, case 59", async () => {
  const patch = (...operations: readonly object[]): Promise<string> =>
    platform(["patch", "clusterrole", "system:basic-user", "--type=json", "-p", JSON.stringify(operations)]);
  const rule = { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] };
  await patch({ op: "add", path: "/rules/0", value: rule });
  await surplus(
    "create tokens of ServiceAccounts in the whole cluster",
    "ClusterRole/system:basic-user",
    "drift case 59",
  );
  await agree();
  await patch({ op: "remove", path: "/rules/0" });
});

test("an aggregated role that grows by a label is told of, with who fed it, case 59", async () => {
  const label = "example.com/aggregate-to-ops";
  const role = (name: string, more: object): object => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name },
    ...more,
  });
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { [label]: "true" } }] };
  await platform(["create", "-f", "-"], role("ops", { aggregationRule, rules: [] }));
  await bind("ops", "ops", ACCOUNT);
  await settled(cluster);
  expect(await look.condition("web", "RightsMatch")).toMatchObject({ status: "True" });
  // Who wrote last is known by whole seconds.
  await pause(1_000);
  const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }];
  await platform(
    ["create", "-f", "-"],
    role("ops-part", { rules, metadata: { name: "ops-part", labels: { [label]: "true" } } }),
  );
  await surplus("read Secrets", "ClusterRole/ops", `aggregated from ClusterRoles with ${label}=true`, "drift case 59");
  const telling = async () => (await told("SurplusRights")).find((note) => note.includes("ClusterRole/ops"));
  await until(async () => (await telling()) !== undefined, "the Event");
  expect(await telling()).toMatch(/drift case 59.*written by kubectl-create/);
  await agree();
  await platform(["delete", "clusterrole", "ops-part", "ops"]);
});

describe("a RoleBinding of the namespace to the accounts in it, case 57", () => {
  const group = `--group=system:serviceaccounts:${namespace}`;

  test("is deleted where it names nobody else", async () => {
    await bindIn(namespace, "all-here", "edit", group);
    await until(async () => !(await exists("rolebinding", "all-here", "-n", namespace)), "the binding to go");
    await until(
      async () =>
        (await look.corrections()).some(
          (note) => note.includes("RoleBinding/all-here") && note.includes("drift case 57"),
        ),
      "the Event",
    );
  });

  test("stays and is told of where it names a person too", async () => {
    await bindIn(namespace, "all-here-and-bob", "edit", group, "--user=bob");
    await surplus(`in namespace ${namespace} by RoleBinding/${namespace}/all-here-and-bob`, "drift case 57");
    expect(await surplusRights()).toEqual({ cluster: 0, namespace: 1 });
    await agree();
    expect(await exists("rolebinding", "all-here-and-bob", "-n", namespace)).toBe(true);
  });
});

test("a restart tells of what stands no second time, and writes nothing", async () => {
  await bind("standing", "view", ACCOUNT);
  await surplus("ClusterRoleBinding/standing");
  const telling = async () => (await told("SurplusRights")).filter((note) => note.includes("standing")).length;
  await until(async () => (await telling()) === 1, "the Event");
  const before = await versionOf();
  await palisade.restart();
  await until(async () => (await surplusRights())["cluster"] === 1, "the metric");
  await settled(cluster);
  expect(await telling()).toBe(1);
  expect(await versionOf()).toBe(before);
});

test("where the platform team says so, bindings of accounts alone are deleted outside the namespace, case 58", async () => {
  await bind("account-alone", "view", ACCOUNT);
  await bind("account-and-bob", "view", ACCOUNT, "--user=bob");
  await bindIn(elsewhere, "there", "view", ACCOUNT);
  await surplus("account-alone", "account-and-bob", `RoleBinding/${elsewhere}/there`);
  await agree();
  await setBaseline(cluster, { offenders: { clusterBindings: "Delete" } });
  await until(async () => !(await exists("clusterrolebinding", "account-alone")), "the ClusterRoleBinding to go");
  await until(async () => !(await exists("rolebinding", "there", "-n", elsewhere)), "the RoleBinding to go");
  await until(
    async () => (await look.corrections()).some((note) => note.includes("ClusterRoleBinding/account-alone")),
    "the Event",
  );
  const note = (await look.corrections()).find((one) => one.includes("ClusterRoleBinding/account-alone"));
  expect(note).toContain("drift case 58");
  expect(note).toContain("written by kubectl-create");
  await surplus("account-and-bob");
  expect((await look.condition("web", "RightsMatch"))?.message).not.toContain("account-alone");
  expect(await exists("clusterrolebinding", "account-and-bob")).toBe(true);
});

test("who gets around workloads by RBAC stands in the SecurityBaseline, once for the cluster, cases 62, 65, 66 and 67", async () => {
  await setBaseline(cluster, {});
  interface Status {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
    readonly rbacFindings?: readonly { readonly driftCase: number; readonly subject: string; readonly via: string }[];
  }
  const status = async (): Promise<Status> =>
    (JSON.parse(await kubectl(cluster, ["get", "sb", "cluster", "-o", "json"])) as { status?: Status }).status ?? {};
  await until(async () => (await status()).rbacFindings !== undefined, "the findings");
  const ofAlice = async () => ((await status()).rbacFindings ?? []).filter(({ subject }) => subject === "User alice");
  expect((await ofAlice()).map(({ driftCase }) => driftCase)).toEqual([61, 62, 65, 66]);
  expect((await ofAlice())[1]?.via).toBe(`RoleBinding/${namespace}/team-alice-edit to ClusterRole/edit`);
  const { rbacFindings = [], conditions = [] } = await status();
  expect(rbacFindings).toContainEqual({
    driftCase: 67,
    subject: "Group platform-team",
    via: "ClusterRoleBinding/palisade-test-platform-team to ClusterRole/cluster-admin",
  });
  expect(rbacFindings.filter(({ subject }) => !/^(User alice|Group platform-team)$/.test(subject))).toEqual([]);
  expect(conditions.find(({ type }) => type === "RBACNarrow")).toMatchObject({ status: "False" });
  expect(await gauge("palisade_rbac_findings")).toEqual({ 61: 2, 62: 2, 65: 2, 66: 2, 67: 1 });

  await bind("proxy", "system:kubelet-api-admin", "--user=carol");
  await until(
    async () => ((await status()).rbacFindings ?? []).some(({ subject }) => subject === "User carol"),
    "carol",
  );
  expect(await gauge("palisade_rbac_findings")).toMatchObject({ 67: 2 });
  await unbind("proxy");
  await until(
    async () => !((await status()).rbacFindings ?? []).some(({ subject }) => subject === "User carol"),
    "no carol",
  );
});
