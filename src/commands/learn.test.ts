/** `palisade learn` from pipes, as it is typed: what it prints, what it writes into drafts, and what it says it cannot read. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { parseAllDocuments, stringify } from "yaml";
import { typeAtDesk, writeDeskKubeconfig } from "../../test/support/desk.ts";
import { CLUSTER } from "../../test/support/learned.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-learn-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const textOf = (name: string): string => readFileSync(join(folder, name), "utf8");
const type = (line: string, input = "") =>
  typeAtDesk(["learn", "-n", "shop", ...line.split(" ")], () => Promise.resolve(input));

const DRAFT = `# yaml-language-server: $schema=../secureworkload.schema.json
# TODO image: pin it
apiVersion: palisade.dev/v1alpha1
kind: SecureWorkload
metadata:
  name: web
spec:
  image: registry.example.com/shop/web:1.4.2
  ports:
    - { name: http, port: 8080 }
  access:
    outbound:
      - { workload: db, port: 5432 } # deployment.yaml:12: DB_HOST holds its address
      - workload: queue
        port: 5672
`;

const hubble = (from: string, to: string, port: number): string =>
  JSON.stringify({
    time: "2026-11-30T12:00:00Z",
    verdict: "FORWARDED",
    is_reply: false,
    l4: { TCP: { destination_port: port } },
    source: { namespace: "shop", workloads: [{ name: from }], labels: [`k8s:app=${from}`] },
    destination: { namespace: "shop", workloads: [{ name: to }], labels: [`k8s:app=${to}`] },
  });

describe("flows", () => {
  const flows = [hubble("web", "db", 5432), hubble("web", "cache", 6379), hubble("edge", "web", 8080)].join("\n");

  test("are compared with the draft, and what was seen is written into it and nothing else", async () => {
    const draft = file("web.yaml", DRAFT);
    const { code, stdout, stderr } = await type(`-f ${draft} --hubble -`, flows);
    expect(code).toBe(1);
    expect(stdout).toContain("declared and seen: 1\n  web -> db:5432");
    expect(stdout).toContain("declared, not seen: 1\n  web -> queue:5672");
    expect(stdout).toMatch(
      /seen, not declared: 2\n {2}edge -> web:8080 {2}.*\n {2}web -> cache:6379 {2}\(not in web access.outbound/,
    );
    expect(stderr).toContain(`edited: ${draft}`);
    const edited = textOf("web.yaml");
    expect(edited).toContain("# deployment.yaml:12: DB_HOST holds its address; learn: seen\n");
    expect(edited).toContain("      - workload: queue # learn: not seen\n");
    expect(edited).toMatch(
      / {6}- \{ pods: \{ podLabels: \[ ?\{ key: app, value: cache \} ?\] \}, port: 6379 \} # learn: seen, not declared: Hubble/,
    );
    const lines = edited.split("\n");
    expect(DRAFT.split("\n").filter((line) => !lines.some((one) => one.startsWith(line)))).toEqual([]);
  });

  test("are what convert believes before addresses", async () => {
    const { stdout: seen } = await type("--hubble - -o json", flows);
    const objects = ["web", "db"].map((name) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            containers: [{ name, image: `registry.example.com/shop/${name}:1`, ports: [{ containerPort: 5432 }] }],
          },
        },
      },
    }));
    const manifests = file("apps.json", JSON.stringify({ kind: "List", apiVersion: "v1", items: objects }));
    const asked = ["convert", "-f", manifests, "--observed", "-", "-n", "shop"];
    const { stdout } = await typeAtDesk(asked, () => Promise.resolve(seen));
    expect(stdout).toMatch(/- { workload: db, port: 5432 } # -:\d+: seen: Hubble/);
    const { stderr } = await typeAtDesk([...asked, "--into", join(folder, "out")], () => Promise.resolve(seen));
    expect(stderr).toContain(`next: palisade render -f ${join(folder, "out", "secure")} -n shop\n`);
    const notThat = await typeAtDesk([...asked.slice(0, 3), "--observed", manifests], () => Promise.resolve(""));
    expect(notThat).toMatchObject({ code: 2, stdout: "" });
    expect(notThat.stderr).toContain("is not what learn prints with -o json\nnext: palisade learn");
    const both = await typeAtDesk(["convert", "-f", "-", "--observed", "-"], () => Promise.resolve(seen));
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("standard input is what -f reads") });
  });

  test("are clean the second time, and change nothing then but the marks", async () => {
    const draft = file("web.yaml", DRAFT);
    await type(`-f ${draft} --hubble -`, flows);
    const { code } = await type(`-f ${draft} --hubble -`, flows);
    expect(code).toBe(0);
    const twice = textOf("web.yaml");
    await type(`-f ${draft} --hubble -`, flows);
    expect(textOf("web.yaml")).toBe(twice);
  });

  test("leave the files alone where they are told to", async () => {
    const draft = file("web.yaml", DRAFT);
    expect((await type(`-f ${draft} --no-edit --hubble -`, flows)).code).toBe(1);
    expect(textOf("web.yaml")).toBe(DRAFT);
  });

  test("of Goldmane and Hubble add up", async () => {
    const goldmane = {
      source_name: "web-7d9f8b6c5-*",
      source_namespace: "shop",
      dest_name: "queue-0",
      dest_namespace: "shop",
      protocol: "tcp",
      dest_port: 5672,
      action: "Allow",
    };
    const draft = file("web.yaml", DRAFT);
    const { code, stdout } = await type(
      `-f ${draft} --hubble ${file("flows.json", hubble("web", "db", 5432))} --goldmane ${file("goldmane.json", JSON.stringify(goldmane))}`,
    );
    expect([code, stdout]).toEqual([0, expect.stringContaining("declared and seen: 2")]);
  });

  test("that cannot be read are counted, with the first of them, and are a finding", async () => {
    const draft = file("web.yaml", DRAFT);
    const { code, stderr } = await type(`-f ${draft} --hubble -`, `${hubble("web", "db", 5432)}\n\nbroken\n{"a":1}\n`);
    expect(code).toBe(1);
    expect(stderr).toContain("--hubble -: 2 of 3 lines cannot be read, the first is line 2");
  });

  test("of which none can be read were not looked at", async () => {
    const { code, stderr } = await type("--hubble -", "one\ntwo\n");
    expect([code, stderr]).toEqual([3, expect.stringContaining("none of 2 lines can be read")]);
  });

  test("that were dropped are no calls, and are counted", async () => {
    const dropped = hubble("web", "cache", 6379).replace("FORWARDED", "DROPPED");
    const { code, stderr } = await type(`-f ${file("web.yaml", DRAFT)} --hubble -`, dropped);
    expect([code, stderr]).toEqual([0, expect.stringContaining("1 lines tell of what was refused")]);
  });
});

test("a hundred megabytes of flows pass through a heap of half of that, and what was said is known at the end", async () => {
  const line = `${hubble("web", "db", 5432).slice(0, -1)},"Summary":"${"x".repeat(1_700)}"}\n`;
  const part = line.repeat(Math.ceil(1_000_000 / line.length));
  const main = join(import.meta.dirname, "..", "main.ts");
  const child = spawn(process.execPath, [
    "--max-old-space-size=48",
    main,
    "learn",
    "-n",
    "shop",
    "--hubble",
    "-",
    "-o",
    "json",
  ]);
  const said: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
  const ended = once(child, "close");
  await pipeline(Readable.from(Array.from({ length: 100 }, () => part)), child.stdin);
  expect((await ended)[0]).toBe(1);
  const { sources, edges } = JSON.parse(Buffer.concat(said).toString());
  expect(sources).toMatchObject([{ lines: (part.length / line.length) * 100, broken: 0 }]);
  expect(edges).toHaveLength(1);
}, 120_000);

test("the log of DNS needs addresses, and says of names without a port that they are to be decided", async () => {
  const addresses = file("cluster.json", JSON.stringify({ apiVersion: "v1", kind: "List", items: CLUSTER }));
  const draft = file("web.yaml", DRAFT);
  const line =
    '[INFO] 10.244.0.5:36413 - 41823 "A IN api.example.com. udp 54 false 512" NOERROR qr,rd,ra 106 0.0001s\n';
  const { code, stdout, stderr } = await type(`-f ${draft} --dns-log - --addresses ${addresses}`, line);
  expect(code).toBe(1);
  expect(stdout).toContain("web -> api.example.com");
  expect(stderr).toContain("decide: shop/web: access.outbound: api.example.com was asked of DNS, and no port was seen");
  expect(textOf("web.yaml").split("\n").slice(0, 3)).toEqual([
    "# yaml-language-server: $schema=../secureworkload.schema.json",
    "# TODO image: pin it",
    "# TODO learn: access.outbound: api.example.com was asked of DNS, and no port was seen: name it",
  ]);
});

describe("the audit log", () => {
  const event = (verb: string, resource: string, name?: string, code = 200): string =>
    JSON.stringify({
      auditID: "1",
      stage: "ResponseComplete",
      verb,
      user: { username: "system:serviceaccount:shop:web-reader" },
      objectRef: { resource, namespace: "shop", name, apiVersion: "v1" },
      responseStatus: { code },
    });
  const bound = stringify({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "reader", namespace: "shop" },
    roleRef: { kind: "Role", name: "reader" },
    subjects: [{ kind: "ServiceAccount", name: "web-reader", namespace: "shop" }],
  });
  const role = stringify({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "reader", namespace: "shop" },
    rules: [{ apiGroups: [""], resources: ["configmaps", "pods"], verbs: ["get", "list", "delete"] }],
  });
  const deployment = stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: { template: { spec: { serviceAccountName: "web-reader" } } },
  });

  test("becomes permissions of the workload that ran under the account, and tells what its roles grant in vain", async () => {
    const draft = file("web.yaml", DRAFT);
    const beside = file("beside.yaml", [role, bound, deployment].join("---\n"));
    const log = [
      event("get", "configmaps", "a"),
      event("list", "configmaps"),
      event("list", "secrets", undefined, 403),
    ].join("\n");
    const { code, stdout, stderr } = await type(`-f ${draft} -f ${beside} --audit-log - -o json`, log);
    expect(code).toBe(1);
    const { permissions, unused } = JSON.parse(stdout);
    expect(permissions).toEqual([
      {
        workload: "shop/web",
        verdict: "SeenNotDeclared",
        rule: { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] },
      },
    ]);
    expect(unused).toMatchObject([{ account: "shop/web-reader", by: "Role/shop/reader by RoleBinding/shop/reader" }]);
    expect(JSON.stringify(unused)).toContain("delete");
    expect(stderr).toContain("permissions: list on secrets was refused");
    // Of calls it says nothing.
    expect(textOf("web.yaml")).not.toContain("not seen");
    expect(parseAllDocuments(textOf("web.yaml"))[0]?.toJS()).toMatchObject({
      spec: { permissions: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }] },
    });
    expect(textOf("beside.yaml")).toBe([role, bound, deployment].join("---\n"));
  });

  test("becomes reads of the whole cluster, which are not asked for a second time", async () => {
    const draft = file("web.yaml", DRAFT);
    const beside = file("beside.yaml", deployment);
    const log = event("list", "nodes").replace('"namespace":"shop",', "");
    const first = await type(`-f ${draft} -f ${beside} --audit-log -`, log);
    expect(first.stdout).toContain("web: get, list, watch on nodes in the whole cluster");
    expect(textOf("web.yaml")).toContain("  clusterReads:\n    - nodes # learn: used, not declared\n");
    const second = await type(`-f ${draft} -f ${beside} --audit-log -`, log);
    expect(second.stdout).toContain("permissions: declared and seen: 1");
    expect(textOf("web.yaml")).toContain("    - nodes # learn: used\n");
  });
});

test("a cluster that does not answer could not be looked at, and one that is silent takes too long", async () => {
  const nobody = file("nobody", "");
  writeDeskKubeconfig(nobody, 1);
  expect((await type(`--for 10m --kubeconfig ${nobody}`)).code).toBe(3);
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const kubeconfig = join(folder, "silent");
  writeDeskKubeconfig(kubeconfig, (silent.address() as AddressInfo).port);
  expect((await type(`--for 10m --timeout 0.3 --kubeconfig ${kubeconfig}`)).code).toBe(124);
  silent.closeAllConnections();
  silent.close();
});

test.each([
  ["--hubble - --goldmane -", /only one source can be standard input/],
  ["--for 10", /--for: must be a time such as/],
  ["--for 25h", /--for: must be a time such as/],
  ["--for 0m", /--for: must be a time such as/],
  ["--no-edit", /say what to learn from/],
])("learn %s is wrong use", async (line, message) => {
  const { code, stderr } = await type(line);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});
