/** What runs in a namespace is converted as its manifests would be: against a server that lists as the API server does. */
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { serveAtDesk, stopServing, typeAtDesk, writeDeskKubeconfig } from "../../test/support/desk.ts";

let folder: string;
let server: Server;
let asked: string[];
/** By the path that lists; what is not here is a kind that the cluster does not serve. */
let lists: Readonly<Record<string, object | number>>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-live-"));
  asked = [];
  server = await serveAtDesk(join(folder, "kubeconfig"), ({ url = "" }, response) => {
    const path = url.split("?")[0] ?? "";
    asked.push(path);
    const list = lists[path] ?? 404;
    const status = typeof list === "number" ? list : 200;
    const body = typeof list === "number" ? { kind: "Status", code: list, reason: "Forbidden" } : list;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
});

afterEach(async () => {
  await stopServing(server);
  rmSync(folder, { recursive: true });
});

const convertLive = () =>
  typeAtDesk(["convert", "--from-cluster", "-n", "shop", "--kubeconfig", join(folder, "kubeconfig")]);

const listOf = (kind: string, ...items: readonly object[]) => ({
  kind: `${kind}List`,
  metadata: { resourceVersion: "1" },
  items,
});
const labels = { app: "web" };
const pod = { containers: [{ name: "web", image: "registry.example.com/shop/web:1.4.2" }] };
const deployment = {
  metadata: { name: "web", namespace: "shop", uid: "u", resourceVersion: "7", managedFields: [{ manager: "kubectl" }] },
  spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
  status: { readyReplicas: 2 },
};
const made = {
  metadata: {
    name: "web-1",
    namespace: "shop",
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "u", controller: true }],
  },
  spec: pod,
};

test("a Deployment is converted, what its controllers make is not, and no Secret is asked for", async () => {
  lists = {
    "/apis/apps/v1/namespaces/shop/deployments": listOf("Deployment", deployment),
    "/api/v1/namespaces/shop/pods": listOf("Pod", made),
  };
  const { code, stdout, stderr } = await convertLive();
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain("name: web\n");
  expect(stdout).not.toContain("web-1");
  expect(asked.join()).not.toContain("secrets");
});

test("the namespace is the context's unless one is given, and files have no place beside it", async () => {
  writeDeskKubeconfig(join(folder, "kubeconfig"), (server.address() as AddressInfo).port, "back");
  lists = {};
  const words = ["convert", "--from-cluster", "--kubeconfig", join(folder, "kubeconfig")];
  const { code, stderr } = await typeAtDesk(words);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("nothing in namespace back runs pods") });
  expect(asked).toContain("/apis/apps/v1/namespaces/back/deployments");
  const both = await typeAtDesk([...words, "-f", "manifests"]);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("--from-cluster: takes no -f beside it") });
});

test("a kind that may not be listed is told, and the rest goes on", async () => {
  lists = {
    "/apis/apps/v1/namespaces/shop/deployments": listOf("Deployment", deployment),
    "/api/v1/namespaces/shop/configmaps": 403,
  };
  const { code, stderr } = await convertLive();
  expect(code).toBe(1);
  expect(stderr).toContain("configmaps:1 may not be listed: left out");
});
