/** Live, against a server that lists, patches and logs as the API server does: how pods are entered, and what their watchers told. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { typeAtDesk, writeDeskKubeconfig } from "../../../test/support/desk.ts";
import { aPod, CLUSTER } from "../../../test/support/learned.ts";
import { type Sighting, sayLine } from "../../learn/sightings.ts";
import { checkPod } from "../../policies/index.ts";
import { ephemeralContainer, identityFor } from "./watchers.ts";

const MAIN = join(import.meta.dirname, "..", "..", "main.ts");

interface Patched {
  readonly pod: string;
  readonly container: { readonly name: string; readonly args: readonly string[]; readonly securityContext: object };
}

let folder: string;
let server: Server;
let patched: Patched[];
let objects: readonly KubeObject[];
/** By the name of the pod, what each of its watchers prints, in the order in which they were started. */
let logs: Readonly<Record<string, readonly (readonly Sighting[])[]>>;
let refused: Readonly<Record<string, string>>;
/** The pod whose log nobody may read. */
let unreadable: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-live-"));
  patched = [];
  objects = CLUSTER;
  logs = {};
  refused = {};
  unreadable = "";
  server = createServer(async (request, response) => {
    const { status, body } = await answer(request);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json" }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  writeDeskKubeconfig(join(folder, "kubeconfig"), (server.address() as AddressInfo).port);
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const KINDS: Readonly<Record<string, string>> = {
  "/api/v1/pods": "Pod",
  "/api/v1/services": "Service",
  "/api/v1/nodes": "Node",
  "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices": "EndpointSlice",
};

async function answer(request: IncomingMessage): Promise<{ readonly status: number; readonly body: unknown }> {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://server");
  const kind = KINDS[pathname];
  if (kind !== undefined)
    return {
      status: 200,
      body: { metadata: { resourceVersion: "1" }, items: objects.filter((one) => one.kind === kind) },
    };
  const [, pod = "", subresource] =
    /^\/api\/v1\/namespaces\/shop\/pods\/([^/]+)\/(log|ephemeralcontainers)$/.exec(pathname) ?? [];
  if (subresource === "ephemeralcontainers") return await enter(pod, request);
  if (subresource === "log" && pod === unreadable) return forbidden("cannot get pods/log");
  if (subresource === "log") return { status: 200, body: logOf(pod, searchParams.get("container") ?? "") };
  if (pathname.endsWith("/selfsubjectaccessreviews")) return { status: 201, body: { status: { allowed: false } } };
  if (pathname.endsWith("/selfsubjectreviews"))
    return { status: 201, body: { status: { userInfo: { username: "jane@example.com" } } } };
  return { status: 404, body: { kind: "Status", code: 404, reason: "NotFound" } };
}

const forbidden = (message: string) => ({
  status: 403,
  body: { kind: "Status", code: 403, reason: "Forbidden", message },
});

async function enter(pod: string, request: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { spec } = JSON.parse(Buffer.concat(chunks).toString());
  const why = refused[pod];
  if (why !== undefined) return forbidden(why);
  patched.push({ pod, container: spec.ephemeralContainers[0] });
  return { status: 200, body: {} };
}

function logOf(pod: string, container: string): string {
  const own = patched.filter((one) => one.pod === pod).map((one) => one.container.name);
  return (logs[pod]?.[own.indexOf(container)] ?? [END]).map((one) => `${sayLine(one)}\n`).join("");
}

const END: Sighting = { saw: "end" };
const called = (peer: string, port: number): Sighting => ({
  saw: "connection",
  connection: { direction: "out", peer, port },
});
const WEB = "web-7d9f8b6c5-x2v4q";
const API = "api-7d9f8b6c5-x2v4q";

const learn = (line: string) =>
  typeAtDesk([
    "learn",
    "-n",
    "shop",
    "--for",
    "6s",
    "--image",
    "p:1",
    "--kubeconfig",
    join(folder, "kubeconfig"),
    ...line.split(" "),
  ]);

describe("live", () => {
  test("enters each pod of the namespace once, and compares what their watchers told", async () => {
    logs = {
      [WEB]: [[called("10.96.0.7", 5432), called("10.96.0.6", 80), END]],
      [API]: [[called("10.96.0.1", 443), END]],
    };
    const draft = join(folder, "web.yaml");
    const spec = { image: "a:1", access: { outbound: [{ workload: "db", port: 5432 }] } };
    writeFileSync(
      draft,
      JSON.stringify({ apiVersion: "palisade.dev/v1alpha1", kind: "SecureWorkload", metadata: { name: "web" }, spec }),
    );
    const { code, stdout } = await learn(`-f ${draft}`);
    expect(stdout).toContain("declared and seen: 1\n  web -> db:5432");
    expect(stdout).toMatch(/seen, not declared: 1\n {2}web -> api:8080/);
    expect(code).toBe(1);
    const pods = objects.filter(({ kind, metadata }) => kind === "Pod" && metadata.namespace === "shop");
    expect(patched.map(({ pod }) => pod).sort()).toEqual(pods.map(({ metadata }) => metadata.name).sort());
    for (const { container } of patched) expect(container.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    expect(new Set(patched.map(({ container }) => container.name)).size).toBe(1);
  }, 120_000);

  test("goes a second time for files, as the user that the program has, and never as root", async () => {
    const user = (id: number): Sighting => ({ saw: "user", user: id, group: 7 });
    logs = {
      [WEB]: [
        [user(1001), END],
        [{ saw: "write", directory: "/var/cache", hides: false }, END],
      ],
      [API]: [[user(0), END]],
    };
    const { stdout, stderr } = await learn("--writes");
    const second = patched.filter(({ pod }) => pod === WEB)[1]?.container;
    expect(second?.securityContext).toMatchObject({ runAsUser: 1001, runAsGroup: 7, runAsNonRoot: true });
    expect(second?.args).toContain("--files-only");
    expect(patched.filter(({ pod }) => pod === API)).toHaveLength(1);
    expect(stdout).toContain("directories that are written: 1\n  web: /var/cache, not declared");
    expect(stderr).toContain(`not seen: files of pod ${API}: its program runs as root`);
  }, 120_000);

  test("says which pods cannot be entered, and why", async () => {
    refused = { [WEB]: 'pods "web" is forbidden: jane cannot patch resource "pods/ephemeralcontainers"' };
    const host = aPod("agent", "10.0.0.7", { spec: { hostNetwork: true } });
    const limits = { limits: { memory: "64Mi" } };
    const tight = aPod("tight", "10.244.0.40", {
      spec: { containers: [{ name: "main", resources: limits }] },
      status: { phase: "Running", qosClass: "Guaranteed", podIPs: [{ ip: "10.244.0.40" }] },
    });
    const labels = { "palisade.dev/workload": "front" };
    const guarded = aPod("front-1", "10.244.0.41", {
      metadata: { name: "front-1", namespace: "shop", uid: "g", labels },
    });
    objects = [...CLUSTER, host, tight, guarded];
    unreadable = API;
    const { stderr } = await learn("-o json");
    expect(stderr).toContain('cannot patch resource "pods/ephemeralcontainers"');
    expect(stderr).toMatch(new RegExp(`pod ${API}: .*cannot get pods/log`));
    expect(stderr).toContain("pod agent: it has the network of its node");
    expect(stderr).toContain("pod tight: its memory limit leaves no room for a watcher");
    expect(stderr).toMatch(
      /SecureWorkload front, in which admission allows no ephemeral container.*breakGlass: \{ user: jane@example.com \}/,
    );
    expect(patched.map(({ pod }) => pod)).not.toContain("front-1");
  }, 120_000);

  test("tells what it has seen when somebody stops it, and writes it", async () => {
    logs = { [WEB]: [[called("10.96.0.7", 5432)]] };
    const args = ["--for", "10m", "--image", "p:1", "--kubeconfig", join(folder, "kubeconfig")];
    const child = spawn(process.execPath, [MAIN, "learn", "-n", "shop", ...args]);
    let stdout = "";
    let stderr = "";
    let isStopped = false;
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      // A second time would end it at once.
      if (!isStopped && stderr.includes(" s left")) isStopped = child.kill("SIGINT");
    });
    const [code] = await once(child, "close");
    expect(stdout).toContain("web -> db:5432");
    expect(stderr).toContain("what happened after it was stopped");
    expect(code).toBe(1);
  }, 120_000);

  test("asks for the image where the installation's cannot be seen", async () => {
    const line = ["learn", "-n", "shop", "--for", "6s", "--kubeconfig", join(folder, "kubeconfig")];
    const { code, stderr } = await typeAtDesk(line);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--image: say which image")]);
  });
});

describe("a watcher's container", () => {
  const plan = { name: "palisade-learn-1", image: "registry.example.com/palisade:1", seconds: 60, writes: true };
  const pod = (securityContext: object, own: object = {}): KubeObject =>
    aPod("web", "10.244.0.5", { spec: { securityContext, containers: [{ name: "main", securityContext: own }] } });

  test("obeys every rule that containers of workloads obey but for the place that it takes", () => {
    const container = ephemeralContainer(pod({ runAsUser: 1000 }), plan);
    const { targetContainerName: _target, ...rest } = container as Readonly<Record<string, unknown>>;
    const broken = checkPod({ ephemeralContainers: [rest], containers: [] } as never)
      .filter(({ path }) => path.startsWith("ephemeralContainers"))
      .map(({ policy }) => policy);
    // It is one, and it shares the limits of the pod.
    expect([...new Set(broken)].sort()).toEqual(["no-ephemeral-containers", "resource-limits"]);
    expect(JSON.stringify(container)).not.toMatch(/volumeMounts|privileged/);
  });

  test.each([
    ["the pod's user and group", pod({ runAsUser: 1000, runAsGroup: 2000 }), true, { user: 1000, group: 2000 }],
    [
      "the runtime says, before what the pod does",
      {
        ...pod({ runAsUser: 1000 }),
        status: { containerStatuses: [{ name: "main", user: { linux: { uid: 1000, gid: 0 } } }] },
      },
      true,
      { user: 1000, group: 0 },
    ],
    ["the container's before the pod's", pod({ runAsUser: 1000 }, { runAsUser: 5 }), true, { user: 5, group: 5 }],
    ["its own where files are not asked for", pod({ runAsUser: 1000 }), false, { user: 65532, group: 65532 }],
    ["its own where the pod says none", pod({}), true, { user: 65532, group: 65532 }],
    ["its own where the pod says root", pod({ runAsUser: 0 }), true, { user: 65532, group: 65532 }],
  ])("runs as %s", (_what, one, writes, expected) => {
    expect(identityFor(one, { ...plan, writes })).toEqual(expected);
  });
});
