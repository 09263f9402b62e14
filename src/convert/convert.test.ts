/** What convert makes of manifests: each leaf accounted for, a fixed point of what is rendered, and edges with their evidence. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { parse } from "yaml";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import { parseSecurityBaseline } from "../crds/v1alpha1/security-baseline.ts";
import { parseSecurityException } from "../crds/v1alpha1/security-exception.ts";
import { expand } from "../expand/child-kinds.ts";
import { type Manifest, parseManifests } from "../manifests/parse.ts";
import { FIELDS_OF_TYPE, TYPE_OF_KIND } from "../plan/kubernetes-fields.ts";
import { type Beside, isBaseline, isWorkload, keyIn, readyWorkload } from "../render/input.ts";
import { type Conversion, convert } from "./convert.ts";
import { filesOf, workloadText } from "./write.ts";

const ROOT = join(import.meta.dirname, "..", "..");

const converted = (text: string, file = "app.yaml"): Conversion => convert(parseManifests(file, text), "default");
const specOf = ({ workloads }: Conversion, name: string): Record<string, unknown> =>
  workloads.find(({ object }) => object.metadata.name === name)?.object["spec"] as Record<string, unknown>;
const decisionsOf = ({ workloads }: Conversion): readonly string[] => workloads.flatMap(({ decisions }) => decisions);
const unclaimed = ({ ledger }: Conversion): readonly string[] =>
  ledger.filter(({ verdict }) => verdict === "unclaimed").map(({ object, path }) => `${object} ${path}`);
const verdictOf = ({ ledger }: Conversion, path: string) => {
  const found = ledger.find((entry) => entry.path === path);
  return found === undefined ? undefined : `${found.verdict}: ${found.note}`;
};

/** A Deployment of one container with a Service, as the tests change it. */
function app(name: string, container: object, more: { pod?: object; service?: object } = {}): string {
  const labels = { app: name };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name, image: `registry.example.com/shop/${name}:1`, ...container }], ...more.pod },
      },
    },
  };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: labels, ...more.service },
  };
  return [deployment, ...(more.service === undefined ? [] : [service])]
    .map((object) => JSON.stringify(object))
    .join("\n---\n");
}
const together = (...texts: readonly string[]): string => texts.join("\n---\n");
const port = (number: number) => ({ ports: [{ containerPort: number }] });
const serving = (number: number, target: number | string = number) => ({
  service: { ports: [{ port: number, targetPort: target }] },
});

const plainly = (object: unknown): unknown => JSON.parse(JSON.stringify(object));

describe("the ledger", () => {
  /** Lists among the fields of Kubernetes, as far as readers look into them. */
  const LISTS =
    /^(containers|initContainers|ephemeralContainers|volumes|volumeMounts|env|envFrom|ports|items|sources|httpHeaders|rules|paths|tls|metrics|subjects|ingress|egress|from|to|topologySpreadConstraints|volumeClaimTemplates|matchExpressions|nodeSelectorTerms|requiredDuringSchedulingIgnoredDuringExecution)$/;
  const WORDS: Readonly<Record<string, unknown>> = { name: "x", mountPath: "/x", containerPort: 80, port: 80 };

  /** An object of a type with every field that Kubernetes has. */
  function whole(type: string, depth = 0): unknown {
    const fields = FIELDS_OF_TYPE[type];
    if (fields === undefined || depth > 14) return "x";
    return Object.fromEntries(
      fields.split(" ").map((field) => {
        const [name = "", inner] = field.split(":");
        const value = inner === undefined ? (WORDS[name] ?? "x") : whole(inner, depth + 1);
        return [name, LISTS.test(name) && typeof value === "object" ? [value] : value];
      }),
    );
  }

  test.each(["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"])("claims every field of a %s", (kind) => {
    const object = { ...(whole(TYPE_OF_KIND[kind] ?? "") as object), apiVersion: "v1", kind, metadata: { name: "x" } };
    expect(unclaimed(converted(JSON.stringify(object)))).toEqual([]);
  });

  test.each([
    "Service",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "Ingress",
    "NetworkPolicy",
    "ServiceAccount",
    "Role",
    "RoleBinding",
  ])("claims every field of a %s, with a workload or alone", (kind) => {
    const object = { ...(whole(TYPE_OF_KIND[kind] ?? "") as object), apiVersion: "v1", kind, metadata: { name: "x" } };
    const beside = app("x", port(80), { pod: { serviceAccountName: "x" } });
    expect(unclaimed(converted(JSON.stringify(object)))).toEqual([]);
    expect(unclaimed(converted(together(beside, JSON.stringify(object))))).toEqual([]);
  });

  test("tells a field that nobody knows", () => {
    expect(unclaimed(converted(app("web", { flux: { capacitor: 1 } })))).toEqual([
      "Deployment/web spec.template.spec.containers[0].flux.capacitor",
    ]);
  });

  test.each([
    ["spec.template.spec.hostNetwork", { pod: { hostNetwork: true } }, "fixed: rule no-host-namespaces"],
    [
      "spec.template.spec.serviceAccountName",
      { pod: { serviceAccountName: "x" } },
      "replaced: an account of the workload's own",
    ],
    ["spec.template.spec.runtimeClassName", { pod: { runtimeClassName: "x" } }, "dropped: no field chooses a runtime"],
    [
      "spec.template.spec.terminationGracePeriodSeconds",
      { pod: { terminationGracePeriodSeconds: 5 } },
      "kept: terminationGracePeriodSeconds",
    ],
  ])("says of %s what becomes of it", (path, more, verdict) => {
    expect(verdictOf(converted(app("web", {}, more)), path)).toBe(verdict);
  });

  test("holds the line of each leaf", () => {
    const text =
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  hostPID: true\n  containers:\n    - name: web\n      image: web:1\n";
    const entry = converted(text).ledger.find(({ path }) => path === "spec.hostPID");
    expect(entry).toMatchObject({ file: "app.yaml", line: 6, verdict: "fixed" });
  });
});

describe("what render printed", () => {
  const below = (folder: string): readonly Manifest[] =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".yaml"))
      .sort()
      .flatMap((file) => parseManifests(file, readFileSync(join(ROOT, folder, file), "utf8")).manifests);
  const all = ["examples", "config/samples"].flatMap(below);
  const beside: Beside = {
    configMaps: new Map(
      all.filter(({ object }) => object.kind === "ConfigMap").map(({ object }) => [keyIn(object, "shop"), object]),
    ),
    baseline: all.find(({ object }) => isBaseline(object))?.object,
    namespace: "shop",
  };
  const childrenOf = (object: KubeObject): readonly unknown[] => {
    const ready = readyWorkload(object, beside);
    if (!ready.ok) throw new Error(ready.errors.join("; "));
    return JSON.parse(JSON.stringify([...ready.readied.copies, ...expand(ready.readied.input)])) as readonly unknown[];
  };
  const plain = (object: unknown): Manifest => ({ object: object as KubeObject, file: "children", lineOf: () => 1 });
  const workloads = all.filter(({ object }) => isWorkload(object));

  test.each(workloads.map(({ file, object }) => ({ name: `${file} ${object.metadata.name}`, object })))(
    "is a fixed point: $name",
    ({ object }) => {
      const children = childrenOf(object);
      const conversion = convert({ manifests: children.map(plain), unread: [] }, "shop");
      const [back] = conversion.workloads;
      expect(unclaimed(conversion)).toEqual([]);
      expect(childrenOf(JSON.parse(JSON.stringify(back?.object)) as KubeObject)).toEqual(children);
    },
  );
});

describe("peers", () => {
  const redis = app("redis", port(6379), serving(6379));
  const edges = (env: readonly object[], ...beside: readonly string[]) =>
    (
      specOf(converted(together(app("web", { env }), redis, ...beside)), "web")["access"] as
        | { outbound?: readonly object[] }
        | undefined
    )?.outbound ?? [];

  test.each([
    ["a URL", [{ name: "CACHE", value: "redis://user:pw@redis:6379/0" }]],
    ["a URL without a port", [{ name: "CACHE", value: "redis://redis" }]],
    ["a name and a port", [{ name: "CACHE", value: "redis:6379" }]],
    ["a list", [{ name: "CACHES", value: "other:1234,redis:6379" }]],
    ["a full name", [{ name: "CACHE", value: "redis.shop.svc.cluster.local:6379" }]],
    ["a connection string", [{ name: "CACHE", value: "Host=redis;Port=6379;User=x" }]],
    [
      "a pair of variables",
      [
        { name: "CACHE_HOST", value: "redis" },
        { name: "CACHE_PORT", value: "6379" },
      ],
    ],
    ["a host of one port", [{ name: "CACHE_HOST", value: "redis" }]],
    [
      "a variable in another",
      [
        { name: "H", value: "redis" },
        { name: "CACHE", value: "tcp://$(H):6379" },
      ],
    ],
  ])("are found in %s", (_, env) => {
    expect(edges(env)).toEqual([{ workload: "redis", port: 6379 }]);
  });

  test.each([
    ["a name that merely occurs", [{ name: "MODE", value: "redis" }]],
    ["a sentence", [{ name: "NOTE", value: "talks to redis at times" }]],
    ["an image", [{ name: "IMAGE", value: "registry.example.com/redis:6379" }]],
    ["itself", [{ name: "OWN", value: "http://web:80" }]],
  ])("are not found in %s", (_, env) => {
    expect(edges(env)).toEqual([]);
  });

  test("are agreed by both ends, with the port of the pods and the evidence", () => {
    const api = app("api", { ports: [{ name: "http", containerPort: 8080 }] }, serving(80, "http"));
    const conversion = converted(together(app("web", { args: ["--api=http://api"] }), api));
    expect(specOf(conversion, "web")["access"]).toEqual({ outbound: [{ workload: "api", port: 8080 }] });
    expect(specOf(conversion, "api")).toMatchObject({
      ports: [{ name: "http", port: 8080, servicePort: 80 }],
      access: { inbound: [{ workload: "web", port: 8080 }] },
    });
    const web = conversion.workloads.find(({ object }) => object.metadata.name === "web");
    expect(web?.evidence.get("access.outbound[0]")).toMatchObject({
      file: "app.yaml",
      why: expect.stringContaining("(url)"),
    });
  });

  test("of a StatefulSet's pods are the workload", () => {
    expect(edges([{ name: "NODES", value: "redis-0.redis:6379,redis-1.redis:6379" }])).toEqual([
      { workload: "redis", port: 6379 },
    ]);
  });

  test("come from the ConfigMaps that a workload reads, where the key says so for hosts outside", () => {
    const config = JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "web" },
      data: {
        "app.properties":
          "cache.url=redis://redis:6379\npayment.url=https://pay.example.org\n# see https://docs.example.org\nnote=https://docs.example.org",
      },
    });
    const conversion = converted(together(app("web", { envFrom: [{ configMapRef: { name: "web" } }] }), redis, config));
    expect(specOf(conversion, "web")["access"]).toEqual({
      outbound: [
        { workload: "redis", port: 6379 },
        { host: "pay.example.org", port: 443 },
      ],
    });
  });

  test("that own NetworkPolicies name are believed, and the other end is said", () => {
    const policy = JSON.stringify({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "redis" },
      spec: {
        podSelector: { matchLabels: { app: "redis" } },
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ podSelector: { matchLabels: { app: "cart" } } }], ports: [{ port: 6379 }] }],
      },
    });
    const conversion = converted(
      together(app("cart", {}), app("web", { env: [{ name: "C", value: "redis:6379" }] }), redis, policy),
    );
    expect(specOf(conversion, "redis")["access"]).toEqual({ inbound: [{ workload: "cart" }] });
    expect(specOf(conversion, "cart")["access"]).toEqual({ outbound: [{ workload: "redis", port: 6379 }] });
  });

  test("that are not there are asked for", () => {
    expect(decisionsOf(converted(redis))).toEqual([expect.stringContaining("nothing in these files calls port 6379")]);
  });
});

describe("a workload", () => {
  test("is called as its one Service, because that is what callers know", () => {
    const text = app("web-deployment", port(80)).replaceAll('"app":"web-deployment"', '"app":"web"');
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    };
    const conversion = converted(together(text, JSON.stringify(service)));
    expect(conversion.workloads.map(({ object }) => object.metadata.name)).toEqual(["web"]);
  });

  test("gets what its image needs and the manifest does not say", () => {
    const spec = specOf(converted(app("db", { image: "postgres:15-alpine" })), "db");
    expect(spec["runAs"]).toEqual({ user: 70 });
    expect(spec["scratch"]).toEqual(expect.arrayContaining([{ path: "/var/run/postgresql" }]));
    expect(
      specOf(converted(app("web", { securityContext: { readOnlyRootFilesystem: true } })), "web")["scratch"],
    ).toBeUndefined();
  });

  test("keeps its claims, its files and its scratch", () => {
    const conversion = converted(
      app(
        "web",
        {
          volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "conf", mountPath: "/etc/app/app.conf", subPath: "app.conf" },
            { name: "tls", mountPath: "/tls" },
            { name: "tmp", mountPath: "/tmp" },
            { name: "host", mountPath: "/host" },
          ],
        },
        {
          pod: {
            volumes: [
              { name: "data", persistentVolumeClaim: { claimName: "web-data" } },
              { name: "conf", configMap: { name: "web-config" } },
              { name: "tls", secret: { secretName: "web-tls", defaultMode: 0o400 } },
              { name: "tmp", emptyDir: { sizeLimit: "1Gi" } },
              { name: "host", hostPath: { path: "/var/log" } },
            ],
          },
        },
      ),
    );
    expect(specOf(conversion, "web")).toMatchObject({
      claims: [{ name: "data", path: "/data", existing: "web-data" }],
      files: [
        { path: "/etc/app/app.conf", configMap: { name: "web-config", key: "app.conf" } },
        { path: "/tls", secret: { name: "web-tls" } },
      ],
      scratch: [{ path: "/tmp", size: "1Gi" }],
    });
    expect(decisionsOf(conversion)).toEqual([expect.stringContaining("was a hostPath volume")]);
    expect(unclaimed(conversion)).toEqual([]);
  });

  test("says which decisions are a person's", () => {
    const conversion = converted(
      together(
        app(
          "web",
          { image: "web:latest", env: [{ name: "DB_PASSWORD", value: "hunter2" }], ...port(80) },
          { service: { type: "NodePort", ports: [{ port: 80 }] } },
        ),
      ),
    );
    for (const said of [/image: .*no version/, /DB_PASSWORD.*put it in a Secret/, /expose: the Service web was open/])
      expect(decisionsOf(conversion)).toEqual(expect.arrayContaining([expect.stringMatching(said)]));
    expect(decisionsOf(conversion).join()).not.toContain("hunter2");
  });

  test("that asks for root is a proposal to the platform team, with an end", () => {
    const { platform } = converted(
      app("web", { securityContext: { runAsUser: 0, capabilities: { add: ["NET_ADMIN"] } } }),
    );
    const [baseline, exception] = platform;
    expect(baseline).toMatchObject({ kind: "SecurityBaseline", spec: { registries: ["registry.example.com/shop"] } });
    expect(exception).toMatchObject({
      kind: "SecurityException",
      spec: {
        workload: { namespace: "default", name: "web" },
        lifts: ["drop-capabilities", "non-root"],
        validFor: "720h",
      },
    });
    expect(parseSecurityBaseline(baseline)).toMatchObject({ ok: true });
    expect(parseSecurityException(exception)).toMatchObject({ ok: true });
  });

  test("of an old API group, a ReplicationController or a bare pod is converted as well", () => {
    const pod = { containers: [{ name: "a", image: "a:1" }] };
    const objects = [
      {
        apiVersion: "extensions/v1beta1",
        kind: "Deployment",
        metadata: { name: "old" },
        spec: { template: { spec: pod } },
      },
      { apiVersion: "v1", kind: "ReplicationController", metadata: { name: "rc" }, spec: { template: { spec: pod } } },
      { apiVersion: "v1", kind: "Pod", metadata: { name: "bare" }, spec: pod },
      { apiVersion: "v1", kind: "Pod", metadata: { name: "run" }, spec: { ...pod, restartPolicy: "Never" } },
    ];
    const conversion = converted(together(...objects.map((object) => JSON.stringify(object))));
    expect(conversion.workloads.map(({ object }) => (object["spec"] as { type?: string }).type)).toEqual([
      undefined,
      undefined,
      undefined,
      "Job",
    ]);
    for (const { object } of conversion.workloads)
      expect(parseSecureWorkload(JSON.parse(JSON.stringify(object)))).toMatchObject({ ok: true });
  });
});

describe("what is written", () => {
  const conversion = converted(
    together(app("web", { env: [{ name: "CACHE", value: "redis:6379" }] }), app("redis", port(6379), serving(6379))),
  );

  test("is the same workload as YAML, with the evidence of what was derived", () => {
    const [web] = conversion.workloads;
    if (web === undefined) throw new Error("there is a workload");
    const text = workloadText(web);
    expect(parse(text)).toEqual(JSON.parse(JSON.stringify(web.object)));
    expect(text).toMatch(/workload: redis.* # app\.yaml:1: CACHE holds its address/);
  });

  test("has what is no text for Kubernetes in quotes", () => {
    const args = ["--protected-mode", "no", "on", "1:30", "0o17", "1_000", "y"];
    const [one] = converted(app("web", { args }, {})).workloads;
    const text = one === undefined ? "" : workloadText(one);
    for (const word of args.slice(1)) expect(text).toContain(`- "${word}"\n`);
    expect(text).toContain("- --protected-mode\n");
  });

  test("stays a comment and a file name, whatever the input is called", () => {
    const image = "web\nspec: { image: evil }";
    const objects = ["../../etc", "b"].map((namespace) => {
      const text = app("web", { image }).replace(
        '"metadata":{"name":"web"}',
        `"metadata":{"name":"web","namespace":"${namespace}"}`,
      );
      return text;
    });
    const odd = converted(together(...objects));
    const files = filesOf(odd);
    expect(files.map(({ path }) => path)).toEqual([
      "secure/-etc.web.yaml",
      "secure/b.web.yaml",
      "secureworkload.schema.json",
      "platform.yaml",
      "report.md",
    ]);
    for (const one of odd.workloads) expect(parse(workloadText(one))).toEqual(plainly(one.object));
    expect(odd.workloads.flatMap(({ decisions }) => decisions).join("")).not.toContain("\n");
  });

  test("names the schema for editors, and reports what was not carried over", () => {
    const files = new Map(filesOf(conversion).map(({ path, text }) => [path, text]));
    expect([...files.keys()]).toEqual([
      "secure/web.yaml",
      "secure/redis.yaml",
      "secureworkload.schema.json",
      "platform.yaml",
      "report.md",
    ]);
    expect(files.get("secure/web.yaml")).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/secureworkload\.schema\.json\n/,
    );
    expect(files.get("report.md")).toMatch(
      /2 workloads\. Of \d+ values: \d+ kept, \d+ fixed, \d+ replaced, \d+ dropped, 0 unclaimed\./,
    );
  });
});

test("a whole shop becomes exactly this", () => {
  const golden = join(ROOT, "test", "golden", "convert");
  const conversion = converted(readFileSync(join(golden, "shop.in.yaml"), "utf8"), "shop.yaml");
  const output = filesOf(conversion)
    .filter(({ path }) => !path.endsWith(".json"))
    .map(({ path, text }) => `# ${path}\n${text}`)
    .join("\n");
  const file = join(golden, "shop.out.txt");
  if (process.env["UPDATE_GOLDEN"] === "1" || !existsSync(file)) writeFileSync(file, output);
  expect(output).toBe(readFileSync(file, "utf8"));
  expect(unclaimed(conversion)).toEqual([]);
  for (const { object } of conversion.workloads)
    expect(parseSecureWorkload(plainly(object))).toMatchObject({ ok: true });
  for (const object of conversion.platform) expect(parseSecurityBaseline(plainly(object))).toMatchObject({ ok: true });
});

test("four hundred workloads take less than five seconds", () => {
  const texts = Array.from({ length: 400 }, (_, index) =>
    app(`w${index}`, { env: [{ name: "NEXT", value: `http://w${(index + 1) % 400}:80` }], ...port(80) }, serving(80)),
  );
  const startedMs = performance.now();
  const conversion = converted(together(...texts));
  expect(conversion.workloads).toHaveLength(400);
  // A busy machine may take its time; a growth with the square of the number would be minutes.
  expect(performance.now() - startedMs).toBeLessThan(30_000);
});
