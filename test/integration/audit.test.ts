/** The story of `docs/guides/audit.md` on a cluster: the dashboard of 2018 is deployed, named on line one, cut, and no longer named. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, jest, test } from "@jest/globals";
import { ANSWERS } from "../../src/commands/answer-schemas.ts";
import type { ClusterUser } from "../cluster/users.ts";
import { kubectl } from "../support/cluster.ts";
import { typePalisade } from "../support/palisade-command.ts";
import { useCluster } from "../support/use-palisade.ts";

jest.setTimeout(180_000);

const MANIFEST = join(import.meta.dirname, "..", "audit", "dashboard-2018.yaml");
const { cluster, client } = useCluster({ state: "bare", namespaces: ["shop"] });

const audit = (words: readonly string[], user: ClusterUser = "admin") =>
  typePalisade(cluster, ["audit", ...words], user);

async function report(words: readonly string[] = [], user: ClusterUser = "admin") {
  const { code, stdout, stderr } = await audit([...words, "-o", "json"], user);
  if (code > 1) throw new Error(stderr);
  return { code, stderr, answer: ANSWERS.Audit.parse(JSON.parse(stdout)) };
}

const LINE = `CRITICAL  internet → Service/kubernetes-dashboard (NodePort 30443) → no login (--enable-skip-login) → account kubernetes-dashboard → cluster-admin (ClusterRoleBinding/kubernetes-dashboard)`;

const folder = mkdtempSync(join(tmpdir(), "palisade-audit-"));
const before = join(folder, "before.json");

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await kubectl(cluster, ["delete", "-f", MANIFEST, "--ignore-not-found"]);
});

test("what an API server makes itself is no finding", async () => {
  const { answer } = await report();
  writeFileSync(before, JSON.stringify(answer));
  expect(answer.findings.filter(({ kind }) => kind === "chain")).toEqual([]);
  const roles = answer.findings.flatMap(({ members }) => members.map(({ object }) => object));
  expect(roles.filter((object) => /^ClusterRole(Binding)?\/(system:|cluster-admin|admin|edit)/.test(object))).toEqual(
    [],
  );
  expect(answer.unread).toEqual([]);
  expect(answer.objects).toBeGreaterThan(50);
});

test("the dashboard of 2018 is on line one", async () => {
  await kubectl(cluster, ["apply", "-f", MANIFEST]);
  const { code, stdout } = await audit([]);
  expect(code).toBe(1);
  expect(stdout.split("\n")[0]).toBe(LINE);
  expect(stdout).toContain("cut: kubectl delete clusterrolebinding kubernetes-dashboard");
});

test("a dump of the cluster says the same as the cluster, and so do the files before they reach it", async () => {
  const kinds = "deployments,services,serviceaccounts,clusterrolebindings,clusterroles,namespaces";
  const dump = await kubectl(cluster, ["get", kinds, "-A", "-o", "yaml"]);
  const run = promisify(execFile)(process.execPath, [
    join(import.meta.dirname, "../../src/main.ts"),
    "audit",
    "-f",
    "-",
  ]);
  run.child.stdin?.end(dump);
  const { stdout } = await run.catch((error: { readonly stdout: string }) => error);
  expect(stdout.split("\n")[0]?.replace(/, -:\d+/g, "")).toBe(LINE);
  const files = await typePalisade(cluster, ["audit", "-f", MANIFEST]);
  expect(files.stdout.split("\n")[0]).toMatch(
    /^CRITICAL {2}internet → Service\/kubernetes-dashboard \(NodePort 30443\) → no login/,
  );
});

test("its cut, as it is printed, silences it", async () => {
  const { answer } = await report();
  const [first] = answer.findings;
  const [command = ""] = (first?.chain?.cut ?? "").split(",");
  expect(command).toBe("kubectl delete clusterrolebinding kubernetes-dashboard");
  await kubectl(cluster, command.split(" ").slice(1));
  // Of what stood there before nothing is said.
  const after = await report(["--baseline", before, "--fail-on", "medium"]);
  const chains = after.answer.findings.filter(({ kind }) => kind === "chain");
  expect({ code: after.code, chains }).toEqual({ code: 0, chains: [] });
});

test("what the caller may not read is told, and never counts as clean", async () => {
  const { code, answer } = await report(["-n", "shop"], "alice");
  expect(code).toBe(1);
  expect(answer.unread.map(({ file }) => file)).toEqual(expect.arrayContaining(["clusterrolebindings", "nodes"]));
  // What the cluster does not serve is not there, whoever asks.
  expect(answer.unread.map(({ file }) => file)).not.toContain("ingressroutes");
  const everywhere = await audit([], "alice");
  expect(everywhere).toMatchObject({ code: 3, stdout: "" });
  expect(everywhere.stderr).toContain("nothing of this cluster may be listed");
});

test("pages, and what controllers make, are read once each", async () => {
  const spec = {
    containers: [{ name: "main", image: "registry.example.com/shop/app:1.0.0", securityContext: { privileged: true } }],
  };
  const template = { metadata: { labels: { app: "many" } }, spec };
  await kubectl(cluster, ["create", "-f", "-"], {
    input: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "many", namespace: "shop" },
      spec: { replicas: 3, selector: { matchLabels: { app: "many" } }, template },
    },
  });
  // More than a page holds.
  const names = Array.from({ length: 620 }, (_, index) => `page-${index}`);
  for (let at = 0; at < names.length; at += 62)
    await Promise.all(
      names.slice(at, at + 62).map((name) =>
        client.create(
          { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true },
          {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name, namespace: "shop" },
            data: { password: "hunter2-hunter2" },
          },
        ),
      ),
    );
  const { answer } = await report(["-n", "shop"]);
  expect(
    answer.findings
      .filter(({ rule }) => rule === "privileged")
      .flatMap(({ members }) => members.map(({ words }) => words)),
  ).toEqual(["Deployment/shop/many"]);
  const told = answer.findings.find(({ rule }) => rule === "credentials-in-config-maps");
  expect(told?.members).toHaveLength(names.length);
  expect(JSON.stringify(answer)).not.toContain("hunter2");
});
