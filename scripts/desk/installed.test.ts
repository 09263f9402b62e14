/** Each way to have the command line, as somebody gets it who has nothing else: tried in an empty folder. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { type Archive, makeArchive } from "../archives/build.ts";
import { krewManifest } from "../archives/krew.ts";
import { ARCHIVE_PLATFORMS } from "../archives/platforms.ts";
import { type Bundle, bundle } from "../image/bundle.ts";
import { packCommandLine } from "../npm/pack.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const ARCH = process.arch === "arm64" ? "arm64" : "amd64";

let folder: string;
let bundled: Bundle;
let archive: Archive;
let packed: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-installed-"));
  bundled = await bundle(ROOT, "1.2.3");
  const making = {
    root: ROOT,
    version: "1.2.3",
    bundle: bundled,
    node: process.execPath,
    output: join(folder, "dist"),
    level: 0,
  };
  archive = await makeArchive({ os: "linux", arch: ARCH }, making);
  packed = await packCommandLine(ROOT, "1.2.3", join(folder, "dist"), bundled);
  mkdirSync(join(folder, "unpacked"));
  spawnSync("tar", ["-xzf", archive.file, "-C", join(folder, "unpacked")]);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

const unpacked = (...path: readonly string[]): string => join(folder, "unpacked", ...path);

/** In a folder of its own, with nothing on the path but the system's programs and `also`. */
function run(program: string, args: readonly string[], { also = "", env = {}, cwd = emptyFolder() } = {}) {
  const path = [also, "/usr/bin", "/bin"].filter((part) => part !== "").join(":");
  return spawnSync(program, [...args], { cwd, encoding: "utf8", env: { PATH: path, HOME: folder, ...env } });
}
const emptyFolder = (): string => mkdtempSync(join(folder, "empty-"));

const workload = (tag: string): string => `apiVersion: palisade.dev/v1alpha1
kind: SecureWorkload
metadata: { name: web, namespace: shop }
spec: { image: "registry.example.com/shop/web:${tag}" }
`;

describe("an archive", () => {
  test("needs nothing but itself", () => {
    expect(run(unpacked("palisade"), ["version"])).toMatchObject({ status: 0, stdout: "1.2.3\n" });
    expect(readFileSync(unpacked("THIRD-PARTY"), "utf8")).toContain("commander");
  });

  test.each(["absolute", "relative"])("runs by an %s link from elsewhere, and by its name on the path", (kind) => {
    const bin = emptyFolder();
    symlinkSync(kind === "absolute" ? unpacked("palisade") : "../unpacked/palisade", join(bin, "palisade"));
    expect(run("sh", ["-c", "palisade explain non-root"], { also: bin }).stdout).toContain("Rule non-root");
  });

  test("ends as its command does, and takes words as they are", () => {
    expect(run(unpacked("palisade"), ["explain", "no such * thing"])).toMatchObject({ status: 2 });
    const words = run(unpacked("palisade"), ["convert", "-f", "no such * file.yaml"]);
    expect([words.status, words.stderr]).toEqual([3, expect.stringContaining("'no such * file.yaml'")]);
  });

  test("is the same bytes each time", async () => {
    const small = join(folder, "small-node");
    writeFileSync(small, "");
    const making = { root: ROOT, version: "1.2.3", bundle: bundled, node: small };
    const [one, other] = await Promise.all(
      ["a", "b"].map((name) => makeArchive({ os: "darwin", arch: "arm64" }, { ...making, output: join(folder, name) })),
    );
    expect(one?.sha256).toBe(other?.sha256);
  });
});

test("krew finds the program in what the manifest names", () => {
  const manifest = parse(krewManifest("1.2.3", [archive], "https://downloads.example.com/palisade/"));
  expect(manifest).toMatchObject({
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "palisade" },
    spec: { version: "v1.2.3" },
  });
  const [platform] = manifest.spec.platforms;
  expect(platform.uri).toBe(`https://downloads.example.com/palisade/palisade-1.2.3-linux-${ARCH}.tar.gz`);
  expect(platform.sha256).toBe(spawnSync("sha256sum", [archive.file], { encoding: "utf8" }).stdout.split(" ")[0]);
  // As krew does: unpack, and link the program under its name for kubectl.
  const bin = emptyFolder();
  symlinkSync(unpacked(platform.bin), join(bin, "kubectl-palisade"));
  expect(run("sh", ["-c", "kubectl-palisade version"], { also: bin }).stdout).toBe("1.2.3\n");
});

test("there is an archive for each machine, each of a recorded Node.js", () => {
  const names = ARCHIVE_PLATFORMS.map(({ os, arch }) => `${os}/${arch}`);
  expect(names).toEqual(["linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"]);
  for (const { integrity, nodeVersion } of ARCHIVE_PLATFORMS) {
    expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
    expect(Number(nodeVersion.split(".")[0])).toBeGreaterThanOrEqual(24);
  }
});

describe("the action", () => {
  const { inputs, runs, outputs } = parse(readFileSync(join(ROOT, "action.yml"), "utf8"));

  /** As a runner does: each step of it, with its inputs as the environment. */
  function act(given: Readonly<Record<string, string>>, cwd = emptyFolder()) {
    const filled = (text: string): string =>
      text.replace(
        /\$\{\{ inputs\.(\w+) \}\}/g,
        (_, name: string) => given[name] ?? String(inputs[name].default ?? ""),
      );
    const [step] = runs.steps;
    const output = join(emptyFolder(), "output");
    writeFileSync(output, "");
    const env = {
      ...Object.fromEntries(
        Object.entries(step.env as Record<string, string>).map(([name, text]) => [name, filled(text)]),
      ),
      GITHUB_ACTION_PATH: ROOT,
      GITHUB_OUTPUT: output,
      RUNNER_TEMP: folder,
      npm_config_offline: "true",
    };
    const node = join(process.execPath, "..");
    const npm = (process.env["PATH"] ?? "").replaceAll(`${ROOT}/node_modules/.bin:`, "");
    const { status, stdout, stderr } = run("bash", ["-c", step.run], { also: `${node}:${npm}`, env, cwd });
    return { status, stdout, stderr, output: readFileSync(output, "utf8") };
  }

  test("runs what it is told, with words in quotes as one", () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "my web.yaml"), workload("1.4.2"));
    const { status, stdout, output } = act({ command: 'render -f "my web.yaml" --no-marks', package: packed }, cwd);
    expect([status, output]).toEqual([0, "code=0\n"]);
    expect(stdout).toContain("kind: Deployment");
  });

  test.each([
    ["fail", 1],
    ["pass", 0],
  ])("with findings: %s, ends with %d, and says the code", (findings, code) => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "web.yaml"), workload("latest"));
    writeFileSync(join(cwd, "good.yaml"), workload("1.4.2"));
    const { status, output } = act({ command: "render -f web.yaml -f good.yaml", package: packed, findings }, cwd);
    expect([status, output]).toEqual([code, "code=1\n"]);
  });

  test("fails where nobody could look, whatever findings do, and runs nothing that stands in the command", () => {
    const { status, output, stderr } = act({ command: "render -f $(touch pwned)", package: packed, findings: "pass" });
    expect(output).toMatch(/^code=[23]\n$/);
    expect(status).not.toBe(0);
    expect(stderr).not.toContain("pwned)'");
  });

  test("gives the code to later steps", () => {
    expect(outputs.code.value).toContain(`steps.${runs.steps[0].id}.outputs.code`);
    expect(runs.using).toBe("composite");
  });
});

describe("the pre-commit hook", () => {
  const [hook] = parse(readFileSync(join(ROOT, ".pre-commit-hooks.yaml"), "utf8"));

  /** As pre-commit does: the entry, with the committed files that match behind it. */
  function commit(files: Readonly<Record<string, string>>) {
    const cwd = emptyFolder();
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(cwd, name, ".."), { recursive: true });
      writeFileSync(join(cwd, name), text);
    }
    const clone = emptyFolder();
    const [script, ...args] = (hook.entry as string).split(" ");
    mkdirSync(join(clone, script ?? "", ".."), { recursive: true });
    copyFileSync(join(ROOT, script ?? ""), join(clone, script ?? ""));
    chmodSync(join(clone, script ?? ""), 0o755);
    const matching = Object.keys(files).filter((name) => new RegExp(hook.files).test(name));
    return run(join(clone, script ?? ""), [...args, ...matching], { also: unpacked(), cwd });
  }

  test("passes good SecureWorkloads, and leaves other files alone", () => {
    const { status, stdout } = commit({ "secure/web.yaml": workload("1.4.2"), "values.yaml": "{{" });
    expect([status, stdout]).toEqual([0, ""]);
  });

  test("fails with the file and the field of what would be refused", () => {
    const bad = workload("1.4.2").replace("spec: {", "spec: { replicas: many,");
    const { status, stderr } = commit({ "secure/bad.yaml": bad, "apps/secure/web.yaml": workload("1.4.2") });
    expect(status).not.toBe(0);
    expect(stderr).toContain("replicas");
  });
});
