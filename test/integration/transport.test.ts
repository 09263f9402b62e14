/** The transport and the client against a real API server, directly and through a proxy that breaks what passes. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApiError,
  type Client,
  type Connection,
  createClient,
  createTransport,
  inClusterConnection,
  isAlreadyExists,
  isConflict,
  isGone,
  isInvalid,
  isNotFound,
  type KubeObject,
  kubeconfigConnection,
  type Resource,
  type Transport,
  type TransportOptions,
} from "kopf-ts";
import { Registry } from "prom-client";
import { until } from "../cluster/index.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";
import {
  CONFIG_MAP,
  configMap,
  connectionThrough,
  createNamespace,
  directClient,
  startProxyFor,
  versionOf,
} from "../support/followed-cache.ts";
import { useCluster } from "../support/use-palisade.ts";

const DEPLOYMENT: Resource = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};
const ROLE: Resource = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "Role",
  plural: "roles",
  namespaced: true,
};
const BUSY = { kind: "status", status: 429, reason: "TooManyRequests", retryAfterSeconds: 1 } as const;
const GET = { method: "GET" } as const;
const POST = { method: "POST" } as const;

let direct: Client;
let namespace: string;
let proxy: FaultProxy;
const transports: Transport[] = [];

const { cluster } = useCluster({ state: "bare" });

beforeAll(async () => {
  direct = await directClient(cluster);
  namespace = await createNamespace(direct, "transport");
});

afterAll(() => direct?.transport.close());

beforeEach(async () => {
  proxy = await startProxyFor(cluster);
});

afterEach(async () => {
  for (const transport of transports.splice(0)) await transport.close();
  await proxy.close();
});

async function transportThrough(
  options: TransportOptions = {},
  overrides: Partial<Connection> = {},
): Promise<Transport> {
  const transport = createTransport({ ...(await connectionThrough(proxy, cluster)), ...overrides }, options);
  transports.push(transport);
  return transport;
}

const clientThrough = async (options: TransportOptions = {}): Promise<Client> =>
  createClient(await transportThrough(options), "test");

const uniqueName = (): string => `object-${crypto.randomUUID().slice(0, 8)}`;

/** What `promise` rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error;
  throw new Error(`expected an ApiError, got ${String(error)}`);
}

describe("connections", () => {
  test("are at most eight for reads, thirty-two for writes and four for leases, however many requests run at once", async () => {
    const client = await clientThrough();
    const reads = Array.from({ length: 300 }, () => client.get(CONFIG_MAP, { namespace, name: "none" }));
    await Promise.all(reads);
    expect(proxy.connections().opened).toBe(8);
    const writes = Array.from({ length: 200 }, () =>
      client.create(CONFIG_MAP, configMap(namespace, uniqueName()), { dryRun: true }),
    );
    await Promise.all(writes);
    expect(proxy.connections().opened).toBe(40);
    const renewals = Array.from({ length: 20 }, () =>
      client.get(CONFIG_MAP, { namespace, name: "none" }, { pool: "lease" }),
    );
    await Promise.all(renewals);
    expect(proxy.connections()).toEqual({ opened: 44, open: 44 });
    expect(proxy.count()).toBe(520);
  });

  test("of watches are one each and hold up no read", async () => {
    const transport = await transportThrough();
    const stop = new AbortController();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const watching = Array.from({ length: 12 }, async () => {
      for await (const _ of transport.watch({ path, query: { watch: true }, signal: stop.signal }));
    });
    await until(() => proxy.streams({ watch: true }) === 12, "twelve watches");
    await transport.request({ method: "GET", path });
    expect(proxy.connections().open).toBe(13);
    stop.abort();
    await Promise.all(watching);
    await until(() => proxy.streams() === 0, "the watches to end");
  });

  test("are all closed by close, open watches included, and none is opened after it", async () => {
    const transport = await transportThrough();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const watching = (async () => {
      for await (const _ of transport.watch({ path, query: { watch: true }, signal: new AbortController().signal }));
    })();
    const ended = failureOf(watching);
    await Promise.all(Array.from({ length: 20 }, () => transport.request({ method: "GET", path })));
    await until(() => proxy.streams({ watch: true }) === 1, "the watch to open");
    await transport.close();
    await until(() => proxy.connections().open === 0, "every connection to close");
    expect((await ended).status).toBe(0);
    expect((await failureOf(transport.request({ method: "GET", path }))).message).toContain("closed");
    expect(proxy.connections().open).toBe(0);
  });

  test("are made anew when the certificate authority changes on disk", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mount-"));
    try {
      const { hostname, port } = new URL(proxy.url);
      const authorization = await (await connectionThrough(proxy, cluster)).authorization();
      writeFileSync(join(folder, "ca.crt"), readFileSync(cluster.caFile));
      writeFileSync(join(folder, "token"), (authorization ?? "").replace("Bearer ", ""));
      writeFileSync(join(folder, "namespace"), "palisade-system");
      const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
      const connection = inClusterConnection(env, folder);
      if (connection === undefined) throw new Error("no connection");
      const transport = createTransport(connection);
      transports.push(transport);
      await transport.request({ method: "GET", path: "/version" });
      expect(connection.namespace).toBe("palisade-system");
      const before = connection.tls();
      writeFileSync(join(folder, "ca.crt"), `${readFileSync(cluster.caFile, "utf8")}\n# rotated\n`);
      await until(() => connection.tls() !== before, "the new authority to be read");
      const { opened } = proxy.connections();
      await transport.request({ method: "GET", path: "/version" });
      expect(proxy.connections().opened).toBe(opened + 1);
      await until(() => proxy.connections().open === 1, "the old connections to close");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a request", () => {
  test("waits as long as the server asks when it is busy, and then succeeds", async () => {
    const client = await clientThrough();
    proxy.inject(BUSY, { ...GET });
    proxy.inject(BUSY, { ...POST });
    const startedMs = performance.now();
    await client.get(CONFIG_MAP, { namespace, name: "none" });
    await client.create(CONFIG_MAP, configMap(namespace, uniqueName()));
    expect(performance.now() - startedMs).toBeGreaterThan(2_000);
    expect(proxy.count(GET)).toBe(2);
    expect(proxy.count(POST)).toBe(2);
  });

  test("tells at once how long to wait when that is past its deadline", async () => {
    const transport = await transportThrough();
    proxy.inject({ ...BUSY, retryAfterSeconds: 60 });
    const error = await failureOf(transport.request({ method: "GET", path: "/version", deadlineMs: 5_000 }));
    expect(error).toMatchObject({ status: 429, retryAfterMs: 60_000 });
    expect(proxy.count()).toBe(1);
  });

  test.each([409, 500])("is not sent again after a %i", async (status) => {
    const client = await clientThrough();
    proxy.inject({ kind: "status", status, reason: "Injected" });
    const error = await failureOf(client.create(CONFIG_MAP, configMap(namespace, uniqueName())));
    expect(error.status).toBe(status);
    expect(proxy.count()).toBe(1);
  });

  test("is sent once more after a broken connection when it only reads", async () => {
    const client = await clientThrough();
    const name = uniqueName();
    await direct.create(CONFIG_MAP, configMap(namespace, name));
    proxy.inject({ kind: "cut", afterBytes: 50 });
    expect(await client.get(CONFIG_MAP, { namespace, name })).toMatchObject({ metadata: { name } });
    expect(proxy.count()).toBe(2);
    proxy.inject({ kind: "cut", afterBytes: 50 }, { times: 2 });
    expect(await failureOf(client.get(CONFIG_MAP, { namespace, name }))).toMatchObject({ status: 0 });
    expect(proxy.count()).toBe(4);
  });

  test("that writes is never sent again when its answer is lost, for the server has done it", async () => {
    const client = await clientThrough();
    const name = uniqueName();
    proxy.inject({ kind: "lost-answer" });
    expect(await failureOf(client.create(CONFIG_MAP, configMap(namespace, name)))).toMatchObject({ status: 0 });
    expect(proxy.count(POST)).toBe(1);
    expect(await direct.get(CONFIG_MAP, { namespace, name })).toBeDefined();
  });

  test("ends at its deadline when no answer comes, and takes its connection with it", async () => {
    const transport = await transportThrough();
    proxy.inject({ kind: "delay", ms: 60_000 });
    const error = await failureOf(transport.request({ method: "GET", path: "/version", deadlineMs: 300 }));
    expect(error).toMatchObject({ status: 0, reason: "Timeout" });
    await until(() => proxy.connections().open === 0, "the connection to close");
  });

  test("ends when its caller gives up, and when the signal of its transport aborts", async () => {
    const transport = await transportThrough();
    proxy.inject({ kind: "delay", ms: 60_000 }, { times: 2 });
    const own = new AbortController();
    const fence = new AbortController();
    const first = failureOf(transport.request({ method: "GET", path: "/version", signal: own.signal }));
    const fenced = transport.withAbort(fence.signal);
    const second = failureOf(fenced.request({ method: "PUT", path: "/version", body: {} }));
    await until(() => proxy.count() === 2, "both requests to arrive");
    own.abort();
    fence.abort();
    expect(await first).toMatchObject({ status: 0, reason: "Aborted" });
    expect(await second).toMatchObject({ status: 0, reason: "Aborted" });
    expect(await failureOf(fenced.request({ method: "PUT", path: "/version", body: {} }))).toMatchObject({
      reason: "Aborted",
    });
    expect(proxy.count()).toBe(2);
    await transport.request({ method: "GET", path: "/version" });
  });

  test("reads its credentials once more when they are refused", async () => {
    const { authorization } = await connectionThrough(proxy, cluster);
    const asked: boolean[] = [];
    const transport = await transportThrough(
      {},
      {
        authorization: (refresh = false) => {
          asked.push(refresh);
          return refresh ? authorization() : Promise.resolve("Bearer outdated");
        },
      },
    );
    await transport.request({ method: "GET", path: `/api/v1/namespaces/${namespace}/configmaps` });
    expect(asked).toEqual([false, true]);
    const watch = transport.watch({
      path: `/api/v1/namespaces/${namespace}/configmaps`,
      query: { watch: true, timeoutSeconds: 1 },
      signal: new AbortController().signal,
    });
    for await (const _ of watch);
    expect(asked).toEqual([false, true, false, true]);
  });

  test("is refused for good when fresh credentials are refused too", async () => {
    const transport = await transportThrough({}, { authorization: () => Promise.resolve("Bearer secret-token") });
    const error = await failureOf(transport.request({ method: "GET", path: "/api/v1/nodes" }));
    expect(error.status).toBe(401);
    expect(proxy.count()).toBe(2);
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain("secret-token");
  });

  test("is counted with its code, method and host", async () => {
    const registry = new Registry();
    const client = await clientThrough({ registry });
    await client.get(CONFIG_MAP, { namespace, name: "none" });
    await client.create(CONFIG_MAP, configMap(namespace, uniqueName()));
    proxy.inject({ kind: "lost-answer" });
    await failureOf(client.create(CONFIG_MAP, configMap(namespace, uniqueName())));
    const { host } = new URL(proxy.url);
    const text = await registry.metrics();
    expect(text).toContain(`rest_client_requests_total{code="404",method="GET",host="${host}"} 1`);
    expect(text).toContain(`rest_client_requests_total{code="201",method="POST",host="${host}"} 1`);
    expect(text).toContain(`rest_client_requests_total{code="<error>",method="POST",host="${host}"} 1`);
    expect(text).toContain(`rest_client_request_duration_seconds_count{verb="POST",host="${host}"} 2`);
  });
});

describe("an error", () => {
  test("names method, path, code and the server's reason", async () => {
    const name = uniqueName();
    await direct.create(CONFIG_MAP, configMap(namespace, name));
    const error = await failureOf(direct.create(CONFIG_MAP, configMap(namespace, name)));
    expect(error.message).toBe(
      `POST /api/v1/namespaces/${namespace}/configmaps: 409 AlreadyExists: configmaps "${name}" already exists`,
    );
    expect(isAlreadyExists(error)).toBe(true);
    expect(isConflict(error)).toBe(false);
  });

  test("holds nothing of an answer that is not whole JSON", async () => {
    const client = await clientThrough();
    const name = uniqueName();
    const secret = { ...configMap(namespace, name), data: { password: "hunter2-hunter2" } };
    await direct.create(CONFIG_MAP, secret);
    proxy.inject({ kind: "cut", afterBytes: 400 }, { times: 2 });
    const error = await failureOf(client.get(CONFIG_MAP, { namespace, name }));
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain("hunter2");
  });

  test("says that a version is no longer kept", async () => {
    const transport = await transportThrough();
    proxy.inject({ kind: "status", status: 410, reason: "Expired" }, { watch: true });
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const watch = transport.watch({ path, query: { watch: true }, signal: new AbortController().signal });
    const reading = (async () => {
      for await (const _ of watch);
    })();
    expect(isGone(await failureOf(reading))).toBe(true);
  });

  test("is thrown for half an event, and none of it is delivered", async () => {
    const transport = await transportThrough();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const name = uniqueName();
    proxy.inject({ kind: "half-line" }, { watch: true });
    const watch = transport.watch({
      path,
      query: { watch: true, resourceVersion: "0", fieldSelector: `metadata.name=${name}` },
      signal: new AbortController().signal,
    });
    const seen: unknown[] = [];
    const reading = failureOf(
      (async () => {
        for await (const events of watch) seen.push(...events);
      })(),
    );
    await until(() => proxy.streams({ watch: true }) === 1, "the watch to open");
    await direct.create(CONFIG_MAP, configMap(namespace, name));
    expect(await reading).toMatchObject({ status: 0, reason: "Broken" });
    expect(seen).toEqual([]);
  });
});

describe("the client", () => {
  test("reads undefined for what does not exist, and tells a deletion from nothing to delete", async () => {
    const name = uniqueName();
    expect(await direct.get(CONFIG_MAP, { namespace, name })).toBeUndefined();
    expect(await direct.delete(CONFIG_MAP, { namespace, name })).toBe(false);
    await direct.create(CONFIG_MAP, configMap(namespace, name));
    const stale = await failureOf(direct.delete(CONFIG_MAP, { namespace, name }, { uid: crypto.randomUUID() }));
    expect(isConflict(stale)).toBe(true);
    expect(await direct.delete(CONFIG_MAP, { namespace, name })).toBe(true);
  });

  test("lists every page, and says of each item what it is", async () => {
    const labels = { list: uniqueName() };
    const names = Array.from({ length: 25 }, uniqueName);
    await Promise.all(names.map((name) => direct.create(CONFIG_MAP, configMap(namespace, name, "0", labels))));
    const { items, resourceVersion } = await direct.list(CONFIG_MAP, {
      namespace,
      labelSelector: `list=${labels.list}`,
      limit: 10,
    });
    expect(items.map(({ metadata }) => metadata.name).sort()).toEqual([...names].sort());
    expect(items[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
    expect(resourceVersion).toMatch(/^\d+$/);
  });

  test("writes under its field manager, and refuses fields that the server does not know", async () => {
    const name = uniqueName();
    const written = await direct.apply(CONFIG_MAP, configMap(namespace, name, "1"));
    expect(written.metadata.managedFields?.[0]).toMatchObject({ manager: "test", operation: "Apply" });
    const mistaken = { ...configMap(namespace, uniqueName()), dta: { value: "1" } };
    expect((await failureOf(direct.create(CONFIG_MAP, mistaken))).message).toContain("dta");
    expect((await failureOf(direct.apply(CONFIG_MAP, mistaken))).message).toContain("dta");
  });

  test("replaces one version only, when the object names it", async () => {
    const name = uniqueName();
    const first = await direct.create(CONFIG_MAP, configMap(namespace, name));
    await direct.replace(CONFIG_MAP, { ...first, data: { value: "1" } });
    expect(isConflict(await failureOf(direct.replace(CONFIG_MAP, { ...first, data: { value: "2" } })))).toBe(true);
  });

  test("stores nothing in a dry run", async () => {
    const name = uniqueName();
    await direct.apply(CONFIG_MAP, configMap(namespace, name), { dryRun: true });
    expect(await direct.get(CONFIG_MAP, { namespace, name })).toBeUndefined();
  });

  test("applies without force only what nobody else owns", async () => {
    const name = uniqueName();
    const other = createClient(direct.transport, "other");
    await other.apply(CONFIG_MAP, configMap(namespace, name, "1"));
    expect(
      isConflict(await failureOf(direct.apply(CONFIG_MAP, configMap(namespace, name, "2"), { force: false }))),
    ).toBe(true);
    expect(await direct.apply(CONFIG_MAP, configMap(namespace, name, "2"))).toMatchObject({ data: { value: "2" } });
  });

  test("patches by merge, by JSON Patch and strategically", async () => {
    const name = uniqueName();
    await direct.create(CONFIG_MAP, configMap(namespace, name));
    const target = { namespace, name };
    await direct.patch(CONFIG_MAP, target, { data: { merge: "1" } }, { type: "merge" });
    await direct.patch(CONFIG_MAP, target, [{ op: "add", path: "/data/json", value: "2" }], { type: "json" });
    const patched = await direct.patch(CONFIG_MAP, target, { data: { strategic: "3" } }, { type: "strategic" });
    expect(patched.data).toEqual({ value: "0", merge: "1", json: "2", strategic: "3" });
  });

  test("keeps capitals and colons in a name", async () => {
    const role: KubeObject = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { namespace, name: "My:Role" },
    };
    await direct.create(ROLE, role);
    expect(await direct.get(ROLE, { namespace, name: "My:Role" })).toMatchObject({ metadata: { name: "My:Role" } });
    expect(await direct.get(ROLE, { namespace, name: "my:role" })).toBeUndefined();
  });

  test("writes a status apart from the rest", async () => {
    const labels = { app: "web" };
    const spec = {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "app", image: "registry.example.com/web:1" }] } },
    };
    const name = uniqueName();
    const created = await direct.create(DEPLOYMENT, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace, name },
      spec,
    });
    expect(Number(versionOf(created))).toBeGreaterThan(0);
    const status = { conditions: [{ type: "Seen", status: "True" }] };
    const written = await direct.patch(
      DEPLOYMENT,
      { namespace, name },
      { status, spec: { replicas: 9 } },
      { type: "merge", subresource: "status" },
    );
    expect(written).toMatchObject({ status: { conditions: [{ type: "Seen" }] }, spec: { replicas: 0 } });
  });

  test("tells an invalid object from a missing one", async () => {
    const invalid = await failureOf(direct.create(CONFIG_MAP, configMap(namespace, "Not Valid")));
    expect(isInvalid(invalid)).toBe(true);
    expect(isNotFound(await failureOf(direct.create(CONFIG_MAP, configMap("no-such-namespace", uniqueName()))))).toBe(
      true,
    );
  });
});

describe("a kubeconfig", () => {
  test("says who is asking", async () => {
    const transport = createTransport(await kubeconfigConnection({ path: cluster.kubeconfig("alice") }));
    transports.push(transport);
    const review = await transport.request<{ readonly status: { readonly userInfo: { readonly username: string } } }>({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    });
    expect(review.status.userInfo.username).toBe("alice");
  });

  test("that has no such context is refused with a way out", async () => {
    await expect(kubeconfigConnection({ path: cluster.kubeconfig(), context: "none" })).rejects.toThrow("get-contexts");
  });
});
