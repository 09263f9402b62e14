/** What pods and their Services may bring along: each leaf with its field, and a decision where a value is out of bounds. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import {
  type App,
  app,
  converted,
  decisionsOf,
  type Fields,
  isTaken,
  plainly,
  service,
  specOf,
  verdictOf,
} from "../../../test/support/conversions.ts";

const fieldRef = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
const volume = (source: Fields, mount: Fields = {}) => ({
  container: { volumeMounts: [{ name: "v", mountPath: "/v", ...mount }] },
  pod: { volumes: [{ name: "v", ...source }] },
});
const OWN = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "web" } } };
const apart = (...terms: readonly Fields[]) => ({
  pod: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } },
});

describe("a leaf is kept with its field", () => {
  test.each<[string, App, string, string, Fields]>([
    [
      "the working directory",
      { container: { workingDir: "/srv/app" } },
      "containers[0].workingDir",
      "workingDir",
      { workingDir: "/srv/app" },
    ],
    ...["metadata.name", "metadata.uid", "spec.nodeName", "status.podIP", "status.podIPs", "metadata.namespace"].map(
      (path): [string, App, string, string, Fields] => [
        `a variable of ${path}`,
        { container: { env: [{ name: "A", ...fieldRef(path) }] } },
        "env[0].valueFrom.fieldRef.fieldPath",
        "env[A]",
        { env: [{ name: "A", ...fieldRef(path) }] },
      ],
    ),
    [
      "a variable of a limit, the default divisor aside",
      {
        container: {
          env: [
            {
              name: "A",
              valueFrom: { resourceFieldRef: { containerName: "web", resource: "limits.cpu", divisor: "0" } },
            },
          ],
        },
      },
      "resourceFieldRef.resource",
      "env[A]",
      { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }] },
    ],
    [
      "an optional key of a Secret",
      { container: { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: true } } }] } },
      "secretKeyRef.optional",
      "env[A].optional",
      { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: true } } }] },
    ],
    [
      "an optional ConfigMap as variables",
      { container: { envFrom: [{ configMapRef: { name: "c", optional: true } }] } },
      "configMapRef.optional",
      "envFrom.optional",
      { envFrom: [{ configMap: "c", optional: true }] },
    ],
    [
      "optional files",
      volume({ configMap: { name: "c", optional: true } }),
      "configMap.optional",
      "files[/v].optional",
      { files: [{ path: "/v", configMap: { name: "c", optional: true } }] },
    ],
    [
      "files of the pod's own fields",
      volume({ downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } }),
      "items[0].fieldRef.fieldPath",
      "files[/v]",
      {
        files: [
          { path: "/v", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
        ],
      },
    ],
    [
      "the pod's own fields of a projected volume, with its mode",
      volume({
        projected: {
          defaultMode: 0o640,
          sources: [{ downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } }],
        },
      }),
      "downwardAPI.items[0].path",
      "files[/v]",
      {
        files: [
          {
            path: "/v",
            downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] },
            mode: "0640",
          },
        ],
      },
    ],
    [
      "a directory of a claim",
      volume({ persistentVolumeClaim: { claimName: "data" } }, { subPath: "mysql/data" }),
      "volumeMounts[0].subPath",
      "claims[v]",
      { claims: [{ name: "v", path: "/v", subPath: "mysql/data", existing: "data" }] },
    ],
    [
      "a writable directory below /etc",
      volume({ emptyDir: { sizeLimit: "1.5G" } }, { mountPath: "/etc/app" }),
      "emptyDir.sizeLimit",
      "scratch[/etc/app]",
      { scratch: [{ path: "/etc/app", size: "1.5G" }, { path: "/tmp" }] },
    ],
    [
      "a high user and another group",
      { pod: { securityContext: { runAsUser: 65_535, fsGroup: 2_000 } } },
      "securityContext.fsGroup",
      "runAs.group",
      { runAs: { user: 65_535, group: 2_000 } },
    ],
    [
      "an hour to end",
      { pod: { terminationGracePeriodSeconds: 3_600 } },
      "terminationGracePeriodSeconds",
      "terminationGracePeriodSeconds",
      { terminationGracePeriodSeconds: 3_600 },
    ],
    ["pods apart", apart(OWN), "[0].topologyKey", "placement.spread", { placement: { spread: { nodes: "Apart" } } }],
    [
      "amounts in the user's notation",
      { container: { resources: { requests: { cpu: 2, memory: "1e9" }, limits: { memory: "1.5Gi" } } } },
      "requests.memory",
      "resources.requests.memory",
      { resources: { requests: { cpu: 2, memory: "1e9" }, limits: { memory: "1.5Gi" } } },
    ],
  ])("%s", (_, changed, path, field, spec) => {
    const conversion = converted(app(changed));
    expect(verdictOf(conversion, path)).toBe(`kept: ${field}`);
    expect(specOf(conversion)).toMatchObject(spec);
    expect(decisionsOf(conversion)).toEqual([]);
    expect(isTaken(conversion)).toBe(true);
  });

  test("names of ports, of probes and hooks, unless the port is only scraped", () => {
    const probe = (port: string) => ({ httpGet: { path: "/", port } });
    const conversion = converted(
      app({
        container: {
          ports: [
            { name: "http", containerPort: 8080 },
            { name: "metrics", containerPort: 9090 },
          ],
          readinessProbe: probe("http"),
          livenessProbe: probe("metrics"),
          lifecycle: { postStart: probe("http") },
        },
        annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "9090" },
      }),
      service("web", { ports: [{ port: 80, targetPort: "http" }] }),
    );
    expect(specOf(conversion)).toMatchObject({
      ports: [{ name: "http", port: 8080 }],
      probes: { readiness: { httpGet: { port: "http" } }, liveness: { httpGet: { port: 9090 } } },
      lifecycle: { postStart: { httpGet: { port: "http" } } },
    });
    expect(isTaken(conversion)).toBe(true);
  });

  test("the Host of a probe, and no credential", () => {
    const httpHeaders = [
      { name: "Host", value: "shop.example.com" },
      { name: "Authorization", value: "Basic eA==" },
    ];
    const conversion = converted(
      app({ container: { livenessProbe: { httpGet: { path: "/", port: 80, httpHeaders } } } }),
    );
    expect(specOf(conversion)).toMatchObject({
      probes: { liveness: { httpGet: { headers: [{ name: "Host", value: "shop.example.com" }] } } },
    });
    expect(JSON.stringify(specOf(conversion))).not.toContain("eA==");
  });

  test("every name that callers use, and the governing Service of a StatefulSet", () => {
    const own = { selector: { app: "web" }, ports: [{ port: 3306 }] };
    const stateful = (serviceName: string): KubeObject =>
      app({ kind: "StatefulSet", container: { ports: [{ containerPort: 3306 }] }, spec: { serviceName } });
    const governed = converted(
      stateful("web"),
      service("web", { ...own, clusterIP: "None" }),
      service("web-read", own),
      service("all", { ...own, clusterIP: "None" }),
    );
    expect(specOf(governed)["serviceNames"]).toEqual([
      { name: "web", governs: true },
      { name: "web-read" },
      { name: "all", headless: true },
    ]);
    expect(verdictOf(governed, "serviceName")).toBe("kept: serviceNames");
    expect(decisionsOf(governed)?.join("")).not.toContain("serviceNames");
    expect(isTaken(governed)).toBe(true);
    const plain = converted(stateful("gone"), service("other", own));
    expect(specOf(plain)["serviceNames"]).toEqual([{ name: "other" }]);
    expect(verdictOf(plain, "serviceName")).toBe("replaced: a headless Service of the workload's own");
    const palisades = converted(stateful("web-pods"), service("web-pods", { ...own, clusterIP: "None" }));
    expect(specOf(palisades)["serviceNames"]).toBeUndefined();
  });

  test("a name that no Service of ours can have, or that leads to two workloads, is told", () => {
    const own = { selector: { app: "web" }, ports: [{ port: 80 }] };
    const conversion = converted(
      app({ container: { ports: [{ containerPort: 80 }] } }),
      service("web", own),
      service("other-pods", own),
    );
    expect(specOf(conversion)["serviceNames"]).toBeUndefined();
    expect(decisionsOf(conversion)).toContain(
      "serviceNames: callers of the Service other-pods must call web, or keep that Service",
    );
    const both = { selector: { tier: "all" }, ports: [{ port: 80 }] };
    const labelled = (name: string): KubeObject => {
      const object = plainly(app({ name })) as KubeObject & { spec: { template: { metadata: object } } };
      object.spec.template.metadata = { labels: { tier: "all" } };
      return object;
    };
    const shared = converted(labelled("web"), labelled("api"), service("web", both));
    expect(specOf(shared, "api")["serviceNames"]).toBeUndefined();
    expect(decisionsOf(shared, "api")?.join("\n")).toContain("the Service web led to api too, and is web's alone now");
  });

  test("what is spoken on a port, and that clients stay at one pod", () => {
    const conversion = converted(
      app({ container: { ports: [{ containerPort: 80 }] } }),
      service("web", {
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
        ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }],
      }),
    );
    expect(specOf(conversion)).toMatchObject({
      ports: [{ port: 80, appProtocol: "kubernetes.io/h2c" }],
      sessionAffinity: "ClientIP",
    });
    expect(verdictOf(conversion, "timeoutSeconds")).toBe("kept: sessionAffinity");
    expect(verdictOf(conversion, "appProtocol")).toBe("kept: ports");
  });

  test("the user of a container beside the first, only where it differs", () => {
    const beside = ["a", "b", "c"].map((name) => ({ name, image: "registry.example.com/shop/b:1" }));
    const [same, other, root] = beside;
    const { spec } = app({
      container: { securityContext: { runAsUser: 1_000 } },
      pod: { securityContext: { runAsUser: 2_000, runAsGroup: 3_000 } },
    }) as unknown as { spec: { template: { spec: { containers: Fields[] } } } };
    spec.template.spec.containers.push(
      { ...same, securityContext: { runAsUser: 1_000 } },
      { ...other },
      { ...root, securityContext: { runAsUser: 0 } },
    );
    const conversion = converted({ ...app({}), spec } as KubeObject);
    expect(specOf(conversion)).toMatchObject({
      runAs: { user: 1_000, group: 3_000 },
      containers: [{ name: "a" }, { name: "b", runAs: { user: 2_000, group: 3_000 } }, { name: "c" }],
    });
    expect(specOf(conversion)["containers"]).toEqual([
      expect.not.objectContaining({ runAs: expect.anything() }),
      expect.anything(),
      expect.not.objectContaining({ runAs: expect.anything() }),
    ]);
    expect(verdictOf(conversion, "containers[3].securityContext.runAsUser")).toBe("fixed: rule non-root");
  });

  test("each directory of a claim in its own container, once", () => {
    const mount = (mountPath: string, subPath: string) => ({ name: "data", mountPath, subPath });
    const conversion = converted(
      app({
        kind: "StatefulSet",
        container: { volumeMounts: [mount("/var/lib/mysql", "mysql"), mount("/backup", "backup")] },
        pod: {
          initContainers: [
            { name: "clone", image: "registry.example.com/shop/c:1", volumeMounts: [mount("/var/lib/mysql", "mysql")] },
          ],
        },
        spec: {
          volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { resources: { requests: { storage: "1Gi" } } } }],
        },
      }),
    );
    expect(specOf(conversion)).toMatchObject({
      claims: [{ name: "data", path: "/var/lib/mysql", subPath: "mysql", size: "1Gi" }],
      containers: [{ claims: [{ name: "data", path: "/var/lib/mysql", subPath: "mysql" }] }],
    });
    expect(decisionsOf(conversion)).toEqual([expect.stringMatching(/claims\[data\]: was mounted at \/backup too/)]);
    expect(isTaken(conversion)).toBe(true);
  });

  test("a label or an annotation that the pod will not have is the value that it had", () => {
    const conversion = converted(
      app({
        container: {
          env: [
            { name: "A", ...fieldRef("metadata.labels['app']") },
            { name: "B", ...fieldRef("metadata.annotations['tier']") },
          ],
        },
        annotations: { tier: "gold" },
      }),
    );
    expect(specOf(conversion)["env"]).toEqual([
      { name: "A", value: "web" },
      { name: "B", value: "gold" },
    ]);
  });
});

describe("a decision is a person's", () => {
  test.each<[string, App, RegExp]>([
    [
      "the address of the node",
      { container: { env: [{ name: "A", ...fieldRef("status.hostIP") }] } },
      /env\[A\]: was status\.hostIP.*access\.outbound/,
    ],
    [
      "an amount of another container",
      {
        container: {
          env: [{ name: "A", valueFrom: { resourceFieldRef: { containerName: "b", resource: "limits.cpu" } } }],
        },
      },
      /env\[A\]: was limits\.cpu of b/,
    ],
    [
      "a relative working directory",
      { container: { workingDir: "app" } },
      /^workingDir: was app; write it as an absolute/,
    ],
    [
      "a user beyond 65535",
      { container: { securityContext: { runAsUser: 1_000_680_000 } } },
      /^runAs\.user: was 1000680000/,
    ],
    ["more than an hour to end", { pod: { terminationGracePeriodSeconds: 7_200 } }, /was 7200; pods have at most 3600/],
    ["no amount", { container: { resources: { requests: { cpu: "much" } } } }, /requests\.cpu: much is no amount/],
    ["an amount of nothing", { container: { resources: { requests: { cpu: "0" } } } }, /requests\.cpu: 0 is too small/],
    [
      "a single file of the pod's own fields",
      volume({ downwardAPI: { items: [{ path: "l", fieldRef: { fieldPath: "metadata.labels" } }] } }, { subPath: "l" }),
      /files\[\/v\]: was the single file l/,
    ],
    [
      "a directory outside of the volume",
      volume({ persistentVolumeClaim: { claimName: "data" } }, { subPath: "../other" }),
      /claims\[v\]: was \.\.\/other of the volume/,
    ],
    [
      "pods away from those of others",
      apart({ ...OWN, labelSelector: { matchLabels: { app: "db" } } }),
      /kept pods away/,
    ],
  ])("%s", (_, changed, said) => {
    const conversion = converted(app(changed));
    expect(decisionsOf(conversion)).toEqual([expect.stringMatching(said)]);
    expect(conversion.ledger.filter(({ verdict }) => verdict === "unclaimed")).toEqual([]);
    expect(isTaken(conversion)).toBe(true);
  });
});

test("directories of one volume are shared by those that mount the same", () => {
  const container = (name: string, ...mounts: readonly (readonly [string, string | undefined])[]) => ({
    name,
    image: "registry.example.com/shop/b:1",
    volumeMounts: mounts.map(([mountPath, subPath]) => ({ name: "v", mountPath, subPath })),
  });
  const of = (...containers: readonly Fields[]) =>
    converted(app({ pod: { containers, volumes: [{ name: "v", emptyDir: {} }] } }));
  expect(specOf(of(container("web", ["/a", ""])))["scratch"]).toContainEqual({ path: "/a" });
  const split = of(container("web", ["/a", "a"], ["/b", "B_x"]), container("log", ["/logs", "a"]));
  expect(specOf(split)).toMatchObject({
    scratch: [{ path: "/a", name: "v-a" }, { path: "/b" }, { path: "/tmp" }],
    containers: [{ scratch: [{ path: "/logs", name: "v-a" }] }],
  });
  const whole = of(container("web", ["/a", "a"]), container("log", ["/all", undefined]));
  expect(decisionsOf(whole)).toEqual([expect.stringContaining("was a of a directory that is mounted whole elsewhere")]);
});
