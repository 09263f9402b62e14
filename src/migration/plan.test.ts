/** The order in which workloads of a namespace move, and what is written at each step. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { peersIn } from "./access.ts";
import { elsewhereOf, namespacesNamed } from "./elsewhere.ts";
import { type MigrationPlan, planMigration } from "./plan.ts";

const SHOP = "shop";

const sw = (name: string, access: object = {}, spec: object = {}): KubeObject => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecureWorkload",
  metadata: { name, namespace: SHOP },
  spec: { image: `registry.example.com/shop/${name}:1.0.0`, access, ...spec },
});

const object = (apiVersion: string, kind: string, name: string, spec: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: SHOP },
  spec,
});

const deployment = (name: string, labels: Readonly<Record<string, string>> = { app: name }, kind = "Deployment") =>
  object("apps/v1", kind, name, { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels } } });
const service = (name: string, selector: object) => object("v1", "Service", name, { selector });

const calls = (workload: string, port = 8080) => ({ outbound: [{ workload, port }] });
const called = (workload: string) => ({ inbound: [{ workload }] });
const both = (caller: string, callee: string) => ({ ...called(caller), ...calls(callee) });

const WANTED = [sw("web", calls("api")), sw("api", both("web", "db")), sw("db", called("api"))];
const RUNNING = ["web", "api", "db"].map((name) => deployment(name));

const plan = (more: Partial<Parameters<typeof planMigration>[0]> = {}): MigrationPlan =>
  planMigration({ namespace: SHOP, wanted: WANTED, ready: new Set(), running: RUNNING, ...more });

const accessIn = (workloads: readonly KubeObject[], name: string): unknown =>
  (workloads.find(({ metadata }) => metadata.name === name)?.["spec"] as { readonly access?: unknown } | undefined)
    ?.access;

const podsOf = (value: string) => ({ pods: { podLabels: [{ key: "app", value }] } });

describe("the order", () => {
  const orderOf = ({ steps }: MigrationPlan): readonly string[] => steps.map(({ workload }) => workload);

  test("begins with who calls nobody", () => {
    expect(orderOf(plan())).toEqual(["db", "api", "web"]);
  });

  test("breaks circles by who waits for fewest, then by name", () => {
    const circle = [
      sw("a", calls("b")),
      sw("b", calls("a")),
      sw("c", { outbound: [...calls("a").outbound, ...calls("b").outbound] }),
    ];
    expect(orderOf(plan({ wanted: circle, running: [] }))).toEqual(["a", "b", "c"]);
  });

  test("leaves out who is ready", () => {
    const begun = plan({ ready: new Set(["db"]) });
    expect(begun.moved).toEqual(["db"]);
    expect(orderOf(begun)).toEqual(["api", "web"]);
  });
});

describe("peers that have not moved", () => {
  const [db, api, web] = plan().steps;

  test("are named by the labels of their pods", () => {
    expect(accessIn(db?.applies ?? [], "db")).toEqual({ inbound: [podsOf("api")] });
    expect(accessIn(api?.applies ?? [], "api")).toEqual({
      inbound: [podsOf("web")],
      outbound: [{ workload: "db", port: 8080 }],
    });
  });

  test("are named both ways while they move, and as workloads when they are ready", () => {
    expect(api?.applies.map(({ metadata }) => metadata.name)).toEqual(["api", "db"]);
    expect(accessIn(api?.applies ?? [], "db")).toEqual({ inbound: [{ workload: "api" }, podsOf("api")] });
    expect(accessIn(api?.settles ?? [], "db")).toEqual({ inbound: [{ workload: "api" }] });
    expect(accessIn(web?.settles ?? [], "api")).toEqual({
      inbound: [{ workload: "web" }],
      outbound: [{ workload: "db", port: 8080 }],
    });
  });

  test("end as the files say, whoever moved when", () => {
    const last = new Map<string, KubeObject>();
    for (const step of plan().steps)
      for (const workload of [...step.applies, ...step.settles]) last.set(workload.metadata.name, workload);
    expect([...last.values()].map(({ metadata, spec }) => ({ metadata, spec }))).toEqual(
      expect.arrayContaining(WANTED.map(({ metadata, spec }) => ({ metadata, spec }))),
    );
  });

  test("stay workloads where nothing runs that a peer can name, and in other namespaces", () => {
    const access = {
      outbound: [
        { workload: "api", namespace: "back", port: 1 },
        { workload: "cache", port: 2 },
      ],
    };
    const reserved = deployment("cache", { "palisade.dev/workload": "cache" });
    for (const running of [[], [reserved]])
      expect(accessIn(plan({ wanted: [sw("web", access)], running }).steps[0]?.applies ?? [], "web")).toEqual(access);
  });

  test("are named by their pods in other namespaces too, as long as they are no workloads there", () => {
    const web = sw("web", {
      outbound: [{ workload: "api", namespace: "back", port: 1 }],
      inbound: [{ workload: "gate", namespace: "edge" }],
    });
    const pods = { namespace: "back", podLabels: [{ key: "app", value: "api" }] };
    const at = (workloads: readonly (readonly [string, boolean])[], running = RUNNING) => {
      const around = new Map([
        ["back", { workloads: new Map(workloads), running }],
        ["edge", undefined],
      ]);
      const { elsewhere, steps, refreshes } = plan({
        wanted: [web],
        running: [],
        elsewhere: elsewhereOf([web], SHOP, around),
      });
      const access = accessIn(steps[0]?.applies ?? [], "web") as { readonly outbound: unknown };
      return { notes: elsewhere.map(({ peer, note }) => `${peer}: ${note}`), outbound: access.outbound, refreshes };
    };
    expect(namespacesNamed([web, sw("db", called("web"))], SHOP)).toEqual(["back", "edge"]);
    const asWorkload = { workload: "api", namespace: "back", port: 1 };
    expect(at([])).toMatchObject({
      outbound: [{ pods, port: 1 }],
      notes: [
        expect.stringContaining(
          "back/api: no SecureWorkload there: named by its pods (app=api) while shop is Observing",
        ),
        expect.stringContaining("edge/gate: what runs there may not be looked at"),
      ],
    });
    expect(at([["api", false]]).outbound).toEqual([asWorkload, { pods, port: 1 }]);
    expect(at([["api", true]])).toMatchObject({
      outbound: [asWorkload],
      notes: [expect.stringContaining("edge/gate")],
    });
    expect(at([], [])).toMatchObject({
      outbound: [asWorkload],
      notes: [expect.stringContaining("nothing of that name"), expect.anything()],
    });
  });

  test("in other namespaces are written again when they have moved", () => {
    const web = sw("web", { outbound: [{ workload: "api", namespace: "back", port: 1 }] });
    const around = new Map([["back", { workloads: new Map([["api", true]]), running: [] }]]);
    const done = plan({
      wanted: [web],
      ready: new Set(["web"]),
      running: [],
      elsewhere: elsewhereOf([web], SHOP, around),
    });
    expect(done.steps).toEqual([]);
    expect(accessIn(done.refreshes, "web")).toEqual({ outbound: [{ workload: "api", namespace: "back", port: 1 }] });
  });

  test("are found behind the Service of their name", () => {
    const running = [service("api", { tier: "back" }), deployment("api-v2", { tier: "back", version: "2" })];
    const [step] = plan({ wanted: [sw("web", calls("api"))], running }).steps;
    expect(accessIn(step?.applies ?? [], "web")).toEqual({
      outbound: [
        {
          pods: {
            podLabels: [
              { key: "tier", value: "back" },
              { key: "version", value: "2" },
            ],
          },
          port: 8080,
        },
      ],
    });
  });

  test("keep their names in what stands, where a try before ended too early", () => {
    const begun = plan({ ready: new Set(["db", "api"]) });
    expect(begun.refreshes.map(({ metadata }) => metadata.name)).toEqual(["api", "db"]);
    expect(accessIn(begun.refreshes, "db")).toEqual({ inbound: [{ workload: "api" }] });
    expect(accessIn(begun.refreshes, "api")).toMatchObject({ inbound: [podsOf("web")] });
    // What api was is gone: whoever names it says still what it said.
    const half = plan({ ready: new Set(["db"]), running: [deployment("web")] });
    expect(half.refreshes).toEqual([]);
    expect(half.steps[0]?.applies.map(({ metadata }) => metadata.name)).toEqual(["api"]);
  });
});

describe("what a workload takes over", () => {
  const taken = (running: readonly KubeObject[], wanted = [sw("web")]) =>
    plan({ wanted, running }).steps[0]?.handsOver.map(({ kind, metadata }) => `${kind}/${metadata.name}`);

  test("has a child's name, or is of its pods alone", () => {
    const ingress = (name: string, ...services: readonly string[]) =>
      object("networking.k8s.io/v1", "Ingress", name, {
        rules: [{ http: { paths: services.map((one) => ({ backend: { service: { name: one } } })) } }],
      });
    const scaler = (name: string, target: string) =>
      object("autoscaling/v2", "HorizontalPodAutoscaler", name, {
        scaleTargetRef: { kind: "Deployment", name: target },
      });
    const budget = (name: string, selector: object) => object("policy/v1", "PodDisruptionBudget", name, { selector });
    expect(
      taken([
        deployment("web"),
        deployment("other"),
        service("web", { app: "web" }),
        service("alias", { app: "web" }),
        ingress("front", "web"),
        ingress("shared", "web", "other"),
        object("networking.k8s.io/v1", "Ingress", "default", { defaultBackend: { service: { name: "web" } } }),
        ingress("nobody"),
        scaler("scale", "web"),
        scaler("scale-other", "other"),
        budget("keep", { matchLabels: { app: "web" } }),
        budget("everybody", {}),
        budget("keep-other", { matchLabels: { app: "other" } }),
        object("v1", "ServiceAccount", "web", {}),
      ]),
    ).toEqual([
      "Deployment/web",
      "Service/web",
      "Ingress/front",
      "Ingress/default",
      "HorizontalPodAutoscaler/scale",
      "PodDisruptionBudget/keep",
      "ServiceAccount/web",
    ]);
  });

  test("has a name that the workload chose for a Service, or leads to one", () => {
    const running = [
      deployment("web"),
      service("legacy", { app: "web" }),
      service("other", { app: "web" }),
      object("networking.k8s.io/v1", "Ingress", "front", { defaultBackend: { service: { name: "legacy" } } }),
    ];
    const chosen = sw("web", {}, { serviceNames: [{ name: "legacy" }] });
    expect(taken(running, [chosen])).toEqual(["Deployment/web", "Service/legacy", "Ingress/front"]);
    expect(taken(running)).toEqual(["Deployment/web"]);
  });

  test("leaves its pods, or its controller where that has another name", () => {
    const leaves = (running: readonly KubeObject[]) => plan({ wanted: [sw("web")], running }).steps[0]?.leaves;
    expect(leaves([deployment("web")])).toBe("replicasets -l 'app=web,!palisade.dev/workload'");
    expect(leaves([deployment("web-v1", { app: "web" }), service("web", { app: "web" })])).toBe("Deployment/web-v1");
    expect(leaves([deployment("web", { app: "web" }, "DaemonSet")])).toBeUndefined();
    expect(leaves([])).toBeUndefined();
  });

  test("ends first where both would write one volume", () => {
    const ends = (workload: KubeObject, ...running: readonly KubeObject[]) =>
      plan({ wanted: [workload], running }).steps[0]?.endsFirst;
    const claims = { claims: [{ name: "data", existing: "web-data", path: "/data" }] };
    expect(ends(sw("web"), deployment("web"))).toBeUndefined();
    expect(ends(sw("web", {}, claims), deployment("web"))).toEqual({ kind: "Deployment", name: "web" });
    expect(ends(sw("web"), deployment("web", { app: "web" }, "StatefulSet"))).toMatchObject({ kind: "StatefulSet" });
    expect(ends(sw("web", {}, claims), deployment("web", { app: "web" }, "DaemonSet"))).toBeUndefined();
    expect(ends(sw("web", {}, claims))).toBeUndefined();
  });
});

test("peers are named once, of the same namespace, in the directions that are asked for", () => {
  const workload = sw("a", {
    inbound: [{ workload: "b" }, { workload: "c", namespace: "other" }, { gateway: true }],
    outbound: [
      { workload: "b", port: 1 },
      { workload: "d", namespace: SHOP, port: 2 },
    ],
  });
  expect(peersIn(workload, SHOP)).toEqual(["b", "d"]);
  expect(peersIn(workload, SHOP, ["inbound"])).toEqual(["b"]);
});
