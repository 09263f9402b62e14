import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { grantNamespace, until } from "../cluster/index.ts";
import { untilNextSecond } from "../cluster/pause.ts";
import { operatorWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { awsWebhook } from "../support/identity-webhook.ts";
import { lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { dropBaseline, INGRESS_CLASS, setBaseline, setGatewayApi } from "../support/platform.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const palisade = usePalisade({
  namespaces: ["shop", "other"],
  before: () => kubectl(cluster, ["apply", "-f", "-"], { input: INGRESS_CLASS }),
});
const { cluster } = palisade;

beforeEach(() => dropBaseline(cluster));

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

async function get(kind: string, name: string, namespace = "shop"): Promise<KubeObject | undefined> {
  const { stdout, code } = await cluster.kubectl(["get", kind, name, "-n", namespace, "-o", "json"]);
  return code === 0 ? (JSON.parse(stdout) as KubeObject) : undefined;
}

async function condition(kind: string, name: string, type: string, namespace = "shop"): Promise<Condition | undefined> {
  const status = (await get(kind, name, namespace))?.["status"] as { conditions?: readonly Condition[] } | undefined;
  return status?.conditions?.find((candidate) => candidate.type === type);
}

const isReason = (name: string, reason: string, namespace = "shop"): Promise<void> =>
  until(
    async () => (await condition("sw", name, "Ready", namespace))?.reason === reason,
    `${namespace}/${name} to say ${reason}`,
  );

/** As alice, who may write workloads and nothing of the platform's. */
async function declare(name: string, spec: object = {}, namespace = "shop"): Promise<void> {
  const input = aWorkload(name, namespace, { image: GOOD, replicas: 0, ...spec });
  await kubectl(cluster, ["apply", "-f", "-"], { input, user: "alice" });
}

const there = (kind: string, name: string, namespace = "shop", withinMs = 30_000): Promise<void> =>
  until(async () => (await get(kind, name, namespace)) !== undefined, `${kind} ${namespace}/${name}`, withinMs);

const gone = (kind: string, name: string, namespace = "shop"): Promise<void> =>
  until(async () => (await get(kind, name, namespace)) === undefined, `${kind} ${namespace}/${name} to go`);

/** One field of an object, as text; empty where there is none. */
const field = async (kind: string, name: string, path: string, namespace = "shop"): Promise<string> =>
  (await cluster.kubectl(["get", kind, name, "-n", namespace, "-o", `jsonpath={${path}}`])).stdout;

const imageOf = (name: string): Promise<string> => field("deployment", name, ".spec.template.spec.containers[0].image");

/** What the operator's account wrote so far, but for Leases and Events. */
const writes = (): readonly string[] => operatorWrites(cluster).map(({ verb, requestURI }) => `${verb} ${requestURI}`);

/** By digest: tags would be resolved, and no registry is there. */
const GOOD = `registry.example.com/shop/web@sha256:${"1".repeat(64)}`;
const BETTER = `registry.example.com/shop/web@sha256:${"2".repeat(64)}`;
const EVIL = `registry.example.com/shop-evil/web@sha256:${"3".repeat(64)}`;
const SHOP_ONLY = { registries: ["registry.example.com/shop"] };

describe("the SecurityBaseline", () => {
  test("is written by the platform team alone, and may be looked at", async () => {
    const input = JSON.stringify({
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecurityBaseline",
      metadata: { name: "cluster" },
      spec: {},
    });
    for (const user of ["alice", "reader"] as const) {
      const attempt = await cluster.kubectl(["create", "-f", "-"], { user, input });
      expect({ user, says: attempt.stderr }).toEqual({ user, says: expect.stringContaining("forbidden") });
    }
    await setBaseline(cluster, {});
    const patch = ["patch", "sb", "cluster", "--type=merge", "-p", '{"spec":{"registries":["evil.example"]}}'];
    expect((await cluster.kubectl(patch, { user: "alice" })).stderr).toContain("forbidden");
    expect((await cluster.kubectl(["delete", "sb", "cluster"], { user: "alice" })).stderr).toContain("forbidden");
    expect((await cluster.kubectl(["get", "sb", "cluster"], { user: "reader" })).code).toBe(0);
  });

  test("says that it is in force, and counts", async () => {
    await declare("counted");
    await setBaseline(cluster, SHOP_ONLY);
    await until(async () => (await condition("sb", "cluster", "Ready"))?.reason === "InForce", "the baseline's status");
    const counts = () => field("sb", "cluster", ".status['namespaces','workloads']");
    await until(async () => (await counts()) === "1 1", "the counts");
    await kubectl(cluster, ["delete", "sw", "counted", "-n", "shop"], { user: "alice" });
    await until(async () => (await counts()) === "0 0", "the next counts");
  });
});

describe("an image that is not allowed", () => {
  test("never starts, and the workload says who decides; it starts when it is allowed", async () => {
    await setBaseline(cluster, SHOP_ONLY);
    await declare("refused", { image: EVIL });
    await isReason("refused", "ImageNotAllowed");
    expect(await condition("sw", "refused", "Stalled")).toMatchObject({ status: "True", reason: "ImageNotAllowed" });
    expect((await condition("sw", "refused", "Ready"))?.message).toContain("platform team");
    expect(await get("deployment", "refused")).toBeUndefined();
    expect(await get("networkpolicy", "refused")).toBeDefined();
    await setBaseline(cluster, { registries: ["registry.example.com"] });
    await there("deployment", "refused");
    await isReason("refused", "ScaledToZero");
  });

  test("leaves the version before as it was, and guarded", async () => {
    await setBaseline(cluster, SHOP_ONLY);
    await declare("held", { image: GOOD });
    await isReason("held", "ScaledToZero");
    await declare("held", { image: EVIL, ports: [{ name: "http", port: 9090 }], replicas: 3 });
    await isReason("held", "ImageNotAllowed");
    const service = JSON.stringify((await get("service", "held"))?.["spec"]);
    expect(service).toContain("8080");
    expect(await imageOf("held")).toBe(GOOD);
    await kubectl(cluster, ["set", "image", "deployment/held", `held=${EVIL}`, "-n", "shop"], { user: "alice" });
    await until(async () => (await imageOf("held")) === GOOD, "the image to be put back");
    await kubectl(cluster, ["delete", "deployment", "held", "-n", "shop"], { user: "alice" });
    await until(async () => (await imageOf("held")) === GOOD, "the Deployment to be put back");
    await declare("held", { image: BETTER });
    await until(async () => (await imageOf("held")) === BETTER, "the next version");
    await isReason("held", "ScaledToZero");
  });

  test("runs on, guarded, when its registry is withdrawn, and after a restart of the operator", async () => {
    await declare("runs", { image: EVIL });
    await isReason("runs", "ScaledToZero");
    await setBaseline(cluster, SHOP_ONLY);
    await isReason("runs", "ImageNotAllowed");
    // What the SecurityBaseline has to report of it is written before, and not by the next process.
    await settled(cluster);
    await palisade.restart();
    await settled(cluster);
    const before = writes();
    await settled(cluster);
    expect(writes().slice(before.length)).toEqual([]);
    await kubectl(cluster, ["scale", "deployment", "runs", "--replicas=5", "-n", "shop"], { user: "alice" });
    const replicas = () => field("deployment", "runs", ".spec.replicas");
    await until(async () => (await replicas()) === "0", "the replicas to be put back");
    expect(await imageOf("runs")).toBe(EVIL);
  });

  test("is left as it stands after a restart that forgot what ran before", async () => {
    await setBaseline(cluster, SHOP_ONLY);
    await declare("forgotten", { image: GOOD });
    await isReason("forgotten", "ScaledToZero");
    await declare("forgotten", { image: EVIL });
    await isReason("forgotten", "ImageNotAllowed");
    await palisade.restart();
    await settled(cluster);
    expect(await imageOf("forgotten")).toBe(GOOD);
    expect((await condition("sw", "forgotten", "Ready"))?.reason).toBe("ImageNotAllowed");
  });
});

const GATEWAY_PODS = { gateway: { namespace: "edge", podLabels: [{ key: "app", value: "gateway" }] } };

/** Hosts by namespace, exposed through an Ingress. */
const hosts = (grants: Readonly<Record<string, readonly string[]>>): object => ({
  callers: GATEWAY_PODS,
  exposure: { ingressClass: "public" },
  namespaces: Object.entries(grants).map(([name, granted]) => ({ name, hosts: granted })),
});

const exposing = (host: string, entry: object = {}): object => ({
  expose: [{ host, port: 8080, tls: { secretName: "tls" }, ...entry }],
});

const events = async (): Promise<string> =>
  (await cluster.kubectl(["get", "events.events.k8s.io", "-A", "-o", "jsonpath={.items[*].note}"])).stdout;

describe("an exposed host", () => {
  test("becomes an Ingress with TLS when it is granted, and goes when the grant goes; the pods stay", async () => {
    await declare("granted", exposing("a.example.com"));
    await isReason("granted", "HostNotGranted");
    expect((await condition("sw", "granted", "Ready"))?.message).toContain("platform team");
    expect(await get("ingress", "granted")).toBeUndefined();
    await there("deployment", "granted");
    await setBaseline(cluster, hosts({ shop: ["a.example.com"] }));
    await there("ingress", "granted");
    await isReason("granted", "ScaledToZero");
    expect(await field("ingress", "granted", ".spec.tls[0].hosts[0]")).toBe("a.example.com");
    expect(await field("ingress", "granted", ".spec.tls[0].secretName")).toBe("tls");
    expect(await field("sw", "granted", ".status.urls[*]")).toBe("https://a.example.com/");
    await setBaseline(cluster, hosts({ shop: ["b.example.com"] }));
    await gone("ingress", "granted");
    await isReason("granted", "HostNotGranted");
    expect(await field("sw", "granted", ".status.urls")).toBe("");
    await setBaseline(cluster, hosts({ shop: ["*.example.com"] }));
    await there("ingress", "granted");
    await dropBaseline(cluster);
    await gone("ingress", "granted");
    expect(await get("deployment", "granted")).toBeDefined();
  });

  test("needs a certificate", async () => {
    await setBaseline(cluster, hosts({ shop: ["plain.example.com"] }));
    await declare("plain", { expose: [{ host: "plain.example.com", port: 8080 }] });
    await isReason("plain", "TLSRequired");
    expect(await get("ingress", "plain")).toBeUndefined();
  });

  test("waits for the way that the platform team named, and the baseline says what is missing", async () => {
    await setBaseline(cluster, { ...hosts({ shop: ["late.example.com"] }), exposure: { ingressClass: "later" } });
    await declare("late", exposing("late.example.com"));
    await isReason("late", "ExposureUnavailable");
    await until(
      async () => (await condition("sb", "cluster", "Ready"))?.reason === "ExposureUnavailable",
      "the baseline to say it",
    );
    expect((await condition("sb", "cluster", "Ready"))?.message).toContain("IngressClass later does not exist");
    const later = { ...INGRESS_CLASS, metadata: { name: "later" } };
    await kubectl(cluster, ["apply", "-f", "-"], { input: later });
    await there("ingress", "late");
    await until(async () => (await condition("sb", "cluster", "Ready"))?.status === "True", "the baseline to be ready");
    await kubectl(cluster, ["delete", "ingressclass", "later"]);
    await gone("ingress", "late");
  });

  test("is the older workload's, of any namespace, and the newer takes over when that goes", async () => {
    await setBaseline(cluster, hosts({ shop: ["one.example.com"], other: ["one.example.com"] }));
    await declare("elder", exposing("one.example.com"));
    await isReason("elder", "ScaledToZero");
    await untilNextSecond();
    await declare("younger", exposing("one.example.com"), "other");
    await declare("beside", exposing("one.example.com", { path: "/beside" }), "other");
    await isReason("younger", "HostTaken", "other");
    await isReason("beside", "ScaledToZero", "other");
    expect((await condition("sw", "younger", "Ready", "other"))?.message).toContain("shop/elder");
    expect(await get("ingress", "younger", "other")).toBeUndefined();
    await kubectl(cluster, ["delete", "sw", "elder", "-n", "shop"], { user: "alice" });
    await there("ingress", "younger", "other");
    await isReason("younger", "ScaledToZero", "other");
  });

  test("is not held by a workload that may not expose it: claiming first is not enough", async () => {
    await setBaseline(cluster, hosts({ other: ["two.example.com"] }));
    await declare("squatter", exposing("two.example.com"));
    await isReason("squatter", "HostNotGranted");
    await untilNextSecond();
    await declare("rightful", exposing("two.example.com"), "other");
    await there("ingress", "rightful", "other");
    await isReason("rightful", "ScaledToZero", "other");
    await setBaseline(cluster, hosts({ shop: ["two.example.com"], other: ["two.example.com"] }));
    await isReason("squatter", "HostTaken");
    await isReason("rightful", "ScaledToZero", "other");
    expect(await get("ingress", "squatter")).toBeUndefined();
  });

  test("stays with the workload that has it when an older one claims it later", async () => {
    await setBaseline(cluster, hosts({ shop: ["three.example.com"], other: ["three.example.com"] }));
    await declare("senior", {});
    await isReason("senior", "ScaledToZero");
    await untilNextSecond();
    await declare("holder", exposing("three.example.com"), "other");
    await isReason("holder", "ScaledToZero", "other");
    await declare("senior", exposing("three.example.com"));
    await isReason("senior", "HostTaken");
    expect((await condition("sw", "senior", "Ready"))?.message).toContain("already exposed by other/holder");
    expect(await get("ingress", "senior")).toBeUndefined();
    expect(await get("ingress", "holder", "other")).toBeDefined();
  });
});

describe("an attack on what is exposed", () => {
  const ANNOTATION = "nginx.ingress.kubernetes.io/server-snippet";

  beforeEach(async () => {
    await setBaseline(cluster, hosts({ shop: ["victim.example.com"] }));
    await declare("victim", exposing("victim.example.com"));
    await there("ingress", "victim");
  });

  test("an annotation, a host or a path without TLS is undone, cases 48 and 49", async () => {
    await kubectl(cluster, ["annotate", "ingress", "victim", `${ANNOTATION}=evil`, "-n", "shop"], { user: "alice" });
    await until(async () => (await field("ingress", "victim", ".metadata.annotations")) === "", "the annotation to go");
    await until(async () => (await events()).includes("drift case 49"), "the Event of case 49");
    const open = [{ op: "remove", path: "/spec/tls" }];
    await kubectl(cluster, ["patch", "ingress", "victim", "-n", "shop", "--type=json", "-p", JSON.stringify(open)], {
      user: "alice",
    });
    await until(async () => (await field("ingress", "victim", ".spec.tls[0].secretName")) === "tls", "TLS to be back");
    await until(async () => (await events()).includes("drift case 48"), "the Event of case 48");
  });

  test("an Ingress of somebody else that leads to the Service is deleted, and one that does not is left", async () => {
    const rule = (service: string) => ({
      http: {
        paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: service, port: { number: 8080 } } } }],
      },
    });
    const foreign = (name: string, service: string) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name, namespace: "shop" },
      spec: { rules: [rule(service)] },
    });
    for (const [name, service] of [
      ["backdoor", "victim"],
      ["theirs", "something-else"],
    ] as const)
      await kubectl(cluster, ["create", "-f", "-"], { input: foreign(name, service), user: "alice" });
    await gone("ingress", "backdoor");
    await until(async () => (await events()).includes("Deleted Ingress/backdoor"), "the Event");
    expect(await get("ingress", "theirs")).toBeDefined();
  });
});

describe("where the Gateway API is served", () => {
  const GATEWAY = (...listeners: readonly object[]) => ({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "public", namespace: "edge" },
    spec: { gatewayClassName: "test", listeners },
  });
  const HTTP = { name: "http", port: 80, protocol: "HTTP" };
  const HTTPS = {
    name: "https",
    port: 443,
    protocol: "HTTPS",
    hostname: "*.example.com",
    tls: { certificateRefs: [{ name: "star" }] },
  };
  const baseline = (grants: Readonly<Record<string, readonly string[]>>): object => ({
    ...hosts(grants),
    exposure: { ingressClass: "public", gateway: { namespace: "edge", name: "public" } },
  });
  const setGateway = (...listeners: readonly object[]): Promise<string> =>
    kubectl(cluster, ["apply", "-f", "-"], { input: GATEWAY(...listeners) });

  beforeAll(async () => {
    await grantNamespace(cluster, "edge", "alice");
  });
  afterAll(() => setGatewayApi(cluster, false));

  test("the Ingress gives way to a route that attaches to HTTPS listeners alone, and comes back", async () => {
    await setBaseline(cluster, baseline({ shop: ["r.example.com", "s.example.com"] }));
    await declare("routed", {
      expose: ["r.example.com", "s.example.com"].map((host) => ({ host, port: 8080, tls: { secretName: "tls" } })),
    });
    await there("ingress", "routed");
    await setGatewayApi(cluster, true);
    await setGateway(HTTP, HTTPS);
    // A kind that comes is looked for every thirty seconds.
    await there("httproute", "routed.0", "shop", 50_000);
    await there("httproute", "routed.1");
    await gone("ingress", "routed");
    await isReason("routed", "ScaledToZero");
    expect(await field("sw", "routed", ".status.urls[*]")).toBe("https://r.example.com/ https://s.example.com/");
    expect(await field("httproute", "routed.0", ".spec.parentRefs[*].sectionName")).toBe("https");
    expect(await field("httproute", "routed.1", ".spec.hostnames[0]")).toBe("s.example.com");
    const before = writes();
    await settled(cluster);
    expect(writes().slice(before.length)).toEqual([]);
    await setGateway(HTTP);
    await gone("httproute", "routed.0");
    await isReason("routed", "ExposureUnavailable");
    expect((await condition("sb", "cluster", "Ready"))?.message).toContain("no HTTPS listener");
    await setGateway(HTTPS);
    await there("httproute", "routed.0");
    await kubectl(cluster, ["delete", "gateway", "public", "-n", "edge"]);
    await gone("httproute", "routed.0");
    await there("ingress", "routed");
  }, 120_000);

  test("a route is put right, and a foreign one to the Service is deleted; one of a namespace without workloads is told", async () => {
    await setGatewayApi(cluster, true);
    await setGateway(HTTPS);
    await setBaseline(cluster, baseline({ shop: ["t.example.com"] }));
    await declare("target", { expose: [{ host: "t.example.com", port: 8080 }] });
    await there("httproute", "target.0");
    const open = [{ op: "remove", path: "/spec/parentRefs/0/sectionName" }];
    await kubectl(cluster, ["patch", "httproute", "target.0", "-n", "shop", "--type=json", "-p", JSON.stringify(open)]);
    await until(
      async () => (await field("httproute", "target.0", ".spec.parentRefs[*].sectionName")) === "https",
      "the listener to be named again",
    );
    await untilNextSecond();
    const backdoor = (namespace: string): object => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "backdoor", namespace },
      spec: {
        parentRefs: [{ name: "public", namespace: "edge" }],
        rules: [{ backendRefs: [{ name: "target", namespace: "shop", port: 8080 }] }],
      },
    });
    await kubectl(cluster, ["create", "-f", "-"], { input: backdoor("shop") });
    await gone("httproute", "backdoor");
    await kubectl(cluster, ["create", "-f", "-"], { input: backdoor("edge") });
    await until(
      async () => (await condition("sw", "target", "ForeignObjectsStay"))?.reason === "InAnotherNamespace",
      "the workload to tell of it",
    );
    expect(await get("httproute", "backdoor", "edge")).toBeDefined();
    await kubectl(cluster, ["delete", "httproute", "backdoor", "-n", "edge"]);
  });
});

describe("a cloud identity", () => {
  const ROLE = "arn:aws:iam::111122223333:role/shop-web";
  const identity = { aws: { roleArn: ROLE } };
  const ANNOTATION = "eks\\.amazonaws\\.com/role-arn";
  const role = (name: string, namespace = "shop") =>
    field("serviceaccount", name, `.metadata.annotations.${ANNOTATION}`, namespace);
  const granting = (...namespaces: readonly string[]): object => ({
    namespaces: namespaces.map((name) => ({ name, identities: [{ provider: "AWS", name: ROLE }] })),
  });

  test("waits closed without the grant, and a change of the annotation is undone, case 63", async () => {
    await declare("cloudy", { identity });
    await isReason("cloudy", "IdentityNotGranted");
    expect(await get("deployment", "cloudy")).toBeUndefined();
    expect(await role("cloudy")).toBe("");
    await setBaseline(cluster, granting("other"));
    await settled(cluster);
    expect(await get("deployment", "cloudy")).toBeUndefined();
    await setBaseline(cluster, granting("shop"));
    await there("deployment", "cloudy");
    await isReason("cloudy", "ScaledToZero");
    expect(await role("cloudy")).toBe(ROLE);
    await kubectl(
      cluster,
      ["annotate", "serviceaccount", "cloudy", `eks.amazonaws.com/role-arn=${ROLE}-admin`, "--overwrite", "-n", "shop"],
      { user: "alice" },
    );
    await until(async () => (await role("cloudy")) === ROLE, "the role to be put back");
    await until(async () => (await events()).includes("drift case 63"), "the Event of case 63");
  });

  test("goes with the grant, and what runs stays", async () => {
    await setBaseline(cluster, granting("shop"));
    await declare("loses", { identity });
    await isReason("loses", "ScaledToZero");
    const uid = await field("deployment", "loses", ".metadata.uid");
    await dropBaseline(cluster);
    await until(async () => (await role("loses")) === "", "the role to go");
    await isReason("loses", "IdentityNotGranted");
    expect(await field("deployment", "loses", ".metadata.uid")).toBe(uid);
  });

  test("that is not granted holds back the spec that asks for it, and nothing else", async () => {
    await declare("before", { image: GOOD });
    await isReason("before", "ScaledToZero");
    await declare("before", { image: BETTER, identity });
    await isReason("before", "IdentityNotGranted");
    expect(await imageOf("before")).toBe(GOOD);
    await setBaseline(cluster, granting("shop"));
    await until(async () => (await imageOf("before")) === BETTER, "the next version");
  });

  const pods = async (name: string): Promise<readonly string[]> => {
    const list = await kubectl(cluster, [
      "get",
      "pods",
      "-n",
      "cloud",
      "-l",
      `palisade.dev/workload=${name}`,
      "-o",
      "json",
    ]);
    const { items } = JSON.parse(list) as {
      items: { metadata: { uid: string }; spec: { volumes?: { name: string }[] } }[];
    };
    return items
      .map(({ metadata, spec }) => `${metadata.uid} ${(spec.volumes ?? []).map(({ name: volume }) => volume).join()}`)
      .sort();
  };

  const isInjected = async (namespace: string): Promise<boolean> => {
    const probe = [
      "run",
      "probe",
      "--image=registry.example.com/probe:1",
      "-n",
      namespace,
      "--dry-run=server",
      "-o",
      "json",
    ];
    return (await cluster.kubectl(probe)).stdout.includes("aws-iam-token");
  };

  test("brings what the cloud's webhook adds to pods, which is expected where the identity is granted, and told anywhere else", async () => {
    await grantNamespace(cluster, "cloud", "alice");
    await setBaseline(cluster, granting("cloud"));
    for (const input of awsWebhook("cloud", ROLE)) await kubectl(cluster, ["apply", "-f", "-"], { input });
    await until(() => isInjected("cloud"), "the policy to be in force");
    await declare("injected", { identity, replicas: 2 }, "cloud");
    await declare("uninvited", { replicas: 1 }, "cloud");
    await until(async () => (await pods("injected")).length === 2, "two pods");
    const before = await pods("injected");
    expect(before[0]).toContain("aws-iam-token");
    const look = lookAt(cluster, "cloud");
    await until(
      async () => (await look.condition("uninvited", "PodsMutated"))?.message.includes("aws-iam-token") === true,
      "the condition",
    );
    expect(await look.condition("injected", "PodsMutated")).toBeUndefined();
    expect(await events()).not.toContain("Deleted Pod/uninvited-");
    await dropBaseline(cluster);
    await until(async () => (await role("injected", "cloud")) === "", "the role to go");
    await settled(cluster);
    expect(await pods("injected")).toEqual(before);
    await palisade.restart();
    await settled(cluster);
    expect(await pods("injected")).toEqual(before);
    for (const { kind, metadata } of awsWebhook("cloud", ROLE) as readonly KubeObject[])
      await kubectl(cluster, ["delete", kind, metadata.name]);
    await kubectl(cluster, ["delete", "sw", "uninvited", "-n", "cloud", "--cascade=foreground"]);
  });
});

test("with every grant in use, quiet time brings no write, and neither does a restart", async () => {
  const role = "arn:aws:iam::111122223333:role/quiet";
  await setBaseline(cluster, {
    ...SHOP_ONLY,
    callers: GATEWAY_PODS,
    exposure: { ingressClass: "public" },
    namespaces: [{ name: "other", hosts: ["*.quiet.example.com"], identities: [{ provider: "AWS", name: role }] }],
  });
  const identity = { aws: { roleArn: role } };
  await declare("calm", { identity, ...exposing("calm.quiet.example.com") }, "other");
  await there("ingress", "calm", "other");
  await isReason("calm", "ScaledToZero", "other");
  await settled(cluster);
  // The SecurityBaseline counts workloads a while after they come.
  await until(async () => {
    const [counted, workloads] = await Promise.all([
      kubectl(cluster, ["get", "sb", "cluster", "-o", "jsonpath={.status.workloads}"]),
      kubectl(cluster, ["get", "sw", "-A", "-o", "name"]),
    ]);
    return Number(counted) === workloads.trim().split("\n").length;
  }, "every workload to be counted");
  const before = writes();
  await settled(cluster);
  await palisade.restart();
  await settled(cluster);
  expect(writes().slice(before.length)).toEqual([]);
});
