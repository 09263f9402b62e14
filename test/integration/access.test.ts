/** Access on a real API server: both ends agree, names become a policy where something enforces them, and what opens is undone. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { grantNamespace, until } from "../cluster/index.ts";
import { allWrites, operatorWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { installCrds, removeCrds } from "../support/crds.ts";
import { settled } from "../support/marker.ts";
import { dropBaseline, setBaseline } from "../support/platform.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const palisade = usePalisade();
const { cluster } = palisade;

interface Workload {
  readonly status: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
    readonly access?: readonly object[];
    readonly children?: readonly string[];
  };
}

async function get<T>(kind: string, name: string, namespace?: string): Promise<T | undefined> {
  const inside = namespace === undefined ? [] : ["-n", namespace];
  const { stdout, code } = await cluster.kubectl(["get", kind, name, ...inside, "-o", "json"]);
  return code === 0 ? (JSON.parse(stdout) as T) : undefined;
}

const workload = (key: string): Promise<Workload | undefined> => {
  const [namespace = "", name = ""] = key.split("/");
  return get<Workload>("sw", name, namespace);
};

async function condition(key: string, type: string) {
  return (await workload(key))?.status.conditions?.find((candidate) => candidate.type === type);
}

/** Applies a workload by `namespace/name`; nobody runs its pods here. */
async function apply(key: string, access: object = {}): Promise<void> {
  const [namespace = "", name = ""] = key.split("/");
  await grantNamespace(cluster, namespace, "alice");
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload(name, namespace, { replicas: 0, access }) });
}

const missing = async (key: string): Promise<readonly object[]> => (await workload(key))?.status.access ?? [];

const untilMissing = (key: string, expected: readonly object[]): Promise<void> =>
  until(
    async () => {
      const told = (await condition(key, "AccessAgreed")) !== undefined;
      return told && isDeepStrictEqual(await missing(key), expected);
    },
    `${key} to tell ${JSON.stringify(expected)}`,
  );

const half = (peer: string, direction: string, whose: string, port = 8080): object => ({
  peer,
  direction,
  port,
  protocol: "TCP",
  missing: whose,
});

describe("both ends of a way", () => {
  const web = "agree-shop/web";
  const catalog = "agree-catalogue/catalog";
  const needsCatalog = { outbound: [{ workload: "catalog", namespace: "agree-catalogue", port: 8080 }] };
  const letsWebIn = { inbound: [{ workload: "web", namespace: "agree-shop" }] };

  test("a need whose peer does not exist is told", async () => {
    await apply(web, needsCatalog);
    await untilMissing(web, [half(catalog, "outbound", "absent")]);
    expect(await condition(web, "AccessAgreed")).toMatchObject({ status: "False", reason: "HalfMissing" });
  });

  test("each end tells of the half that is missing, and names what to write where", async () => {
    await apply(catalog);
    await untilMissing(web, [half(catalog, "outbound", "theirs")]);
    await untilMissing(catalog, [half(web, "inbound", "ours")]);
    const { message } = (await condition(web, "AccessAgreed")) ?? { message: "" };
    expect(message).toContain("agree-catalogue/catalog does not allow agree-shop/web on 8080/TCP");
    expect(message).toContain(
      "add { workload: web, namespace: agree-shop } to access.inbound of SecureWorkload catalog in namespace agree-catalogue",
    );
    // A wish of others turns no condition.
    expect(await condition(catalog, "AccessAgreed")).toMatchObject({ status: "True", reason: "BothEndsAgree" });
  });

  /** From the latest answer to a write of one workload until that to the operator's latest write of the other's status. */
  const toldAfterMs = (changed: string, told: string): number => {
    const latest = (name: string, status: boolean): number =>
      Math.max(
        ...allWrites(cluster)
          .filter(
            ({ objectRef, user }) =>
              objectRef?.resource === "secureworkloads" &&
              objectRef.name === name &&
              (objectRef.subresource === "status") === status &&
              user.username.endsWith(":palisade") === status,
          )
          .map(({ stageTimestamp }) => Date.parse(stageTimestamp)),
      );
    return latest(told, true) - latest(changed, false);
  };

  test("a change of one end is told by the other within a second", async () => {
    await apply(catalog, letsWebIn);
    await untilMissing(web, []);
    expect(toldAfterMs("catalog", "web")).toBeLessThan(1_000);
    expect(await condition(web, "AccessAgreed")).toMatchObject({ status: "True", reason: "BothEndsAgree" });
    await untilMissing(catalog, []);
    await apply(web);
    await untilMissing(catalog, [half(web, "inbound", "theirs")]);
    expect(toldAfterMs("web", "catalog")).toBeLessThan(1_000);
    await untilMissing(web, [half(catalog, "outbound", "ours")]);
    await apply(web, needsCatalog);
    await untilMissing(catalog, []);
  });

  test("the end of a workload is told by those that name it", async () => {
    await kubectl(cluster, ["delete", "sw", "catalog", "-n", "agree-catalogue"]);
    await untilMissing(web, [half(catalog, "outbound", "absent")]);
    expect(toldAfterMs("catalog", "web")).toBeLessThan(1_000);
    await apply(catalog, letsWebIn);
    await untilMissing(web, []);
  });

  test("agreement is asked for inside a namespace too", async () => {
    await apply("agree-shop/worker", { outbound: [{ workload: "web", port: 8080 }] });
    await untilMissing("agree-shop/worker", [half(web, "outbound", "theirs")]);
    await untilMissing(web, [half("agree-shop/worker", "inbound", "ours")]);
  });

  test("a namespace that is let in whole answers each of its workloads, and waits for none", async () => {
    await apply(web, { ...needsCatalog, inbound: [{ namespace: "agree-shop" }] });
    await untilMissing("agree-shop/worker", []);
    await untilMissing(web, []);
  });

  test("a missing half never changes Ready", async () => {
    await apply("agree-shop/alone", { outbound: [{ workload: "nobody", port: 8080 }] });
    await until(async () => (await condition("agree-shop/alone", "Ready"))?.status === "True", "Ready");
    expect(await condition("agree-shop/alone", "AccessAgreed")).toMatchObject({ status: "False" });
  });

  test("each policy opens its own half alone, whatever the other end says", async () => {
    const policy = JSON.stringify(await get("networkpolicy", "alone", "agree-shop"));
    expect(policy).toContain('"palisade.dev/workload":"nobody"');
  });

  test("nothing is written while nothing changes", async () => {
    await settled(cluster);
    const before = operatorWrites(cluster).length;
    await settled(cluster);
    expect(operatorWrites(cluster).slice(before)).toEqual([]);
  });
});

describe("callers of the platform", () => {
  const api = "callers/api";

  test("a gateway that nobody named stays out, and the workload says so", async () => {
    await apply(api, { inbound: [{ gateway: true }] });
    await until(async () => (await condition(api, "Ready"))?.reason === "GatewayUnknown", "GatewayUnknown");
    expect(JSON.stringify(await get("networkpolicy", "api", "callers"))).not.toContain('"ingress":');
    await apply(api, { inbound: [{ monitoring: true }] });
    await until(async () => (await condition(api, "Ready"))?.reason === "MonitoringUnknown", "MonitoringUnknown");
  });

  const BASELINE = join(import.meta.dirname, "..", "..", "config", "crd", "palisade.dev_securitybaselines.yaml");
  const labels = (value: string): object[] => [{ key: "app", value }];

  (existsSync(BASELINE) ? test : test.skip)("the pods that a SecurityBaseline names are let in", async () => {
    await apply(api, { inbound: [{ gateway: true }, { monitoring: true }] });
    await kubectl(cluster, ["apply", "-f", "-"], {
      input: {
        apiVersion: "palisade.dev/v1alpha1",
        kind: "SecurityBaseline",
        metadata: { name: "cluster" },
        spec: {
          callers: {
            gateway: { namespace: "ingress", podLabels: labels("gateway") },
            monitoring: { namespace: "monitoring", podLabels: labels("prometheus") },
          },
        },
      },
    });
    await until(async () => (await condition(api, "Ready"))?.status === "True", "Ready");
    const policy = JSON.stringify(await get("networkpolicy", "api", "callers"));
    expect(policy).toContain('"podSelector":{"matchLabels":{"app":"gateway"}}');
    expect(policy).toContain('"podSelector":{"matchLabels":{"app":"prometheus"}}');
    await kubectl(cluster, ["delete", "securitybaseline", "cluster"]);
    await until(async () => (await condition(api, "Ready"))?.reason === "GatewayUnknown", "the ways to close");
  });

  test("the API server is let in from its endpoints alone", async () => {
    await apply("callers/hook", { inbound: [{ kubernetesAPI: true }] });
    await until(async () => (await get("networkpolicy", "hook", "callers")) !== undefined, "the policy");
    const policy = (await get<{ spec: { ingress: { from: object[] }[] } }>("networkpolicy", "hook", "callers"))?.spec;
    expect(policy?.ingress.flatMap(({ from }) => from)).toEqual([{ ipBlock: { cidr: "192.0.2.10/32" } }]);
  });
});

test("a DNS cache on the nodes is opened for every pod while it is there", async () => {
  await apply("cached/web");
  const deny = async (): Promise<string> =>
    JSON.stringify((await get("networkpolicy", "palisade-default-deny", "cached")) ?? {});
  await until(async () => (await deny()).includes("kube-dns"), "the default deny");
  expect(await deny()).not.toContain("169.254.20.10");
  const labels = { "k8s-app": "node-local-dns" };
  await kubectl(cluster, ["apply", "-f", "-"], {
    input: {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "node-local-dns", namespace: "kube-system", labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: "node-cache",
                image: "registry.example.com/dns/node-cache:1",
                args: ["-localip", "169.254.20.10,10.0.0.10", "-conf", "/etc/Corefile"],
              },
            ],
          },
        },
      },
    },
  });
  await until(async () => (await deny()).includes('"cidr":"169.254.20.10/32"'), "the cache to be opened");
  expect(await deny()).toContain('"cidr":"10.0.0.10/32"');
  await kubectl(cluster, ["delete", "daemonset", "node-local-dns", "-n", "kube-system"]);
  await until(async () => !(await deny()).includes("169.254"), "the cache to be closed");
});

describe("DNS names", () => {
  const shop = "names/shop";
  const host = { host: "api.example.com", port: 443 };
  const ready = async (): Promise<string> => {
    const { status, reason } = (await condition(shop, "Ready")) ?? {};
    return `${status} ${reason}`;
  };
  const untilReady = (): Promise<void> => until(async () => (await ready()) === "True ScaledToZero", "Ready");
  const cilium = (name = "shop") => get<{ spec: object }>("ciliumnetworkpolicies.cilium.io", name, "names");

  test("stay closed where nothing enforces them, and the workload says so", async () => {
    await apply(shop, { outbound: [host] });
    await until(async () => (await ready()) === "False HostNamesUnenforceable", "HostNamesUnenforceable");
    const { message } = (await condition(shop, "Stalled")) ?? { message: "" };
    expect(message).toContain("api.example.com");
    expect(JSON.stringify(await get("networkpolicy", "shop", "names"))).not.toContain('"egress":');
  });

  test("become a policy as soon as a plugin that knows them is installed", async () => {
    await installCrds(cluster, "cilium");
    await until(async () => (await cilium()) !== undefined, "the policy of Cilium");
    expect(JSON.stringify((await cilium())?.spec)).toContain('"toFQDNs":[{"matchName":"api.example.com"}]');
    await untilReady();
    expect((await workload(shop))?.status.children).toContain("CiliumNetworkPolicy/shop");
  });

  test("a change of that policy is undone", async () => {
    const open = { spec: { egress: [{ toEntities: ["all"] }] } };
    await kubectl(cluster, [
      "patch",
      "ciliumnetworkpolicies.cilium.io",
      "shop",
      "-n",
      "names",
      "--type=merge",
      "-p",
      JSON.stringify(open),
    ]);
    await until(async () => !JSON.stringify(await cilium()).includes("toEntities"), "the policy to be put back");
    await kubectl(cluster, ["delete", "ciliumnetworkpolicies.cilium.io", "shop", "-n", "names"]);
    await until(async () => (await cilium()) !== undefined, "the policy to be there again");
  });

  test("in a sealed namespace every foreign policy that allows something is deleted, whatever it selects, case 42", async () => {
    const foreign = (name: string, app: object): object => ({
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name, namespace: "names" },
      spec: { endpointSelector: app, egress: [{ toEntities: ["world"] }] },
    });
    await kubectl(cluster, ["apply", "-f", "-"], { input: foreign("others", { matchLabels: { app: "other" } }) });
    await kubectl(cluster, ["apply", "-f", "-"], { input: foreign("open", {}) });
    await until(async () => (await cilium("open")) === undefined, "the foreign policy to go");
    await until(async () => (await cilium("others")) === undefined, "the one for other pods to go");
    const told = async (): Promise<string> =>
      kubectl(cluster, ["get", "events.events.k8s.io", "-n", "names", "-o", "jsonpath={.items[*].note}"]);
    await until(async () => (await told()).includes("Deleted CiliumNetworkPolicy/open"), "the Event");
    expect(await told()).toContain("drift case 42");
  });

  test("a cluster-wide policy that opens the pods is told, and left alone", async () => {
    await kubectl(cluster, ["apply", "-f", "-"], {
      input: {
        apiVersion: "cilium.io/v2",
        kind: "CiliumClusterwideNetworkPolicy",
        metadata: { name: "allow-all" },
        spec: { endpointSelector: {}, ingress: [{ fromEntities: ["world"] }] },
      },
    });
    await until(
      async () => (await condition(shop, "OpenedByClusterPolicy"))?.status === "True",
      "OpenedByClusterPolicy",
      60_000,
    );
    expect((await condition(shop, "OpenedByClusterPolicy"))?.message).toContain(
      "CiliumClusterwideNetworkPolicy/allow-all",
    );
    expect(await ready()).toBe("True ScaledToZero");
    await kubectl(cluster, ["delete", "ciliumclusterwidenetworkpolicies.cilium.io", "allow-all"]);
    await until(async () => (await condition(shop, "OpenedByClusterPolicy")) === undefined, "the condition to go");
  }, 90_000);

  test("nothing is written while nothing changes", async () => {
    await settled(cluster);
    const before = operatorWrites(cluster).length;
    await settled(cluster);
    expect(operatorWrites(cluster).slice(before)).toEqual([]);
  });

  test("a need that is gone takes its policy with it", async () => {
    await apply(shop);
    await until(async () => (await cilium()) === undefined, "the policy to be pruned");
    await apply(shop, { outbound: [host] });
    await until(async () => (await cilium()) !== undefined, "the policy to be back");
  });

  test("one plugin enforces them, by a fixed order", async () => {
    await installCrds(cluster, "gke");
    const gke = () => get("fqdnnetworkpolicies.networking.gke.io", "shop", "names");
    await until(async () => (await gke()) !== undefined, "the policy of GKE");
    await until(async () => (await cilium()) === undefined, "the policy of Cilium to go");
    await untilReady();
    await removeCrds(cluster, "gke");
    await until(async () => (await cilium()) !== undefined, "the policy of Cilium to be back", 60_000);
  }, 90_000);

  test("Calico enforces them only in the editions that know domains", async () => {
    const calico = () => get<{ spec: object }>("networkpolicies.projectcalico.org", "default.shop", "names");
    await installCrds(cluster, "calico", ["networkpolicies.projectcalico.org"]);
    await removeCrds(cluster, "cilium");
    await until(async () => (await ready()) === "False HostNamesUnenforceable", "HostNamesUnenforceable", 60_000);
    expect(await calico()).toBeUndefined();
    await installCrds(cluster, "calico");
    await until(async () => (await calico()) !== undefined, "the policy of Calico", 60_000);
    expect(JSON.stringify((await calico())?.spec)).toContain('"domains":["api.example.com"]');
    await untilReady();
    await kubectl(cluster, ["apply", "-f", "-"], {
      input: {
        apiVersion: "projectcalico.org/v3",
        kind: "NetworkPolicy",
        metadata: { name: "default.open", namespace: "names" },
        spec: { selector: "all()", ingress: [{ action: "Allow" }] },
      },
    });
    await until(
      async () => (await get("networkpolicies.projectcalico.org", "default.open", "names")) === undefined,
      "the foreign policy to go",
    );
  }, 150_000);
});

describe("pods that are no workload's", () => {
  const key = "moving/web";
  const podLabels = [{ key: "app", value: "old" }];
  const access = { outbound: [{ pods: { namespace: "legacy", podLabels }, port: 5432 }] };
  const peers = async (): Promise<string> =>
    JSON.stringify((await get<{ spec: object }>("netpol", "web", "moving"))?.spec ?? {});
  const open = '"matchLabels":{"app":"old"}';
  const limited = async () => (await condition(key, "Limited"))?.message ?? "";

  test("are peers while the namespace is observed, which is told before it ends", async () => {
    await setBaseline(cluster, { namespaces: [{ name: "moving", enrolment: "Observing" }] });
    await apply(key, access);
    await until(async () => (await peers()).includes(open), "the way to be open");
    await until(async () => (await limited()).includes("are peers only while this namespace is Observing"), "Limited");
    expect(await condition(key, "Limited")).toMatchObject({ status: "True", reason: "PodPeersNotGranted" });
    expect(await limited()).toContain("access.outbound: app=old in namespace legacy");
  });

  test("are none where it is not, and then the way stays closed", async () => {
    await setBaseline(cluster, { namespaces: [{ name: "moving", enrolment: "Sealed" }] });
    await until(async () => !(await peers()).includes(open), "the way to be closed");
    await until(async () => (await limited()).includes("are no peers any more"), "Limited");
  });

  test("are peers for good where the platform team grants them", async () => {
    await setBaseline(cluster, { namespaces: [{ name: "moving", pods: [{ namespace: "legacy", podLabels }] }] });
    await until(async () => (await peers()).includes(open), "the way to be open");
    await until(async () => (await condition(key, "Limited")) === undefined, "Limited to go");
    await dropBaseline(cluster);
    await until(async () => !(await peers()).includes(open), "the way to be closed");
  });
});
