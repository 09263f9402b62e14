/** Own policies of Cilium and Calico: each peer becomes access, and each leaf has a line. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import {
  app,
  converted,
  decisionsOf,
  type Fields,
  isTaken,
  policy,
  specOf,
  verdictOf,
} from "../../../test/support/conversions.ts";
import type { Conversion } from "../convert.ts";

const cilium = (spec: Fields, kind = "CiliumNetworkPolicy"): KubeObject =>
  ({
    apiVersion: "cilium.io/v2",
    kind,
    metadata: { name: "web" },
    spec: { endpointSelector: { matchLabels: { app: "web" } }, ...spec },
  }) as unknown as KubeObject;

const calico = (spec: Fields, kind = "NetworkPolicy"): KubeObject =>
  ({
    apiVersion: "projectcalico.org/v3",
    kind,
    metadata: { name: "web" },
    spec: { selector: "app == 'web'", ...spec },
  }) as unknown as KubeObject;

const WEB = app({ container: { ports: [{ name: "http", containerPort: 8080 }] } });
const DB = app({
  name: "db",
  container: {
    ports: [
      { name: "sql", containerPort: 5432 },
      { name: "stats", containerPort: 8125, protocol: "UDP" },
    ],
  },
});

const accessOf = (conversion: Conversion, name = "web") =>
  specOf(conversion, name)["access"] as { inbound?: readonly Fields[]; outbound?: readonly Fields[] } | undefined;

/** What holds of every conversion here. */
function read(...objects: readonly KubeObject[]): Conversion {
  const conversion = converted(...objects);
  expect(conversion.ledger.filter(({ verdict }) => verdict === "unclaimed")).toEqual([]);
  expect(isTaken(conversion)).toBe(true);
  return conversion;
}

const port = (number: number | string, protocol?: string): Fields => ({
  ports: [{ port: String(number), ...(protocol === undefined ? {} : { protocol }) }],
});

describe("a CiliumNetworkPolicy", () => {
  test("names pods by labels with and without their source, at both ends", () => {
    const conversion = read(
      WEB,
      DB,
      cilium({
        egress: [
          { toEndpoints: [{ matchLabels: { "k8s:app": "db" } }], toPorts: [port(5432, "TCP"), port(8125)] },
          {
            toEndpoints: [
              { matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s:k8s-app": "kube-dns" } },
            ],
            toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchPattern: "*" }] } }],
          },
        ],
      }),
    );
    expect(accessOf(conversion)).toEqual({
      outbound: [
        { workload: "db", port: 5432 },
        { workload: "db", port: 8125, protocol: "UDP" },
      ],
    });
    expect(accessOf(conversion, "db")?.inbound).toEqual([
      { workload: "web", port: 5432 },
      { workload: "web", port: 8125 },
    ]);
    expect(decisionsOf(conversion, "db")).toEqual([]);
    expect(verdictOf(conversion, "matchPattern")).toMatch(/^dropped: access ends at ports/);
  });

  test("is believed before addresses", () => {
    const conversion = read(
      app({ container: { env: [{ name: "URL", value: "http://db:5432" }] } }),
      DB,
      cilium({ egress: [{ toFQDNs: [{ matchName: "api.example.com" }], toPorts: [port(443)] }] }),
    );
    expect(accessOf(conversion)).toEqual({ outbound: [{ host: "api.example.com", port: 443 }] });
  });

  test("without a default deny closes nothing", () => {
    const conversion = read(
      app({ container: { env: [{ name: "URL", value: "http://db:5432" }] } }),
      DB,
      cilium({
        enableDefaultDeny: { egress: false },
        egress: [{ toFQDNs: [{ matchPattern: "*.example.com" }], toPorts: [port(443)] }],
      }),
    );
    expect(accessOf(conversion)?.outbound).toEqual([
      { host: "*.example.com", port: 443 },
      { workload: "db", port: 5432 },
    ]);
  });

  test("goes to the world, the API server, networks and Services", () => {
    const conversion = read(
      WEB,
      DB,
      cilium({
        egress: [
          { toEntities: ["world"], toPorts: [port(443, "TCP")] },
          { toEntities: ["kube-apiserver"] },
          { toCIDR: ["192.0.2.7"], toPorts: [port(5671)] },
          { toCIDRSet: [{ cidr: "198.51.100.0/24", except: ["198.51.100.7/32"] }], toPorts: [port(22)] },
          { toServices: [{ k8sService: { serviceName: "db", namespace: "default" } }], toPorts: [port("sql")] },
        ],
      }),
    );
    expect(accessOf(conversion)?.outbound).toEqual([
      { internet: true, port: 443 },
      { kubernetesAPI: true },
      { cidr: "192.0.2.7/32", port: 5671 },
      { cidr: "198.51.100.0/24", port: 22 },
      { workload: "db", port: 5432 },
    ]);
    expect(decisionsOf(conversion)).toEqual([
      expect.stringContaining("left out 198.51.100.7/32"),
      expect.stringContaining("nothing in these files calls port 8080"),
    ]);
    expect(conversion.platform[0]).toMatchObject({ spec: { namespaces: [{ name: "default", internet: true }] } });
  });

  test("lets in pods, namespaces, the gateway, and the node for nothing but probes", () => {
    const conversion = read(
      WEB,
      app({ name: "caller" }),
      cilium({
        ingress: [
          { fromEndpoints: [{ matchLabels: { app: "caller" } }], toPorts: [port("http")] },
          { fromEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "monitoring" } }] },
          {
            fromEndpoints: [
              { matchExpressions: [{ key: "io.kubernetes.pod.namespace", operator: "In", values: ["one", "two"] }] },
            ],
          },
          { fromEntities: ["host", "ingress", "kube-apiserver"] },
        ],
      }),
    );
    expect(accessOf(conversion)?.inbound).toEqual([
      { workload: "caller" },
      { monitoring: true },
      { namespace: "one" },
      { namespace: "two" },
      { gateway: true },
      { kubernetesAPI: true },
    ]);
    expect(verdictOf(conversion, "fromEntities[0]")).toMatch(/^dropped: network plugins let the kubelet/);
  });

  test.each<[string, Fields, string]>([
    ["nodes", { egress: [{ toNodes: [{ matchLabels: { a: "b" } }], toPorts: [port(1)] }] }, "names peers by toNodes"],
    ["groups of networks", { egress: [{ toCIDRSet: [{ cidrGroupRef: "office" }] }] }, "names a group of networks"],
    ["the entity remote-node", { egress: [{ toEntities: ["remote-node"] }] }, "goes to the entity remote-node"],
    [
      "a name with a star in it",
      { egress: [{ toFQDNs: [{ matchPattern: "api*.example.com" }], toPorts: [port(443)] }] },
      "which is no host",
    ],
    ["what is denied", { egressDeny: [{ toEntities: ["world"] }] }, "denies what other rules may open"],
    ["everybody", { ingress: [{ fromEntities: ["all"] }] }, "lets everybody in"],
    [
      "accounts",
      { ingress: [{ fromEndpoints: [{ matchLabels: { "io.cilium.k8s.policy.serviceaccount": "x" } }] }] },
      "selects pods by their account",
    ],
    [
      "labels of namespaces",
      { ingress: [{ fromEndpoints: [{ matchLabels: { "k8s:io.cilium.k8s.namespace.labels.team": "a" } }] }] },
      "selects pods by labels of their namespaces",
    ],
    [
      "a Service of nowhere",
      { egress: [{ toServices: [{ k8sService: { serviceName: "gone" } }] }] },
      "names the Service gone",
    ],
  ])("that names %s opens nothing for it, and says so", (_, spec, told) => {
    const conversion = read(WEB, cilium(spec));
    expect(accessOf(conversion)).toBeUndefined();
    expect(decisionsOf(conversion)?.join("\n")).toContain(told);
  });

  test("with an empty rule, or an empty list, lets nobody through", () => {
    for (const rule of [{}, { fromEndpoints: [] }, { fromEntities: ["none"] }]) {
      const conversion = read(WEB, cilium({ ingress: [rule] }));
      expect(accessOf(conversion)).toBeUndefined();
      expect(decisionsOf(conversion)).not.toContainEqual(expect.stringContaining("everybody"));
    }
  });

  test("of several specs is read whole, and of the cluster too", () => {
    const several = {
      ...cilium({}),
      spec: undefined,
      specs: [cilium({ ingress: [{ fromEntities: ["ingress"] }] })["spec"]],
    };
    expect(accessOf(read(WEB, several))?.inbound).toEqual([{ gateway: true }]);
    const wide = cilium({ ingress: [{ fromEntities: ["ingress"] }] }, "CiliumClusterwideNetworkPolicy");
    expect(accessOf(read(WEB, wide))?.inbound).toEqual([{ gateway: true }]);
  });

  test("says the line of its rule, and stays where it selects nobody", () => {
    const conversion = read(WEB, cilium({ ingress: [{ fromEntities: ["ingress"] }] }));
    const [, found] =
      [...(conversion.workloads[0]?.evidence ?? [])].find(([path]) => path === "access.inbound[0]") ?? [];
    expect(found).toMatchObject({ file: "app.yaml", why: "own NetworkPolicy" });
    const other = read(app({ name: "other" }), cilium({ ingress: [{ fromEntities: ["ingress"] }] }));
    expect(verdictOf(other, "fromEntities[0]")).toBe("kept: applied as it is: it selects no workload of these files");
  });
});

describe("a NetworkPolicy of Calico", () => {
  const allow = (fields: Fields): Fields => ({ action: "Allow", ...fields });

  test("names pods by its own selectors, ports and ranges, at both ends", () => {
    const conversion = read(
      WEB,
      DB,
      app({ name: "caller" }),
      calico({
        types: ["Ingress", "Egress"],
        ingress: [
          allow({
            protocol: "TCP",
            source: { selector: "app in {'caller', 'nobody'} || has(nothing)" },
            destination: { ports: ["http"] },
          }),
          allow({ source: { namespaceSelector: "projectcalico.org/name == 'monitoring'" } }),
        ],
        egress: [
          allow({ protocol: "TCP", destination: { selector: "app == 'db' && !has(canary)", ports: [5432] } }),
          allow({ protocol: "UDP", destination: { ports: [53] } }),
          allow({ protocol: 6, destination: { nets: ["192.0.2.0/24"], ports: ["8000:8010"] } }),
          allow({ protocol: "TCP", destination: { domains: ["api.example.com"], ports: [443] } }),
          { action: "Deny" },
        ],
      }),
    );
    expect(accessOf(conversion)).toEqual({
      inbound: [{ workload: "caller" }, { monitoring: true }],
      outbound: [
        { workload: "db", port: 5432 },
        { cidr: "192.0.2.0/24", port: 8000, endPort: 8010 },
        { host: "api.example.com", port: 443 },
      ],
    });
    expect(accessOf(conversion, "db")?.inbound).toEqual([{ workload: "web", port: 5432 }]);
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining("selects pods that are in none of these files")]);
  });

  test.each<[string, Fields, string]>([
    [
      "denies",
      { ingress: [{ action: "Deny", source: { selector: "app == 'x'" } }, allow({ source: { selector: "all()" } })] },
      "denies what later rules may open",
    ],
    ["passes on", { ingress: [{ action: "Pass" }, { action: "Log" }] }, "leaves to later tiers"],
    [
      "says what it does not mean",
      { egress: [allow({ destination: { notSelector: "app == 'x'" } })] },
      "says notSelector",
    ],
    [
      "compares parts of values",
      { ingress: [allow({ source: { selector: "app starts with 'x'" } })] },
      "in a way that access cannot",
    ],
    [
      "names accounts",
      { ingress: [allow({ source: { serviceAccounts: { names: ["x"] } } })] },
      "in a way that access cannot",
    ],
    ["is for some accounts", { serviceAccountSelector: "all()", ingress: [] }, "is for pods by serviceAccountSelector"],
  ])("that %s says so", (_, spec, told) => {
    expect(decisionsOf(read(WEB, calico(spec)))?.join("\n")).toContain(told);
  });

  test("selects by what it says: whom, and of which namespace", () => {
    const rules = { ingress: [allow({ source: { selector: "app == 'caller'" } })] };
    const callers = [WEB, app({ name: "caller" })];
    for (const selector of ["app == 'web'", "app in {'web'}", "has(app) && app != 'caller'", "!(app == 'caller')"])
      expect(accessOf(read(...callers, calico({ ...rules, selector })))?.inbound).toEqual([{ workload: "caller" }]);
    expect(accessOf(read(...callers, calico({ ...rules, selector: "app == 'x'" })))).toBeUndefined();
  });
});

test("what Calico only stages, or mirrors from Kubernetes, is applied as it is", () => {
  const rules = { ingress: [{ action: "Allow", source: { selector: "all()" } }] };
  const mirrored = { ...calico(rules), metadata: { name: "knp.default.web" } };
  for (const object of [calico(rules, "StagedNetworkPolicy"), mirrored]) {
    const conversion = read(WEB, object);
    expect(accessOf(conversion)).toBeUndefined();
    expect(verdictOf(conversion, "ingress[0].action")).toBe("kept: applied as it is");
  }
});

test("a NetworkPolicy that names several namespaces means each of them", () => {
  const values = ["one", "two"];
  const namespaceSelector = { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values }] };
  const conversion = read(WEB, policy("web", { ingress: [{ from: [{ namespaceSelector }] }] }));
  expect(accessOf(conversion)?.inbound).toEqual([{ namespace: "one" }, { namespace: "two" }]);
});
