/** What a report finds in the objects of a whole cluster. */
import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { UnusualCollector } from "./cluster-reading.ts";
import { imageNames, unnamedImages } from "./node-images.ts";

const NOW = Date.parse("2026-12-01T12:00:00Z");
const PIN = `sha256:${"a".repeat(64)}`;

const aNode = (name: string, images: readonly (readonly string[])[]): KubeObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name },
  status: { images: images.map((names) => ({ names })) },
});

const aPod = (name: string, namespace: string, image: string, more: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, ...more },
  spec: { nodeName: "n1", containers: [{ name: "c", image }], ephemeralContainers: [] },
});

const finish = (objects: readonly KubeObject[], isWhole = true) => {
  const collector = new UnusualCollector();
  for (const object of objects) collector.add(object);
  return collector.finish({ server: { major: 1, minor: 37 }, nowMs: NOW, isWhole });
};

const MIRROR = { annotations: { "kubernetes.io/config.mirror": "hash" } };

test("images that no pod of the node names are told, whatever comes first, and never where pods are missing", () => {
  const node = aNode("n1", [
    ["docker.io/library/nginx:1.27", `docker.io/library/nginx@${PIN}`],
    ["registry.example.com/miner:latest"],
    ["registry.k8s.io/pause:3.10"],
  ]);
  const objects = [node, aPod("web", "shop", "nginx:1.27")];
  const unnamed = [{ node: "n1", count: 1, images: "registry.example.com/miner:latest" }];
  expect(finish(objects).unnamed).toEqual(unnamed);
  expect(finish(objects.toReversed()).unnamed).toEqual(unnamed);
  expect(finish(objects, false).unnamed).toEqual([]);
});

test("an image is named by its digest too, and as runtimes complete its name", () => {
  const named = new Set(imageNames(`registry.example.com/web@${PIN}`));
  expect(unnamedImages([[`mirror.example.com/web@${PIN}`, "mirror.example.com/web:2"]], named)).toEqual([]);
  expect(imageNames("nginx")).toContain("docker.io/library/nginx:latest");
  expect(imageNames("team/web:1")).toContain("docker.io/team/web:1");
  expect(imageNames("localhost:5000/web:1")).toEqual(["localhost:5000/web:1", "localhost:5000/web:1"]);
});

test("static pods are told outside of the control plane's namespace", () => {
  const found = finish([
    aNode("n1", []),
    aPod("etcd-n1", "kube-system", "etcd:3", MIRROR),
    aPod("miner-n1", "shop", "miner:1", MIRROR),
  ]);
  expect(found.nodes).toEqual([{ name: "n1", fact: "StaticPods", detail: "shop/miner-n1" }]);
});

test("restarting containers and ephemeral ones are told of every pod", () => {
  const status = {
    containerStatuses: [
      { name: "c", restartCount: 9, lastState: { terminated: { exitCode: 2, finishedAt: "2026-12-01T11:00:00Z" } } },
    ],
  };
  const entered = { nodeName: "n1", containers: [], ephemeralContainers: [{ name: "debugger" }] };
  const found = finish([
    { ...aPod("a", "shop", "a:1"), status },
    { ...aPod("b", "shop", "b:1"), spec: entered },
  ]);
  expect(found.containers).toEqual([
    { pod: "shop/a", container: "c", restarts: 9, exits: ["2 at 2026-12-01T11:00:00Z"] },
  ]);
  expect(found.entered).toEqual([{ pod: "shop/b", container: "debugger" }]);
});
