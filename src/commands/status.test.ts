/** What `palisade status` asks an API server with the caller's rights, and what it says of what it may not read. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { pathOf } from "kopf-ts";
import { typeAtDesk, writeDeskKubeconfig } from "../../test/support/desk.ts";
import { aPodOf, aReading, aStoredWorkload, CHILDREN } from "../../test/support/workload-reading.ts";
import { ANSWERS } from "./answer-schemas.ts";
import { partsOf, resourceOfChild } from "./status/children.ts";

const WORKLOADS = "/apis/palisade.dev/v1alpha1/namespaces/shop/secureworkloads";
const PODS = "/api/v1/namespaces/shop/pods?labelSelector=palisade.dev%2Fworkload%3Dweb";
const EVENTS =
  "/apis/events.k8s.io/v1/namespaces/shop/events?fieldSelector=regarding.kind%3DSecureWorkload%2Cregarding.name%3Dweb";

const pathOfChild = (child: string): string => {
  const resource = resourceOfChild(child, "web");
  if (resource === undefined) throw new Error(`${child} is no child`);
  return pathOf(resource, { namespace: "shop", name: partsOf(child).name });
};

const listOf = (...items: readonly object[]) => ({ kind: "List", metadata: { resourceVersion: "1" }, items });

const HEALTHY: Readonly<Record<string, object | number>> = {
  [WORKLOADS]: listOf(aStoredWorkload()),
  "/apis/palisade.dev/v1alpha1/secureworkloads": listOf(aStoredWorkload(), aStoredWorkload({ name: "api" })),
  [`${WORKLOADS}/web`]: aStoredWorkload(),
  ...Object.fromEntries(CHILDREN.map((child) => [pathOfChild(child), aReading().children.get(child) ?? 404])),
  [PODS]: listOf(aPodOf("web-1"), aPodOf("web-2")),
  [EVENTS]: listOf(),
};

let folder: string;
let server: Server;
let asked: string[];
/** By path and selector; what is not here is not there. */
let answers: Readonly<Record<string, object | number>>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-status-"));
  asked = [];
  answers = HEALTHY;
  server = createServer(({ url = "", method }, response) => {
    const path = url.replace(/[?&]limit=\d+/, "").replace(/^([^?&]*)&/, "$1?");
    asked.push(`${method} ${path}`);
    const answer = answers[path] ?? 404;
    const status = typeof answer === "number" ? answer : 200;
    const body = typeof answer === "number" ? { kind: "Status", code: answer, message: "no" } : answer;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  writeDeskKubeconfig(join(folder, "kubeconfig"), port, "shop");
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const status = (...words: readonly string[]) =>
  typeAtDesk(["status", ...words, "--kubeconfig", join(folder, "kubeconfig")]);

test("a healthy workload is clean, in the context's namespace, and its JSON is of its schema", async () => {
  const { code, stdout, stderr } = await status("web", "-o", "json");
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const page = ANSWERS.WorkloadStatus.parse(JSON.parse(stdout));
  expect(page.children.map(({ standing }) => standing)).toEqual(CHILDREN.map(() => "there"));
  expect(page.pods.items.map(({ name }) => name)).toEqual(["web-1", "web-2"]);
  expect(asked.every((line) => line.startsWith("GET "))).toBe(true);
  expect(asked.join()).not.toContain("secrets");
});

test("rights that are missing are named, the rest is said, and the page is not clean", async () => {
  answers = { ...HEALTHY, [PODS]: 403, [EVENTS]: 403, [pathOfChild("Deployment/web")]: 403 };
  const { code, stdout, stderr } = await status("web", "-n", "shop", "-o", "json");
  expect(code).toBe(1);
  const page = ANSWERS.WorkloadStatus.parse(JSON.parse(stdout));
  expect(page.unread).toMatchObject([
    {
      what: "Deployment/web",
      right: "get deployments.apps",
      message: "you may not get deployments.apps in namespace shop",
    },
    { what: "pods", right: "list pods", next: "kubectl auth can-i list pods -n shop" },
    { right: "list events.events.k8s.io" },
  ]);
  expect(page.children.map(({ standing }) => standing)).toEqual(["there", "there", "there", "unread"]);
  expect(stderr).toBe("next: kubectl auth can-i get deployments.apps -n shop\n");
});

test("a part that the API server cannot give is told in its words", async () => {
  answers = { ...HEALTHY, [EVENTS]: 500 };
  const { code, stdout } = await status("web");
  expect(code).toBe(1);
  expect(stdout).toMatch(/^not read\n {2}corrections, but for the last one: .*500/m);
});

test.each<[string, readonly string[], Readonly<Record<string, number>>, RegExp]>([
  [
    "may not be read",
    ["web", "--as", "jane"],
    { [`${WORKLOADS}/web`]: 403 },
    /you may not get secureworkloads\.palisade\.dev in namespace shop\nnext: kubectl auth can-i get secureworkloads\.palisade\.dev -n shop --as jane\n/,
  ],
  [
    "is not there",
    ["web"],
    { [`${WORKLOADS}/web`]: 404 },
    /there is no SecureWorkload shop\/web\nnext: palisade status -n shop\n/,
  ],
  ["asks as nobody", ["web"], { [PODS]: 401 }, /401.*\nnext: kubectl cluster-info\n/],
  [
    "may not be listed in every namespace",
    ["-A"],
    { "/apis/palisade.dev/v1alpha1/secureworkloads": 403 },
    /may not list secureworkloads\.palisade\.dev in every namespace\nnext: kubectl auth can-i list secureworkloads\.palisade\.dev -A\n/,
  ],
  [
    "is of a kind that is not served",
    [],
    { [WORKLOADS]: 404 },
    /does not serve secureworkloads\.palisade\.dev\nnext: kubectl api-resources/,
  ],
])("nobody could look where it %s", async (_, words, changed, said) => {
  answers = { ...HEALTHY, ...changed };
  const { code, stdout, stderr } = await status(...words);
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(said);
});

test("without a name there is a row for each, of one namespace or of all", async () => {
  const one = await status();
  expect(one.code).toBe(0);
  expect(one.stdout).toMatch(/^NAME .*\nweb /);
  expect(one.stderr).toBe("next: palisade status -n shop web\n");
  const all = await status("-A");
  expect(all.stdout).toMatch(/^NAMESPACE .*\nshop +api .*\nshop +web /);
});

test("a namespace without workloads is clean", async () => {
  answers = { [WORKLOADS]: listOf() };
  const { code, stdout, stderr } = await status();
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: "",
    stderr: "there is no SecureWorkload in namespace shop\n",
  });
});

test.each([[["web", "-A"]], [["-A", "-n", "shop"]], [["web", "api"]]])("%j is wrong use", async (words) => {
  const { code, stderr } = await status(...words);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^palisade: .+\nnext: palisade status .+\n$/);
});
