/** Files hold whatever somebody put there: nothing of it reaches a terminal raw, leaves the folder, or keeps the rest from being read. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { type App, app } from "../../test/support/conversions.ts";
import { typeAtDesk } from "../../test/support/desk.ts";
import { FORMATS } from "./answer.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-hostile-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const web = (more: App = {}): string => JSON.stringify(app(more));
const convert = (...words: readonly string[]) => typeAtDesk(["convert", ...words]);

describe("what moves a cursor", () => {
  const RAW = /(?![\n\t])\p{Cc}/u;
  const evil = "\u001b[31m\u009b2J\u007f\r\u0007";
  const env = [
    { name: `URL${evil}`, value: "https://api.example.com" },
    { name: "TEXT", value: `one${evil}\ntwo` },
  ];

  test.each(FORMATS)("is escaped in what is printed: %s", async (format) => {
    const name = file("web.json", web({ container: { env, args: [evil] }, annotations: { [evil]: evil } }));
    const { stdout, stderr } = await convert("-f", name, "-o", format);
    expect(stdout).not.toMatch(RAW);
    expect(stderr).not.toMatch(RAW);
    expect(JSON.stringify(parse(stdout))).toContain(JSON.stringify(env[1]?.value));
  });

  test("is escaped in what is written, and in the name of a file", async () => {
    const name = file("\u001b[31m.json", web({ container: { env: env.slice(0, 1) }, annotations: { [evil]: evil } }));
    const { stdout, stderr } = await convert("-f", name, "--into", join(folder, "out"));
    expect(stdout + stderr).not.toMatch(RAW);
    for (const path of ["secure/web.yaml", "platform.yaml", "report.md"])
      expect(readFileSync(join(folder, "out", path), "utf8")).not.toMatch(RAW);
  });
});

test("names of what every object of JavaScript has are names as any other", async () => {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { __proto__: a, constructor: b } }
spec:
  __proto__: { a: 1 }
  template:
    metadata: { labels: { constructor: web } }
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: constructor
          env: [{ name: __proto__, value: "constructor://db.example.com/x" }, { name: URL, value: "toString://a.example.com" }]
          volumeMounts: [{ name: odd, mountPath: /odd }]
      volumes: [{ name: odd, constructor: {} }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: web }
rules: [{ apiGroups: [""], resources: [constructor], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: web }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: web }
subjects: [{ kind: ServiceAccount, name: web }]
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: web }
spec: { ingress: [{ action: Allow, protocol: constructor, destination: { ports: [80] } }] }
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: web }
spec: { endpointSelector: {}, ingress: [{ fromconstructor: [{}] }] }
`;
  const { code, stderr } = await convert("-f", file("web.yaml", text));
  expect(stderr).toContain("/odd: was a constructor volume");
  expect(code).toBe(1);
  const task = { family: "t", runtimePlatform: { cpuArchitecture: "constructor" }, containerDefinitions: [] };
  expect((await convert("-f", file("task.json", JSON.stringify(task)))).stdout).not.toContain("arch");
});

test.each([
  ["flow", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`],
  ["blocks", `apiVersion: v1\n${Array.from({ length: 4_000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")} b`],
  ["flow that can just be parsed", `${'{"a":'.repeat(1_200)}1${"}".repeat(1_200)}`],
])("a document that is nested too deep is told, and the rest goes on: %s", async (_, deep) => {
  const { code, stdout, stderr } = await convert("-f", file("deep.yaml", deep), "-f", file("web.json", web()));
  expect(code).toBe(1);
  expect(stderr).toMatch(/deep\.yaml:\d+ .*nested/);
  expect(stdout).toContain("name: web");
});

test("what to type next names every file, each as one word", async () => {
  const [first, second] = [file("a b.json", web()), file("$(id).json", web({ name: "other" }))];
  const words = ["-f", first, "-f", second, "-n", "shop"];
  const files = `-f '${first}' -f '${second}' -n shop`;
  expect((await convert(...words)).stderr).toContain(`next: palisade convert ${files} --into converted\n`);
  const out = join(folder, "o t");
  expect((await convert(...words, "--into", out)).stderr).toContain(
    `next: palisade render -f '${out}/secure' -n shop\n`,
  );
  const workload = join(out, "secure", "web.yaml");
  const rendered = await typeAtDesk(["render", "-f", workload, "-f", join(out, "secure"), "-n", "shop"]);
  expect(rendered.stderr).toContain(`next: palisade diff -f '${workload}' -f '${out}/secure' -n shop\n`);
  const compared = await typeAtDesk(["diff", "-f", workload, "--against", workload, "-n", "shop"]);
  expect(compared.stderr).toContain(`next: palisade render -f '${workload}' -n shop\n`);
});

describe("the bytes of a file", () => {
  const text = web({ container: { env: [{ name: "GREETING", value: "grüß" }] } });

  test("are read as their first ones say", async () => {
    writeFileSync(join(folder, "web.json"), Buffer.from(`\uFEFF${text}`, "utf16le"));
    expect((await convert("-f", join(folder, "web.json"))).stdout).toContain("grüß");
  });

  test("that are no text lose nothing in silence", async () => {
    writeFileSync(join(folder, "web.json"), Buffer.from(text, "latin1"));
    const { code, stderr } = await convert("-f", folder);
    expect(code).toBe(3);
    expect(stderr).toContain("web.json: is no text in UTF-8; save it as such");
    const input = () => Promise.resolve(Buffer.from(text, "latin1"));
    expect(await typeAtDesk(["convert", "-f", "-"], input)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("standard input is no text in UTF-8"),
    });
  });

  test("are not asked for of what only has the name of a file", async () => {
    mkdirSync(join(folder, "chart.yaml"));
    file("web.json", text);
    expect((await convert("-f", folder)).code).toBe(0);
  });
});

describe("the folder that convert writes", () => {
  test("keeps what somebody changed in it, and says where", async () => {
    const source = file("web.json", web());
    const out = join(folder, "out");
    await convert("-f", source, "--into", out);
    const written = join(out, "secure", "web.yaml");
    const mine = `${readFileSync(written, "utf8")}# mine\n`;
    writeFileSync(written, mine);
    const { code, stderr } = await convert("-f", source, "--into", out);
    expect(code).toBe(0);
    expect(stderr).toContain(`${written} was changed: it is ${written}.before now`);
    expect(readFileSync(`${written}.before`, "utf8")).toBe(mine);
    expect(readFileSync(written, "utf8")).not.toContain("# mine");
    expect((await convert("-f", source, "--into", out)).stderr).not.toContain("before");
  });

  test("tells of workloads that are none any more", async () => {
    const out = join(folder, "out");
    await convert("-f", file("old.json", web({ name: "old" })), "--into", out);
    const { stderr } = await convert("-f", file("web.json", web()), "--into", out);
    expect(stderr).toContain(`${join(out, "secure", "old.yaml")} is of an earlier conversion`);
    expect(stderr).not.toContain("secure/web.yaml is of");
  });

  test("is left by no link in it", async () => {
    const source = file("web.json", web());
    const precious = file("precious", "precious");
    mkdirSync(join(folder, "out", "secure"), { recursive: true });
    symlinkSync(precious, join(folder, "out", "secure", "web.yaml"));
    await convert("-f", source, "--into", join(folder, "out"));
    expect(readFileSync(precious, "utf8")).toBe("precious");
    mkdirSync(join(folder, "elsewhere"));
    mkdirSync(join(folder, "other"));
    symlinkSync(join(folder, "elsewhere"), join(folder, "other", "secure"));
    const { code, stderr } = await convert("-f", source, "--into", join(folder, "other"));
    expect(code).toBe(3);
    expect(stderr).toContain(`${join(folder, "other", "secure")} leads out of ${join(folder, "other")}`);
  });
});
