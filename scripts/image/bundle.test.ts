import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMANDS } from "../../src/config/load.ts";
import { type Bundle, bundle, packageVersion } from "./bundle.ts";
import { bundledPackages, termsOf } from "./bundled-packages.ts";

const ROOT = join(import.meta.dirname, "..", "..");

const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: some
contexts: [{ name: some, context: { cluster: some, user: some } }]
clusters: [{ name: some, cluster: { server: "http://127.0.0.1:1", insecure-skip-tls-verify: true } }]
users: [{ name: some, user: { token: some } }]
`;

const folder = mkdtempSync(join(tmpdir(), "palisade-bundle-"));
const program = join(folder, "palisade.mjs");
let bundled: Bundle;

beforeAll(async () => {
  bundled = await bundle(ROOT, "1.2.3");
  writeFileSync(program, bundled.code);
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
    for (const command of COMMANDS) expect(stdout).toContain(`\n  ${command} `);
  });

  test("reads a kubeconfig, though little of client-node is in it", () => {
    writeFileSync(join(folder, "kubeconfig"), KUBECONFIG);

    expect(palisade("operator", "--kubeconfig", "kubeconfig").stderr).toContain("connect ECONNREFUSED 127.0.0.1:1");
  });

  test("is the same to the last byte from any folder", async () => {
    const elsewhere = join(folder, "some", "where", "else");
    spawnSync("mkdir", ["-p", elsewhere]);
    for (const name of ["src", "node_modules", "package.json", "tsconfig.json"]) {
      symlinkSync(join(ROOT, name), join(elsewhere, name));
    }

    expect((await bundle(elsewhere, "1.2.3")).code).toBe(bundled.code);
  });

  test("names no folder of this machine", () => {
    expect(bundled.code).not.toContain(ROOT);
    expect(bundled.code).not.toMatch(/^\/\/ (\/|\.\.)/m);
  });

  test("is called after package.json unless something else is asked for", () => {
    expect(packageVersion(ROOT)).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe("the packages of the bundle", () => {
  const named = () => bundledPackages(ROOT, bundled.metafile).packages.map(({ name }) => name);

  test("are those that something of is left in it", () => {
    expect(named()).toEqual(
      expect.arrayContaining(["@kubernetes/client-node", "pino", "prom-client", "undici", "zod"]),
    );
    // Of client-node's dependencies, for what the operator does not do.
    for (const absent of ["ws", "tar-fs", "esbuild", "jest"]) expect(named()).not.toContain(absent);
  });

  test("say where they come from and under which terms", () => {
    const { packages, direct } = bundledPackages(ROOT, bundled.metafile);
    const terms = termsOf(ROOT, { packages, direct });

    expect(direct).toContain("node_modules/undici");
    for (const { name, version, license, integrity } of packages) {
      expect(integrity).toMatch(/^sha512-/);
      expect(terms).toContain(`${name} ${version} (${license})`);
    }
    expect(terms).toContain("Permission is hereby granted");
  });

  test("know which of them import which", () => {
    const imports = new Map(
      bundledPackages(ROOT, bundled.metafile).packages.map((some) => [some.name, some.imports] as const),
    );

    expect(imports.get("pino")).toContain("node_modules/sonic-boom");
    expect(imports.get("zod")).toEqual([]);
  });
});
