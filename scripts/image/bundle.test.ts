import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMANDS } from "../../src/commands/table.ts";
import { type Bundle, bundle, packageVersion, writeBundle } from "./bundle.ts";
import type { Component } from "./npm-packages.ts";

const ROOT = join(import.meta.dirname, "..", "..");

const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: some
contexts: [{ name: some, context: { cluster: some, user: some } }]
clusters: [{ name: some, cluster: { server: "http://127.0.0.1:1", insecure-skip-tls-verify: true } }]
users: [{ name: some, user: { token: some } }]
`;

const folder = mkdtempSync(join(tmpdir(), "palisade-bundle-"));
let bundled: Bundle;
let program: string;

beforeAll(async () => {
  bundled = await bundle(ROOT, "1.2.3");
  program = writeBundle(bundled, folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** With nothing installed beside it, and an environment of its own. */
const palisade = (...args: readonly string[]) =>
  spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8", env: {} });

describe("the bundle", () => {
  test("runs by itself and says the version it was given", () => {
    expect(palisade("version")).toMatchObject({ status: 0, stdout: "1.2.3\n", stderr: "" });
  });

  test("says every command", () => {
    const { status, stdout } = palisade("--help");

    expect(status).toBe(0);
    for (const { name } of COMMANDS) expect(stdout).toContain(`\n  ${name} `);
  });

  test("reads a kubeconfig, though little of client-node is in it", async () => {
    writeFileSync(join(folder, "kubeconfig"), KUBECONFIG);
    const operator = spawn(process.execPath, [program, "operator", "--kubeconfig", "kubeconfig"], {
      cwd: folder,
      env: {},
      stdio: ["ignore", "pipe", "inherit"],
    });

    let log = "";
    for await (const chunk of operator.stdout) {
      log += String(chunk);
      if (log.includes("waiting for the API server")) operator.kill("SIGKILL");
    }

    expect(log).toContain("connect ECONNREFUSED 127.0.0.1:1");
  });

  test("is the same to the last byte from any folder", async () => {
    const elsewhere = join(folder, "some", "where", "else");
    spawnSync("mkdir", ["-p", elsewhere]);
    for (const name of ["src", "node_modules", "package.json", "package-lock.json", "tsconfig.json"]) {
      symlinkSync(join(ROOT, name), join(elsewhere, name));
    }

    expect(await bundle(elsewhere, "1.2.3")).toEqual(bundled);
  });

  test("names no folder of this machine", () => {
    expect(JSON.stringify(bundled)).not.toContain(ROOT);
    for (const { text } of bundled.files) expect(text).not.toMatch(/^\/\/ (\/|\.\.)/m);
  });

  test("is called after package.json unless something else is asked for", () => {
    expect(packageVersion(ROOT)).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe("the packages of the bundle", () => {
  const nameOf = ({ group, name }: Component): string => (group === undefined ? name : `${group}/${name}`);

  test("are those that something of is left in it", () => {
    const named = bundled.npm.packages.map(nameOf);

    expect(named).toEqual(expect.arrayContaining(["@kubernetes/client-node", "pino", "prom-client", "undici", "zod"]));
    // Of client-node's dependencies, for what the operator does not do.
    for (const absent of ["ws", "tar-fs", "esbuild", "jest", "palisade"]) expect(named).not.toContain(absent);
  });

  test("say where they come from and under which terms", () => {
    const { packages, terms } = bundled.npm;

    for (const { name, version, purl, licenses, hashes } of packages) {
      expect(purl).toMatch(new RegExp(`^pkg:npm/(%40[\\w-]+/)?${name}@${version}$`));
      expect(licenses).toHaveLength(1);
      expect(hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
      expect(terms).toContain(`${name} ${version}\n\n`);
    }
    expect(terms.match(/copyright/gi)?.length).toBeGreaterThanOrEqual(packages.length);
    expect(terms).toContain("Permission is hereby granted");
  });

  test("know which of them import which", () => {
    const { own, packages, dependencies } = bundled.npm;
    const names = new Map([own, ...packages].map((component) => [component["bom-ref"], nameOf(component)] as const));
    const imports = new Map(
      dependencies.map(({ ref, dependsOn = [] }) => [names.get(ref), dependsOn.map((other) => names.get(other))]),
    );

    expect(imports.get("palisade")).toContain("undici");
    expect(imports.get("pino")).toContain("sonic-boom");
    expect(imports.get("zod")).toEqual([]);
  });
});
