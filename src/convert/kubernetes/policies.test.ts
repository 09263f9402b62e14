/** NetworkPolicies that let pods reach the internet, and what they cannot say here. */
import { describe, expect, test } from "@jest/globals";
import {
  app,
  converted,
  decisionsOf,
  type Fields,
  isTaken,
  policy,
  specOf,
} from "../../../test/support/conversions.ts";
import type { Conversion } from "../convert.ts";

describe("the internet", () => {
  const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
  const to = (cidr: string, ...except: readonly string[]) => ({
    ipBlock: { cidr, ...(except.length === 0 ? {} : { except }) },
  });
  const egress = (peers: readonly Fields[], ports: readonly Fields[] = [{ port: 443 }]) =>
    policy("web", { policyTypes: ["Egress"], egress: [{ to: peers, ...(ports.length === 0 ? {} : { ports }) }] });
  const outbound = (conversion: Conversion) =>
    (specOf(conversion)["access"] as { outbound?: readonly Fields[] } | undefined)?.outbound;

  test.each([
    ["IPv4 without private networks", [to("0.0.0.0/0", ...PRIVATE)]],
    ["IPv6", [to("::/0")]],
    ["both", [to("0.0.0.0/0", ...PRIVATE, "169.254.0.0/16"), to("::/0", "fc00::/7")]],
  ])("is one entry that needs a grant: %s", (_, peers) => {
    const conversion = converted(app({}), egress(peers));
    expect(outbound(conversion)).toEqual([{ internet: true, port: 443 }]);
    expect(decisionsOf(conversion)).toEqual([]);
    expect(conversion.platform[0]).toMatchObject({ spec: { namespaces: [{ name: "default", internet: true }] } });
    expect(conversion.reasons.get("namespaces[0].internet")).toMatchObject({ why: "own NetworkPolicy of web" });
  });

  test("with private networks leaves a decision, and peers by their addresses count too", () => {
    const conversion = converted(
      app({ container: { env: [{ name: "DB", value: "db:5432" }] } }),
      app({ name: "db", container: { ports: [{ containerPort: 5432 }] } }),
      egress([to("0.0.0.0/0")]),
    );
    expect(outbound(conversion)).toEqual([
      { internet: true, port: 443 },
      { workload: "db", port: 5432 },
    ]);
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining("reached private addresses as well")]);
  });

  test("has a port for each entry", () => {
    const range = converted(app({}), egress([to("::/0")], [{ port: 8_000, endPort: 8_002, protocol: "UDP" }]));
    expect(outbound(range)).toEqual([8_000, 8_001, 8_002].map((port) => ({ internet: true, port, protocol: "UDP" })));
    const wide = converted(app({}), egress([to("::/0")], [{ port: 1_024, endPort: 65_535 }]));
    expect(outbound(wide)).toBeUndefined();
    expect(decisionsOf(wide)).toEqual([expect.stringContaining("ports 1024 to 65535")]);
    const none = converted(app({}), egress([to("::/0")], []));
    expect(decisionsOf(none)).toEqual([expect.stringContaining("write internet: true with each port")]);
    for (const { platform } of [wide, none]) expect(JSON.stringify(platform)).not.toContain("internet");
  });

  test("does not come in", () => {
    const conversion = converted(
      app({ container: { ports: [{ containerPort: 80 }] } }),
      policy("web", { ingress: [{ from: [to("0.0.0.0/0")] }] }),
    );
    expect(specOf(conversion)["access"]).toBeUndefined();
    expect(decisionsOf(conversion)).toContainEqual(expect.stringContaining("lets the internet in"));
  });

  test("is no network with exceptions, which are told", () => {
    const conversion = converted(app({}), egress([to("10.0.0.0/8", "10.1.0.0/16")]));
    expect(outbound(conversion)).toEqual([{ cidr: "10.0.0.0/8", port: 443 }]);
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining("left out 10.1.0.0/16")]);
  });

  test.each([
    ["169.254.169.254/32", "no workload may reach"],
    ["0.0.0.0/1", "write smaller ones"],
    ["10.0.0.1/8", "in their shortest form"],
  ])("is no network that cannot be declared: %s", (cidr, said) => {
    const conversion = converted(app({}), egress([to(cidr)]));
    expect(outbound(conversion)).toBeUndefined();
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining(said)]);
  });
});

describe("a rule that says no destination", () => {
  const everywhere = (ports?: readonly Fields[]) =>
    converted(app({}), policy("web", { policyTypes: ["Egress"], egress: [ports === undefined ? {} : { ports }] }));
  const outbound = (conversion: Conversion) =>
    (specOf(conversion)["access"] as { outbound?: readonly Fields[] } | undefined)?.outbound;

  test("proposes the internet for each of its ports, with its place, and tells what that leaves out", () => {
    const conversion = everywhere([{ port: 443 }, { port: 123, protocol: "UDP" }]);
    expect(outbound(conversion)).toEqual([
      { internet: true, port: 443 },
      { internet: true, port: 123, protocol: "UDP" },
    ]);
    expect(conversion.platform[0]).toMatchObject({ spec: { namespaces: [{ name: "default", internet: true }] } });
    expect(conversion.reasons.get("namespaces[0].internet")).toMatchObject({ file: "app.yaml", line: 3 });
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining("leaves out private addresses and pods")]);
    expect(isTaken(conversion)).toBe(true);
  });

  test("is a decision alone where it says no port either", () => {
    const conversion = everywhere();
    expect(outbound(conversion)).toBeUndefined();
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining("write internet: true with each port")]);
  });
});

describe("destinations", () => {
  const egress = (to: Fields, port: number | string) =>
    converted(
      app({ container: { ports: [{ name: "http", containerPort: 8080 }] } }),
      policy("web", { policyTypes: ["Egress"], egress: [{ to: [to], ports: [{ port }] }] }),
    );
  const outbound = (conversion: Conversion) =>
    (specOf(conversion)["access"] as { outbound?: readonly Fields[] } | undefined)?.outbound;
  const monitoring = { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } };

  test("in the namespace of the monitoring stack are not lost", () => {
    const whole = egress({ namespaceSelector: monitoring }, 4317);
    expect(outbound(whole)).toEqual([{ namespace: "monitoring", port: 4317 }]);
    expect(decisionsOf(whole)).toContainEqual(expect.stringContaining("every pod of namespace monitoring"));
    const some = egress({ namespaceSelector: monitoring, podSelector: { matchLabels: { app: "otel" } } }, 4317);
    const podLabels = [{ key: "app", value: "otel" }];
    expect(outbound(some)).toEqual([{ pods: { namespace: "monitoring", podLabels }, port: 4317 }]);
  });

  test("have ports of their own: a name that nothing says the number of is told", () => {
    const conversion = egress({ podSelector: { matchLabels: { app: "old" } } }, "http");
    expect(outbound(conversion)).toBeUndefined();
    expect(decisionsOf(conversion)).toContainEqual(expect.stringContaining("names port http, whose number nothing"));
  });
});

describe("pods that are in none of the files", () => {
  const from = (podSelector: Fields, namespaceSelector?: Fields) =>
    converted(
      app({ container: { ports: [{ containerPort: 80 }] } }),
      policy("web", {
        ingress: [{ from: [{ podSelector, ...(namespaceSelector === undefined ? {} : { namespaceSelector }) }] }],
      }),
    );
  const inbound = (conversion: Conversion) =>
    (specOf(conversion)["access"] as { inbound?: readonly Fields[] } | undefined)?.inbound;
  const podLabels = [{ key: "app", value: "old" }];

  test("stay peers by their labels, and somebody has to grant them", () => {
    const here = from({ matchLabels: { app: "old" } });
    expect(inbound(here)).toEqual([{ pods: { podLabels } }]);
    expect(decisionsOf(here)).toEqual([expect.stringContaining("until then the platform team grants them")]);
    const there = from({ matchLabels: { app: "old" } }, { matchLabels: { "kubernetes.io/metadata.name": "legacy" } });
    expect(inbound(there)).toEqual([{ pods: { namespace: "legacy", podLabels } }]);
  });

  test("are a decision where a peer cannot say what selects them", () => {
    const unsaid = from({ matchExpressions: [{ key: "role", operator: "Exists" }] });
    expect(inbound(unsaid)).toBeUndefined();
    expect(decisionsOf(unsaid)).toContainEqual(expect.stringContaining("in none of these files; name their workload"));
  });
});
