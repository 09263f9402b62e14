/** Permissions beyond the menu: declared by a workload, granted by the platform team, and given only while the operator holds them itself. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ApiError, type Client, createClient, createTransport, type KubeObject, kubeconfigConnection } from "kopf-ts";
import { DEFAULT_INSTALLATION } from "../../src/installation.ts";
import { ROLE } from "../../src/kubernetes/kinds.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { kubectl } from "../support/cluster.ts";
import { untilPoliciesStand } from "../support/enforce.ts";
import { settled } from "../support/marker.ts";
import { dropBaseline, setBaseline } from "../support/platform.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const { namespace: OWN, account: OPERATOR } = DEFAULT_INSTALLATION;

const palisade = usePalisade({ namespaces: ["shop"], baseline: {}, admission: ADMISSION_POLICIES });
const { cluster } = palisade;
let operator: Client;

const PODS = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
const THINGS = { apiGroups: ["example.com"], resources: ["things"], verbs: ["get", "update"] };
const SECRET = { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["repository"] };
const METRICS = { apiGroups: ["metrics.k8s.io"], resources: ["pods"], verbs: ["list"] };

const platform = (...args: readonly string[]): Promise<string> => kubectl(cluster, args, { user: "platform" });
/** kubectl makes roles only for what the cluster serves. */
const role = (kind: "Role" | "ClusterRole", name: string, rule: object): Promise<string> =>
  kubectl(cluster, ["apply", "-f", "-"], {
    user: "platform",
    input: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind,
      metadata: { name, ...(kind === "Role" ? { namespace: "shop" } : {}) },
      rules: [rule],
    },
  });
const grants = (...rules: readonly object[]): Promise<void> =>
  setBaseline(cluster, {
    permissions: [{ namespace: "shop", workloads: ["controller"], rules, reason: "reconciles things" }],
  });

/** As alice, who has `edit` in the namespace and what `use` gives her. */
const declare = (name: string, ...permissions: readonly object[]) =>
  cluster.kubectl(["apply", "-f", "-"], {
    user: "alice",
    input: JSON.stringify(aWorkload(name, "shop", { replicas: 0, permissions })),
  });

const field = async (kind: string, name: string, path: string): Promise<string> =>
  (await cluster.kubectl(["get", kind, name, "-n", "shop", "-o", `jsonpath={${path}}`])).stdout;

async function rulesOf(name: string): Promise<readonly object[]> {
  const text = await field("role", `palisade:${name}`, ".rules");
  return text === "" ? [] : (JSON.parse(text) as readonly object[]);
}
const has = (name: string, ...rules: readonly object[]): Promise<void> =>
  until(
    async () => JSON.stringify(sorted(await rulesOf(name))) === JSON.stringify(sorted(rules)),
    `${name} to have ${JSON.stringify(rules)}`,
  );
const sorted = (rules: readonly object[]): readonly string[] =>
  rules.map((rule) => JSON.stringify(Object.entries(rule).sort())).sort();

const limited = (name: string): Promise<string> =>
  field("sw", name, ".status.conditions[?(@.type=='Limited')]['reason','message']");
const says = (name: string, reason: string): Promise<void> =>
  until(async () => (await limited(name)).includes(reason), `${name} to say ${reason}`);
/** Whether the account itself may, as the API server answers; kubectl asks only about kinds that are served. */
async function may(name: string, verb: string, asked: object): Promise<boolean> {
  const input = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: `system:serviceaccount:shop:${name}`,
      resourceAttributes: { namespace: "shop", verb, ...asked },
    },
  };
  return (await kubectl(cluster, ["create", "-f", "-", "-o", "jsonpath={.status.allowed}"], { input })) === "true";
}

/** The API server's own authorizer hears of roles a moment after whoever reads them. */
const mayNow = (name: string, verb: string, asked: object, wanted: boolean): Promise<void> =>
  until(
    async () => (await may(name, verb, asked)) === wanted,
    `${name} ${wanted ? "" : "not "}to ${verb} ${JSON.stringify(asked)}`,
  );

beforeAll(async () => {
  await untilPoliciesStand(cluster);
  await role("ClusterRole", "things", { ...THINGS, verbs: ["get", "list", "update"] });
  const path = await cluster.serviceAccountKubeconfig(OWN, OPERATOR);
  operator = createClient(createTransport(await kubeconfigConnection({ path }), { userAgent: "thief" }), "thief");
}, 120_000);

afterAll(async () => {
  await operator?.transport.close();
});

beforeEach(async () => {
  await dropBaseline(cluster);
  await letGo("palisade-grants");
  await letGo("palisade-secrets");
});

const hold = (): Promise<string> =>
  platform(
    "create",
    "rolebinding",
    "palisade-grants",
    "-n",
    "shop",
    "--clusterrole=things",
    `--serviceaccount=${OWN}:${OPERATOR}`,
  );
const holdSecrets = (): Promise<string> =>
  platform(
    "create",
    "rolebinding",
    "palisade-secrets",
    "-n",
    "shop",
    "--clusterrole=palisade-secret-versions",
    `--serviceaccount=${OWN}:${OPERATOR}`,
  );
const letGo = (name: string): Promise<string> =>
  platform("delete", "rolebinding", name, "-n", "shop", "--ignore-not-found");

test("whoever writes workloads may ask for nothing beyond the menu, until he may use what is granted", async () => {
  const refused = await declare("controller", PODS, THINGS);
  expect(refused.stderr).toContain("You may not ask for permissions beyond the menu here");
  await role("Role", "user-of-grants", { apiGroups: ["palisade.dev"], resources: ["permissions"], verbs: ["use"] });
  await platform("create", "rolebinding", "alice-uses-grants", "-n", "shop", "--role=user-of-grants", "--user=alice");
  await until(async () => (await declare("controller", PODS, THINGS)).code === 0, "alice's right");
});

describe("a workload that declares permissions beyond the menu", () => {
  test("has the others, and is told who decides", async () => {
    await declare("controller", PODS, THINGS);
    await says("controller", "PermissionNotGranted");
    expect(await limited("controller")).toContain("get, update things.example.com is not granted to this workload");
    await has("controller", PODS);
  });

  test("has them once they are granted and the operator holds them, and no longer than both", async () => {
    await declare("controller", PODS, THINGS);
    await grants(THINGS);
    await says("controller", "PermissionNotHeld");
    expect(await limited("controller")).toContain(`--serviceaccount=${OWN}:${OPERATOR}`);
    await has("controller", PODS);
    await hold();
    await has("controller", PODS, THINGS);
    await mayNow("controller", "update", { group: "example.com", resource: "things" }, true);
    await until(async () => (await limited("controller")) === "", "nothing to be missing");
    await until(
      async () => (await field("sw", "controller", ".status.conditions[?(@.type=='RightsMatch')].status")) === "True",
      "the rights to match",
    );
    const version = await field("role", "palisade:controller", ".metadata.resourceVersion");
    await palisade.restart();
    await settled(cluster);
    expect(await field("role", "palisade:controller", ".metadata.resourceVersion")).toBe(version);
    await letGo("palisade-grants");
    await has("controller", PODS);
    await says("controller", "PermissionNotHeld");
    await hold();
    await has("controller", PODS, THINGS);
    await setBaseline(cluster, {});
    await has("controller", PODS);
    await mayNow("controller", "update", { group: "example.com", resource: "things" }, false);
  });

  test("reads the Secret that it names, and no other", async () => {
    await platform("create", "secret", "generic", "repository", "-n", "shop", "--from-literal=password=x");
    await declare("controller", SECRET);
    await grants(SECRET);
    await holdSecrets();
    await has("controller", SECRET);
    await mayNow("controller", "get", { resource: "secrets", name: "repository" }, true);
    await mayNow("controller", "get", { resource: "secrets", name: "other" }, false);
    await mayNow("controller", "list", { resource: "secrets" }, false);
    await dropBaseline(cluster);
    await until(async () => (await rulesOf("controller")).length === 0, "the Role to go");
    await mayNow("controller", "get", { resource: "secrets", name: "repository" }, false);
  });

  test("of another name has nothing of the grant", async () => {
    await grants(METRICS);
    await declare("controller", METRICS);
    await has("controller", METRICS);
    await declare("other", PODS, METRICS);
    await says("other", "PermissionNotGranted");
    await has("other", PODS);
  });

  test("is told in the SecurityBaseline's status", async () => {
    await declare("controller", METRICS);
    await grants(METRICS, THINGS);
    const told = async (): Promise<string> =>
      (await cluster.kubectl(["get", "sb", "cluster", "-o", "jsonpath={.status.permissions}"])).stdout;
    await until(async () => (await told()).includes('"usedBy":["controller"]'), "the grant to be in use");
    expect(JSON.parse(await told())).toEqual([
      {
        namespace: "shop",
        rules: "list pods.metrics.k8s.io; get, update things.example.com",
        reason: "reconciles things",
        usedBy: ["controller"],
      },
    ]);
    await declare("controller", PODS);
    await until(async () => (await told()).includes('"usedBy":[]'), "the grant to be unused");
  });
});

describe("a workload that reads the whole cluster", () => {
  const READS = { clusterReads: ["nodes", "endpointslices.discovery.k8s.io"] };
  const reads = (spec: object): Promise<unknown> =>
    cluster.kubectl(["apply", "-f", "-"], {
      user: "alice",
      input: JSON.stringify(aWorkload("controller", "shop", { replicas: 0, ...spec })),
    });
  const rightsMatch = (): Promise<string> =>
    field("sw", "controller", ".status.conditions[?(@.type=='RightsMatch')].status");
  const grantReads = (...clusterReads: readonly string[]): Promise<void> =>
    setBaseline(cluster, {
      permissions: [{ namespace: "shop", workloads: ["controller"], clusterReads, reason: "watches nodes" }],
    });

  test("is told who grants it, then what to bind, and reads what is declared, granted and bound", async () => {
    await reads(READS);
    await says("controller", "PermissionNotGranted");
    expect(await limited("controller")).toContain("nodes, endpointslices.discovery.k8s.io is not granted");
    await grantReads("nodes", "endpointslices.discovery.k8s.io", "namespaces");
    await says("controller", "ClusterReadNotBound");
    const [, commands = ""] = (await limited("controller")).split("ask the platform team to run ");
    for (const command of commands.replace(/[".\]]+$/, "").split(" && "))
      await platform(...command.replace(/^kubectl /, "").split(" "));
    await until(async () => (await limited("controller")) === "", "nothing to be missing");
    await mayNow("controller", "list", { resource: "nodes", namespace: "" }, true);
    await mayNow(
      "controller",
      "watch",
      { group: "discovery.k8s.io", resource: "endpointslices", namespace: "edge" },
      true,
    );
    await mayNow("controller", "delete", { resource: "nodes", namespace: "" }, false);
    await mayNow("controller", "list", { resource: "namespaces", namespace: "" }, false);
    await until(async () => (await rightsMatch()) === "True", "the rights to match");
    expect(await field("deployment", "controller", ".spec.template.spec.volumes[*].projected")).toContain(
      "serviceAccountToken",
    );
  });

  test("is told what it holds beyond that: what it does not declare, and what is granted no more", async () => {
    await grantReads("nodes", "endpointslices.discovery.k8s.io");
    await reads({ clusterReads: ["nodes"] });
    await until(async () => (await rightsMatch()) === "False", "a surplus");
    await reads(READS);
    await until(async () => (await rightsMatch()) === "True", "none");
    await dropBaseline(cluster);
    await until(async () => (await rightsMatch()) === "False", "a surplus");
    await platform("delete", "clusterrolebinding", "shop-controller-reads");
    await until(async () => (await rightsMatch()) === "True", "none");
  });
});

test("the operator's token gives a workload nothing that the SecurityBaseline does not grant, even what it holds", async () => {
  await grants(THINGS);
  await hold();
  await declare("controller", THINGS);
  await declare("other", PODS, THINGS);
  await has("controller", THINGS);
  await has("other", PODS);
  const widened = async (name: string, rules: readonly object[]): Promise<unknown> => {
    const stored = await operator.get(ROLE, { namespace: "shop", name: `palisade:${name}` });
    return operator.replace(ROLE, { ...stored, rules } as KubeObject, { dryRun: true }).then(
      () => "it was done",
      (error: unknown) => error,
    );
  };
  expect(await widened("controller", [THINGS])).toBe("it was done");
  const said = await widened("other", [PODS, THINGS]);
  expect(said).toBeInstanceOf(ApiError);
  expect((said as ApiError).message).toContain("palisade-operator-grants");
});
