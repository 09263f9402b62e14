/** Which workload an address means, where several could be meant or a port is not said beside it. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { app, converted, decisionsOf, policy, service, specOf } from "../../test/support/conversions.ts";
import type { Conversion } from "./convert.ts";

const fieldRef = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });

describe("a peer", () => {
  const db = (namespace?: string) => [
    app({
      name: "db",
      ...(namespace === undefined ? {} : { namespace }),
      container: { ports: [{ containerPort: 5432 }] },
    }),
    service("db", { ports: [{ port: 5432 }] }, namespace),
  ];
  const env = (...pairs: readonly (readonly [string, string])[]) => ({
    container: { env: pairs.map(([name, value]) => ({ name, value })) },
  });
  const outbound = (conversion: Conversion) => specOf(conversion)["access"];

  test("is the one of the same namespace before any other", () => {
    const conversion = converted(...db(), ...db("a"), ...db("b"), app({ namespace: "b", ...env(["DB", "db:5432"]) }));
    const called = conversion.workloads.filter(({ object }) => JSON.stringify(object).includes("inbound"));
    expect(called.map(({ object }) => object.metadata.namespace)).toEqual(["b"]);
  });

  test("without a namespace is where everything goes that names none", () => {
    const conversion = converted(...db("default"), app(env(["DB", "db:5432"])));
    expect(outbound(conversion)).toEqual({ outbound: [{ workload: "db", port: 5432 }] });
    expect(specOf(conversion, "db")["access"]).toEqual({ inbound: [{ workload: "web", port: 5432 }] });
  });

  test("has the ports of the variables that begin alike", () => {
    const ports = [16_686, 4_317].map((containerPort) => ({ containerPort }));
    const conversion = converted(
      app({ name: "jaeger", container: { ports } }),
      app(env(["JAEGER_HOST", "jaeger"], ["JAEGER_UI_PORT", "16686"], ["JAEGER_PORT_GRPC", "4317"], ["X_PORT", "1"])),
    );
    expect(outbound(conversion)).toEqual({
      outbound: [
        { workload: "jaeger", port: 16_686 },
        { workload: "jaeger", port: 4_317 },
      ],
    });
  });

  test("whose port another variable says is no question", () => {
    const ports = [80, 81].map((containerPort) => ({ containerPort }));
    const api = app({ name: "api", container: { ports } });
    expect(decisionsOf(converted(api, app(env(["API_HOST", "api"]))))).toHaveLength(1);
    expect(decisionsOf(converted(api, app(env(["API_HOST", "api"], ["URL", "http://api:81"]))))).toEqual([]);
  });

  test("in its own namespace, by a variable that holds it", () => {
    const conversion = converted(
      ...db("shop"),
      app({
        namespace: "shop",
        container: {
          env: [
            { name: "NS", ...fieldRef("metadata.namespace") },
            { name: "DB", value: "tcp://db.$(NS).svc:5432" },
          ],
        },
      }),
    );
    expect(outbound(conversion)).toEqual({ outbound: [{ workload: "db", port: 5432 }] });
  });

  test("of a policy that lets everything out is found by its address", () => {
    const open = policy("web", { policyTypes: ["Egress"], egress: [{}] });
    const conversion = converted(...db(), app(env(["DB", "db:5432"])), open);
    expect(outbound(conversion)).toEqual({ outbound: [{ workload: "db", port: 5432 }] });
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining("goes everywhere")]);
  });
});

describe("a host", () => {
  const access = (value: string, ...others: readonly KubeObject[]) => {
    const conversion = converted(app({ container: { env: [{ name: "API_URL", value }] } }), ...others);
    return { access: specOf(conversion)["access"], decisions: decisionsOf(conversion) };
  };
  const told = (words: string) => ({ access: undefined, decisions: [expect.stringContaining(words)] });

  test.each([
    [
      "http://payments.back.svc.cluster.local:8080",
      "Service payments of namespace back, which is in none of these files",
    ],
    ["payments.back.svc:8080", "Service payments of namespace back"],
    ["http://payments.back/x", "Service payments of namespace back"],
    ["redis://cache:6379", "Service cache, which is in none of these files"],
  ])("of a Service that is not here is told: %s", (value, words) => {
    expect(access(value)).toEqual(told(words));
  });

  test.each(["http://localhost:8080", "unix:///var/run/x", "s3://bucket/key", "info"])("is none: %s", (value) => {
    expect(access(value)).toEqual({ access: undefined, decisions: [] });
  });

  test.each([
    ["amqp://me:p@ss@mq1.example.com,you:word@mq2.example.com/x", ["mq1.example.com", "mq2.example.com"], 5672],
    ["https://api.example.com?mail=me@example.org", ["api.example.com"], 443],
  ])("is none of a user or a password: %s", (value, hosts, port) => {
    expect(access(value)).toEqual({ access: { outbound: hosts.map((host) => ({ host, port })) }, decisions: [] });
  });

  test("of two parts is outside where its end is one of the internet", () => {
    expect(access("https://github.com")).toMatchObject({ access: { outbound: [{ host: "github.com", port: 443 }] } });
  });

  test("is no host that leads to itself alone", () => {
    const ingress = (name: string) =>
      ({
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name },
        spec: {
          rules: [
            {
              host: "git.example.com",
              http: {
                paths: [{ path: `/${name}`, pathType: "Prefix", backend: { service: { name, port: { number: 80 } } } }],
              },
            },
          ],
        },
      }) as unknown as KubeObject;
    const served = (name: string, more = {}) => [
      app({ name, ...more }),
      service(name, { ports: [{ port: 80 }] }),
      ingress(name),
    ];
    const web = served("web", { container: { env: [{ name: "ROOT_URL", value: "https://git.example.com" }] } });
    expect(specOf(converted(...web))["access"]).toBeUndefined();
    const other = { outbound: [{ host: "git.example.com", port: 443 }] };
    expect(specOf(converted(...web, ...served("api")))["access"]).toEqual(other);
  });

  test("is what a Service of that name stands for", () => {
    const named = service("db", { type: "ExternalName", externalName: "db.rds.amazonaws.com" });
    const host = { host: "db.rds.amazonaws.com", port: 5432 };
    expect(access("postgres://db/shop", named).access).toEqual({ outbound: [host] });
    expect(access("postgres://db.default.svc/shop", named).access).toEqual({ outbound: [host] });
  });

  test("stands in lists and JSON of a ConfigMap too", () => {
    const config = (text: string) =>
      ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "c" },
        data: { "app.yaml": text },
      }) as unknown as KubeObject;
    for (const text of [
      "remote:\n  - url: https://mimir.example.org/push\n",
      '{\n  "url": "https://mimir.example.org/push"\n}',
    ]) {
      const conversion = converted(app({ container: { envFrom: [{ configMapRef: { name: "c" } }] } }), config(text));
      expect(specOf(conversion)["access"]).toEqual({ outbound: [{ host: "mimir.example.org", port: 443 }] });
    }
  });
});

test("a port of UDP is reached by UDP, and one of both by both", () => {
  const ports = [
    { name: "stats", containerPort: 8125, protocol: "UDP" },
    { name: "dns", containerPort: 53, protocol: "UDP" },
    { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
  ];
  const env = [
    { name: "STATSD", value: "stats:8125" },
    { name: "DNS", value: "stats:53" },
  ];
  expect(
    specOf(converted(app({ container: { env } }), app({ name: "stats", container: { ports } })))["access"],
  ).toEqual({
    outbound: [
      { workload: "stats", port: 8125, protocol: "UDP" },
      { workload: "stats", port: 53, protocol: "UDP" },
      { workload: "stats", port: 53 },
    ],
  });
});

test.each(["CORS_ORIGIN", "ALLOWED_URL", "LOGIN_REDIRECT_URI"])("what callers come from is not called: %s", (name) => {
  const env = [{ name, value: "https://shop.example.com" }];
  expect(specOf(converted(app({ container: { env } })))["access"]).toBeUndefined();
});

test.each(["a.", "a-"])("a long text costs no more than its length: %s", (part) => {
  const startedMs = performance.now();
  converted(app({ container: { args: [part.repeat(100_000)] } }));
  // A busy machine may take its time; a growth with the square of the length would be minutes.
  expect(performance.now() - startedMs).toBeLessThan(20_000);
});

describe("a ConfigMap of several workloads", () => {
  const config = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "web" },
    data: { "a.yaml": "url: http://a:80/\n", "b.yaml": "url: http://b:80/\n", where: "a" },
  } as unknown as KubeObject;
  const others = ["a", "b"].map((name) => app({ name, container: { ports: [{ containerPort: 80 }] } }));
  const called = (more: Parameters<typeof app>[0]) => {
    const { access } = specOf(converted(app(more), config, ...others)) as {
      readonly access?: { readonly outbound?: readonly { readonly workload: string }[] };
    };
    return access?.outbound?.map(({ workload }) => workload) ?? [];
  };
  const mounted = (mount: object, source: object) => ({
    container: { volumeMounts: [{ name: "c", ...mount }] },
    pod: { volumes: [{ name: "c", configMap: { name: "web", ...source } }] },
  });

  test.each<[string, Parameters<typeof app>[0], readonly string[]]>([
    ["all of it", mounted({ mountPath: "/c" }, {}), ["a", "b"]],
    ["one file", mounted({ mountPath: "/c/b.yaml", subPath: "b.yaml" }, {}), ["b"]],
    ["some keys", mounted({ mountPath: "/c" }, { items: [{ key: "a.yaml", path: "a" }] }), ["a"]],
    ["its name alone", { container: { args: ["web"] } }, []],
    [
      "a variable",
      { container: { env: [{ name: "API_HOST", valueFrom: { configMapKeyRef: { name: "web", key: "where" } } }] } },
      ["a"],
    ],
  ])("is read as far as it is named: %s", (_, more, expected) => {
    expect(called(more)).toEqual(expected);
  });
});

describe("a host and its port in two values", () => {
  const outbound = (env: Readonly<Record<string, string>>, ...others: readonly KubeObject[]) => {
    const named = Object.entries(env).map(([name, value]) => ({ name, value }));
    const conversion = converted(app({ container: { env: named, ports: [{ containerPort: 8080 }] } }), ...others);
    const { access } = specOf(conversion) as { readonly access?: { readonly outbound?: unknown } };
    return { outbound: access?.outbound, decisions: decisionsOf(conversion) };
  };
  const NAME = "smtp.sendgrid.net";

  test.each([
    { SMTP_HOST: NAME, SMTP_PORT: "587" },
    { smtpHost: NAME, smtpPort: "587" },
    { "mail.address": NAME, "mail.port": "587" },
  ])("is outside: %j", (env) => {
    expect(outbound(env).outbound).toEqual([{ host: NAME, port: 587 }]);
  });

  test("is a client of PostgreSQL", () => {
    const db = app({ name: "db", container: { ports: [{ containerPort: 5432 }, { containerPort: 9187 }] } });
    expect(outbound({ PGHOST: "db", PGPORT: "5432" }, db).outbound).toEqual([{ workload: "db", port: 5432 }]);
  });

  test("is the program itself where it has that port", () => {
    expect(outbound({ VIRTUAL_HOST: "shop.example.com", VIRTUAL_PORT: "8080" }).outbound).toBeUndefined();
  });

  test("of a database without its port is asked for, and any other is the program's own", () => {
    const { decisions } = outbound({ DB_HOST: "db.abc.eu-west-1.rds.amazonaws.com", PUBLIC_HOST: "shop.example.com" });
    expect(decisions?.filter((line) => line.startsWith("access.outbound"))).toEqual([
      expect.stringContaining("names db.abc.eu-west-1.rds.amazonaws.com without a port"),
    ]);
  });

  const reads = (text: string) => {
    const data = { "app.yaml": text };
    const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data } as unknown as KubeObject;
    const others = ["rabbit", "cache", "exporter"].map((name, index) =>
      app({ name, container: { ports: [5672, 6379, 9100].slice(index).map((containerPort) => ({ containerPort })) } }),
    );
    const web = app({ container: { envFrom: [{ configMapRef: { name: "c" } }] } });
    return (specOf(converted(web, config, ...others))["access"] as { readonly outbound?: unknown } | undefined)
      ?.outbound;
  };

  test("of a file are those of the same block", () => {
    expect(reads("rabbit:\n  host: rabbit\n  port: 5672\nredis:\n  port: 6379\n  host: cache\n")).toEqual([
      { workload: "rabbit", port: 5672 },
      { workload: "cache", port: 6379 },
    ]);
  });

  test.each([
    "targets:\n  - exporter:9100\n",
    `url: http://$\{EXPORTER:exporter}:9100/\n`,
    `url: http://$\{EXPORTER:-exporter}:9100/\n`,
    '{\n  "host":"exporter",\n  "port":9100\n}\n',
  ])("stand in lists, and behind a value that is used unless told: %j", (text) => {
    expect(reads(text)).toEqual([{ workload: "exporter", port: 9100 }]);
  });
});

describe("pods of one StatefulSet", () => {
  const kafka = (value: string, replicas = 3) => {
    const ports = [9092, 9093].map((containerPort) => ({ containerPort }));
    const container = { ports, env: [{ name: "VOTERS", value }] };
    const headless = service("kafka-pods", {
      clusterIP: "None",
      selector: { app: "kafka" },
      ports: [{ name: "a", port: 9093 }],
    });
    const caller = app({ container: { env: [{ name: "K", value: "kafka-0.kafka-pods:9092" }] } });
    return converted(
      app({ kind: "StatefulSet", name: "kafka", container, spec: { serviceName: "kafka-pods", replicas } }),
      headless,
      caller,
    );
  };
  const own = { workload: "kafka", port: 9093 };

  test.each([
    "0@kafka-0.kafka-pods:9093,1@kafka-1.kafka-pods:9093",
    "CONTROLLER://kafka-0.kafka-pods:9093",
    "kafka-pods:9093",
  ])("call each other: %s", (value) => {
    const conversion = kafka(value);
    expect(specOf(conversion, "kafka")["access"]).toEqual({
      inbound: [own, { workload: "web", port: 9092 }],
      outbound: [own],
    });
    expect(decisionsOf(conversion, "kafka")).toEqual([]);
  });

  test("call each other by a variable that holds their own name", () => {
    const env = [
      { name: "POD", ...fieldRef("metadata.name") },
      { name: "ADVERTISED", value: "PLAINTEXT://$(POD).kafka-pods:9093" },
    ];
    const container = { ports: [{ containerPort: 9093 }], env };
    const headless = service("kafka-pods", { clusterIP: "None", selector: { app: "kafka" }, ports: [{ port: 9093 }] });
    const brokers = app({ kind: "StatefulSet", name: "kafka", container, spec: { serviceName: "kafka-pods" } });
    expect(specOf(converted(brokers, headless), "kafka")["access"]).toEqual({ inbound: [own], outbound: [own] });
  });

  test("are asked about where only the program knows", () => {
    expect(decisionsOf(kafka("x"), "kafka")).toEqual([
      expect.stringContaining("calls port 9093; pods that call each other"),
    ]);
    expect(decisionsOf(kafka("x", 1), "kafka")).toEqual([]);
  });
});

describe("kinds of other APIs", () => {
  const foreign = (apiVersion: string, kind: string, spec: object) =>
    ({ apiVersion, kind, metadata: { name: "web" }, spec }) as unknown as KubeObject;

  test("are applied as they are, whatever they are called", () => {
    const knative = foreign("serving.knative.dev/v1", "Service", { selector: { app: "web" }, ports: [{ port: 1 }] });
    const conversion = converted(app({}), knative);
    expect(specOf(conversion)["ports"]).toBeUndefined();
    expect(
      conversion.ledger.filter(({ object }) => object === "Service/web").map(({ verdict }) => verdict),
    ).not.toContain("replaced");
  });

  test("an Ingress of before 2020 has its default backend in the ledger", () => {
    const backend = { serviceName: "web", servicePort: 80 };
    const rules = [{ host: "shop.example.com", http: { paths: [{ path: "/", backend }] } }];
    const conversion = converted(
      app({ container: { ports: [{ containerPort: 80 }] } }),
      service("web", { ports: [{ port: 80 }] }),
      foreign("networking.k8s.io/v1beta1", "Ingress", { backend, rules }),
    );
    expect(conversion.ledger.filter(({ verdict }) => verdict === "unclaimed")).toEqual([]);
  });
});

test("two workloads of one name are told", () => {
  const conversion = converted(app({}), app({}), app({ namespace: "other" }));
  const told = conversion.workloads.map(({ decisions }) =>
    decisions.filter((line) => line.startsWith("metadata.name")),
  );
  expect(told).toEqual([[], [expect.stringContaining("is called web as well")], []]);
});
