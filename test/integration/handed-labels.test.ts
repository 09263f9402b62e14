/** Labels of a SecureWorkload reach its pods and everything else of it, restart nothing, and let nobody's selector come upon the pods. */
import { beforeAll, expect, jest, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { HANDED_LABELS_ANNOTATION } from "../../src/crds/group.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { until } from "../cluster/index.ts";
import { kubectl } from "../support/cluster.ts";
import { enforce } from "../support/enforce.ts";
import { field, lookAt } from "../support/look.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

jest.setTimeout(180_000);

const CLOSED = "handed";
const OBSERVED = "handed-moving";
const CONTAINER = "kubectl.kubernetes.io/default-container";

const palisade = usePalisade({
  admission: ADMISSION_POLICIES,
  namespaces: [CLOSED, OBSERVED],
  kubelet: "all",
  baseline: {
    metadata: { annotations: ["example.com/"], reservedLabels: ["tier"] },
    namespaces: [{ name: CLOSED, enrolment: "Guarding" }],
  },
});
const { cluster } = palisade;
const closed = lookAt(cluster, CLOSED);
const observed = lookAt(cluster, OBSERVED);

const labelled = (name: string, namespace: string, labels: object, spec: object = {}): object => {
  const object = aWorkload(name, namespace, {
    ports: [{ name: "http", port: 8080 }],
    ...spec,
  }) as unknown as KubeObject;
  const annotations = { [CONTAINER]: name, "example.com/owner": "shop", "example.org/other": "x" };
  return { ...object, metadata: { ...object.metadata, labels, annotations } };
};

const apply = (input: object, namespace: string): Promise<unknown> =>
  kubectl(cluster, ["apply", "-n", namespace, "-f", "-"], { input });

const asAlice = (input: object, namespace: string) =>
  cluster.kubectl(["apply", "-n", namespace, "-f", "-"], { user: "alice", input: JSON.stringify(input) });

const ready = async (look: typeof closed, name: string): Promise<boolean> =>
  (await look.condition(name, "Ready"))?.status === "True";

const LABELS = { app: "shop-web", team: "shop", tier: "front", "sidecar.istio.io/inject": "false" };

beforeAll(async () => {
  await enforce(cluster, ADMISSION_POLICIES);
  await apply(labelled("web", CLOSED, LABELS), CLOSED);
  await until(() => ready(closed, "web"), "web to be ready", 60_000);
});

const labelsOf = (object: KubeObject | undefined): unknown => object?.metadata.labels;
const template = (object: KubeObject | undefined): unknown => field(object, "spec.template.metadata.labels");

test("pods, the Service and everything else of the workload have them", async () => {
  const handed = { app: "shop-web", team: "shop" };
  const [pod] = await closed.list("pods");
  expect(labelsOf(pod)).toMatchObject(handed);
  for (const kind of ["deployment", "service", "networkpolicy", "serviceaccount", "poddisruptionbudget"]) {
    const object = (await closed.get(kind, "web")) ?? (kind === "poddisruptionbudget" ? undefined : fail(kind));
    if (object !== undefined) expect(labelsOf(object)).toMatchObject(handed);
  }
});

const fail = (kind: string): never => {
  throw new Error(`there is no ${kind}`);
};

test("and none that is reserved, or decides something", async () => {
  const [pod] = await closed.list("pods");
  expect(Object.keys(pod?.metadata.labels ?? {})).not.toEqual(expect.arrayContaining(["tier"]));
  expect(Object.keys(pod?.metadata.labels ?? {})).not.toEqual(expect.arrayContaining(["sidecar.istio.io/inject"]));
});

test("annotations that the platform team lists reach them too, but no ServiceAccount", async () => {
  const [pod] = await closed.list("pods");
  expect(pod?.metadata.annotations).toMatchObject({ [CONTAINER]: "web", "example.com/owner": "shop" });
  expect(pod?.metadata.annotations).not.toHaveProperty(["example.org/other"]);
  expect((await closed.get("serviceaccount", "web"))?.metadata.annotations ?? {}).toEqual({});
});

test("another value, one more and one less restart no pod, and reach the rest", async () => {
  const before = await closed.list("replicasets");
  await apply(labelled("web", CLOSED, { app: "shop-web", team: "billing", zone: "a" }), CLOSED);
  await until(
    async () => JSON.stringify(labelsOf(await closed.get("service", "web"))).includes("billing"),
    "the Service",
  );
  await until(
    async () => JSON.stringify(labelsOf(await closed.get("deployment", "web"))).includes("zone"),
    "the Deployment",
  );
  expect(template(await closed.get("deployment", "web"))).toMatchObject({ team: "shop" });
  expect((await closed.list("replicasets")).map(({ metadata }) => metadata.uid)).toEqual(
    before.map(({ metadata }) => metadata.uid),
  );
  expect(await closed.corrections()).toEqual([]);
});

test("the next rollout takes them along", async () => {
  await apply(labelled("web", CLOSED, { app: "shop-web", team: "billing" }, { args: ["--new"] }), CLOSED);
  await until(
    async () => JSON.stringify(template(await closed.get("deployment", "web"))).includes("billing"),
    "the template",
  );
  await until(() => ready(closed, "web"), "web to be ready", 60_000);
});

const service = (selector: object): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "backdoor" },
  spec: { selector, ports: [{ port: 80 }] },
});

const policy = (podSelector: object): object => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "backdoor" },
  spec: { podSelector, ingress: [{}] },
});

const ATTACKS: readonly { readonly name: string; readonly input: object }[] = [
  { name: "a Service", input: service({ app: "shop-web" }) },
  { name: "a Service that asks for two", input: service({ app: "shop-web", team: "billing" }) },
  { name: "a policy", input: policy({ matchLabels: { team: "billing" } }) },
  { name: "a policy by an expression", input: policy({ matchExpressions: [{ key: "app", operator: "Exists" }] }) },
  {
    name: "a policy that names one value of several",
    input: policy({ matchExpressions: [{ key: "team", operator: "In", values: ["x", "billing"] }] }),
  },
];

test.each(ATTACKS)("nobody else selects the pods by them: $name", async ({ input }) => {
  const { code, stderr } = await asAlice(input, CLOSED);
  expect(stderr).toContain("palisade-");
  expect(code).not.toBe(0);
});

test("whoever selects other pods by the same keys may", async () => {
  for (const input of [
    service({ app: "other" }),
    policy({ matchLabels: { team: "other" } }),
    policy({ matchExpressions: [{ key: "team", operator: "In", values: ["other", "third"] }] }),
  ])
    expect(await asAlice(input, CLOSED)).toMatchObject({ code: 0 });
});

test("a label by which an old Service would lead to the new pods stays behind until that is gone", async () => {
  const old = { ...service({ app: "moving" }), metadata: { name: "old" } };
  await apply(old, OBSERVED);
  await apply(
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "old" },
      spec: {
        selector: { matchLabels: { app: "moving" } },
        template: { metadata: { labels: { app: "moving" } }, spec: { containers: [{ name: "old", image: "x" }] } },
      },
    },
    OBSERVED,
  );
  await apply(labelled("new", OBSERVED, { app: "moving", team: "shop" }), OBSERVED);
  await until(() => ready(observed, "new"), "new to be ready", 60_000);
  const limited = await observed.condition("new", "Limited");
  expect(limited?.message).toContain("label app");
  expect(limited?.message).toContain("Service/old");
  const pods = await observed.list("pods", "-l", "palisade.dev/workload=new");
  expect(pods.map(labelsOf)).not.toEqual([]);
  for (const pod of pods) {
    expect(labelsOf(pod)).toMatchObject({ team: "shop" });
    expect(labelsOf(pod)).not.toHaveProperty("app");
  }
  await kubectl(cluster, ["delete", "service/old", "-n", OBSERVED]);
  await until(async () => (await listed(OBSERVED)).includes(",app=moving,"), "the list");
  await until(async () => (await observed.condition("new", "Limited"))?.status !== "True", "nothing to be limited");
  await apply(labelled("new", OBSERVED, { app: "moving", team: "shop" }, { args: ["--new"] }), OBSERVED);
  await until(
    async () => JSON.stringify(template(await observed.get("deployment", "new"))).includes("moving"),
    "the template",
  );
});

async function listed(namespace: string): Promise<string> {
  const object = JSON.parse(await kubectl(cluster, ["get", "namespace", namespace, "-o", "json"])) as KubeObject;
  return object.metadata.annotations?.[HANDED_LABELS_ANNOTATION] ?? "";
}
