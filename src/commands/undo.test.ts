/** What `palisade undo` asks an API server with the caller's rights, what it changes, and what it leaves to others. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { typeAtDesk, writeDeskKubeconfig } from "../../test/support/desk.ts";
import { anInput } from "../../test/support/expand-input.ts";
import { buildRevision } from "../expand/history.ts";
import { ANSWERS } from "./answer-schemas.ts";

const WORKLOAD = "/apis/palisade.dev/v1alpha1/namespaces/shop/secureworkloads/web";
const REVISIONS = "/apis/apps/v1/namespaces/shop/controllerrevisions";
const REF = { namespace: "shop", name: "web", uid: "uid-web", labels: {} };

const image = (tag: string): string => `registry.example.com/shop/web:${tag}`;
const specOf = (tag: string, more: object = {}) => anInput({ image: image(tag), ...more }).spec;

const declaring = (tag: string, metadata: object = {}, more: object = {}): object => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecureWorkload",
  metadata: { name: "web", namespace: "shop", uid: "uid-web", resourceVersion: "7", ...metadata },
  spec: specOf(tag, more),
});

const revision = (tag: string, number: number, more: object = {}): KubeObject => {
  const object = buildRevision(REF, specOf(tag, more), number);
  return { ...object, metadata: { ...object.metadata, creationTimestamp: "2026-01-01T00:00:00Z" } } as KubeObject;
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

let folder: string;
let server: Server;
let asked: Asked[];
let workload: object;
let revisions: readonly KubeObject[];
/** What a patch is answered with. */
let patched: { readonly status: number; readonly message: string };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-undo-"));
  asked = [];
  workload = declaring("3");
  revisions = [revision("1", 1), revision("3", 3), revision("2", 2, { replicas: 9 })];
  patched = { status: 200, message: "" };
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const { url = "", method = "" } = request;
      asked.push({ method, path: url, body });
      const [path] = url.split("?");
      const { status, answer } = answerTo(method, path ?? "");
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  writeDeskKubeconfig(join(folder, "kubeconfig"), (server.address() as AddressInfo).port, "shop");
});

function answerTo(method: string, path: string): { readonly status: number; readonly answer: object } {
  const { status, message } = patched;
  if (method === "PATCH")
    return {
      status,
      answer: status === 200 ? workload : { kind: "Status", code: status, message, reason: "Forbidden" },
    };
  if (path === WORKLOAD) return { status: 200, answer: workload };
  if (path === REVISIONS) return { status: 200, answer: { metadata: { resourceVersion: "9" }, items: revisions } };
  return { status: 404, answer: { kind: "Status", code: 404, message: "no" } };
}

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const undo = (...words: readonly string[]) =>
  typeAtDesk(["undo", ...words, "--kubeconfig", join(folder, "kubeconfig")]);
const patches = () => asked.filter(({ method }) => method === "PATCH");
const declared = (): Record<string, unknown> => {
  const [patch] = patches();
  const operations = JSON.parse(patch?.body ?? "[]") as { readonly path: string; readonly value: unknown }[];
  return operations.find(({ path }) => path === "/spec")?.value as Record<string, unknown>;
};

describe("undo", () => {
  test("declares the latest spec that is another, and keeps how many pods there are now", async () => {
    const { code, stdout, stderr } = await undo("web");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toBe(`shop/web: revision 2\n  spec.image: "${image("3")}" -> "${image("2")}"\n`);
    expect(declared()).toEqual({ ...specOf("2"), replicas: specOf("3").replicas });
    expect(patches()).toMatchObject([{ path: expect.stringContaining(`${WORKLOAD}?fieldManager=palisade-undo`) }]);
    expect(patches()[0]?.body).toContain('"/metadata/resourceVersion","value":"7"');
    expect(stderr).toMatch(/next: palisade status -n shop web\n$/);
  });

  test("of a spec that never came into force goes back to the one in force", async () => {
    workload = declaring("4");
    expect((await undo("web")).code).toBe(0);
    expect(declared()["image"]).toBe(image("3"));
  });

  test("goes to a revision that is named", async () => {
    const { code, stdout } = await undo("web", "--to-revision", "1", "-o", "json");
    expect(code).toBe(0);
    expect(ANSWERS.Undo.parse(JSON.parse(stdout))).toMatchObject({ workload: "shop/web", revision: 1, applied: true });
    expect(declared()["image"]).toBe(image("1"));
  });

  test("of the declared spec changes nothing", async () => {
    const { code, stderr } = await undo("web", "--to-revision", "3");
    expect(code).toBe(0);
    expect(stderr).toContain("declares that spec already");
    expect(patches()).toEqual([]);
  });

  test.each([
    ["that is not there", ["--to-revision", "9"], 2, /no revision 9/],
    ["that is no number", ["--to-revision", "-1"], 2, /number of a revision/],
    ["beside the list", ["--to-revision", "1", "--list"], 2, /--list/],
  ])("of a revision %s is wrong use", async (_what, words, code, says) => {
    const answer = await undo("web", ...words);
    expect(answer.code).toBe(code);
    expect(answer.stderr).toMatch(says);
    expect(patches()).toEqual([]);
  });

  test("without another spec says so", async () => {
    revisions = [revision("3", 1)];
    const { code, stderr } = await undo("web");
    expect(code).toBe(3);
    expect(stderr).toContain("no other spec");
  });

  test("takes no revision that is forged, or of another workload of that name", async () => {
    const [first] = revisions;
    const forged = { ...revision("2", 8), data: { spec: specOf("evil") } } as KubeObject;
    const old = revision("old", 9);
    const owners = [
      { apiVersion: "palisade.dev/v1alpha1", kind: "SecureWorkload", name: "web", uid: "other", controller: true },
    ];
    revisions = [
      first as KubeObject,
      forged,
      { ...old, metadata: { ...old.metadata, ownerReferences: owners } } as KubeObject,
    ];
    expect((await undo("web")).code).toBe(0);
    expect(declared()["image"]).toBe(image("1"));
  });
});

describe("a SecureWorkload that a tool delivers", () => {
  const f = (manager: string) => ({ managedFields: [{ manager, operation: "Apply", fieldsV1: { "f:spec": {} } }] });
  test.each([
    ["Argo CD", { annotations: { "argocd.argoproj.io/tracking-id": "shop:palisade.dev/SecureWorkload:shop/web" } }],
    ["Argo CD", { labels: { "argocd.argoproj.io/instance": "shop" } }],
    ["Argo CD", f("argocd-controller")],
    ["Flux", { labels: { "kustomize.toolkit.fluxcd.io/name": "shop" } }],
    ["Flux", { labels: { "helm.toolkit.fluxcd.io/name": "shop" } }],
    ["Flux", f("kustomize-controller")],
    ["Fleet", { annotations: { "objectset.rio.cattle.io/id": "shop" } }],
    ["Config Sync", { annotations: { "configmanagement.gke.io/managed": "enabled" } }],
    ["kapp", { labels: { "kapp.k14s.io/app": "1" } }],
    ["Helm", { annotations: { "meta.helm.sh/release-name": "shop" } }],
  ])("%s is left to it, with the reason and what to do", async (tool, metadata) => {
    workload = declaring("3", metadata);
    const { code, stdout, stderr } = await undo("web", "-o", "json");
    expect(code).toBe(1);
    const answer = ANSWERS.Undo.parse(JSON.parse(stdout));
    expect(answer).toMatchObject({ applied: false, refused: expect.stringContaining(tool) });
    expect(answer.changes).toHaveLength(1);
    expect(stderr).toMatch(/next: palisade undo web -n shop --to-revision 2 --yes\n$/);
    expect(patches()).toEqual([]);
    expect((await undo("web", "--yes")).code).toBe(0);
    expect(patches()).toHaveLength(1);
  });

  test.each([
    ["kubectl", f("kubectl-client-side-apply")],
    ["a label of applications", { labels: { "app.kubernetes.io/instance": "shop" } }],
    [
      "a tool that wrote a label once",
      { managedFields: [{ manager: "argocd-server", fieldsV1: { "f:metadata": {} } }] },
    ],
  ])("%s is none", async (_who, metadata) => {
    workload = declaring("3", metadata);
    expect((await undo("web")).code).toBe(0);
  });
});

describe("what the API server does not take", () => {
  test("is said in its words, and nothing is changed", async () => {
    patched = { status: 403, message: "You may not use Secret database" };
    const { code, stdout, stderr } = await undo("web", "-o", "yaml");
    expect(code).toBe(1);
    expect(stdout).toContain("applied: false");
    expect(stderr).toContain("You may not use Secret database");
  });

  test("when somebody changed it meanwhile is to be looked at again", async () => {
    patched = { status: 409, message: "the object has been modified" };
    const { code, stderr } = await undo("web");
    expect(code).toBe(1);
    expect(stderr).toMatch(/next: palisade undo web -n shop --list\n$/);
  });
});

describe("the list", () => {
  test("has a line for each spec, the latest first, with what changed", async () => {
    const { code, stdout, stderr } = await undo("web", "--list");
    expect(code).toBe(0);
    expect(stdout.split("\n").map((line) => line.trimEnd())).toEqual([
      "REVISION  CREATED               IMAGE                            CHANGED",
      `3*        2026-01-01T00:00:00Z  ${image("3")}  spec.image, spec.replicas`,
      `2         2026-01-01T00:00:00Z  ${image("2")}  spec.image, spec.replicas`,
      `1         2026-01-01T00:00:00Z  ${image("1")}  -`,
      "",
    ]);
    expect(stderr).toBe("next: palisade undo web -n shop --to-revision 2\n");
    expect(asked.every(({ method }) => method === "GET")).toBe(true);
    expect(asked.map(({ path }) => path).join()).toContain("labelSelector=palisade.dev%2Fhistory%3Dweb");
  });

  test("is of its schema", async () => {
    const { stdout } = await undo("web", "--list", "-o", "json");
    const { revisions: rows } = ANSWERS.History.parse(JSON.parse(stdout));
    expect(rows.map(({ revision: number, isDeclared }) => [number, isDeclared])).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
  });
});
