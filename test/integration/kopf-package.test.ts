/** kopf-ts as others get it: packed, installed into an empty folder, and running the example of its README. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../cluster/index.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { useCluster } from "../support/use-palisade.ts";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);
const namespace = uniqueNamespace("kopf-package");

let temporary: string;
let installed: string;
let greeter: ChildProcess | undefined;
let output = "";

/** Packs a copy: packing rewrites the manifest for a moment, and other tests run from the sources. */
async function pack(): Promise<string> {
  const copy = join(temporary, "source");
  await cp(join(root, "src/kopf"), copy, { recursive: true });
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", temporary], { cwd: copy });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf("["))) as { readonly filename: string }[];
  expect(await readFile(join(copy, "package.json"), "utf8")).toBe(
    await readFile(join(root, "src/kopf/package.json"), "utf8"),
  );
  return packed?.filename ?? "";
}

const { cluster } = useCluster({ state: "bare" });

beforeAll(async () => {
  await kubectl(cluster, ["create", "namespace", namespace]);
  temporary = await mkdtemp(join(tmpdir(), "kopf-ts-"));
  const tarball = await pack();
  installed = join(temporary, "empty");
  await mkdir(installed);
  await cp(join(temporary, tarball), join(installed, tarball));
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", `./${tarball}`], { cwd: installed });
}, 300_000);

afterAll(async () => {
  greeter?.kill("SIGKILL");
  await kubectl(cluster, ["delete", "namespace", namespace, "--wait=false"]);
  await rm(temporary, { recursive: true, force: true });
});

const exampleOf = (readme: string): string => /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";

async function writeExample(): Promise<void> {
  const readme = await readFile(join(installed, "node_modules/kopf-ts/README.md"), "utf8");
  await writeFile(join(installed, "greeter.mts"), exampleOf(readme));
}

test("the packed declarations type-check the example", async () => {
  await writeExample();
  const compilerOptions = {
    target: "es2024",
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  };
  await writeFile(join(installed, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["greeter.mts"] }));
  const checked = await run("node", [join(root, "node_modules/typescript/bin/tsc"), "-p", installed]).catch(
    ({ stdout }: { readonly stdout: string }) => ({ stdout }),
  );
  expect(checked.stdout).toBe("");
});

const put = (name: string, data: object) =>
  kubectl(cluster, ["apply", "-f", "-"], {
    input: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, labels: { greet: "yes" } }, data },
  });

const greeting = async (): Promise<string | undefined> => {
  const get = ["get", "configmap", "example-greeting", "-n", namespace, "-o", "jsonpath={.data.text}"];
  const { code, stdout } = await cluster.kubectl(get);
  return code === 0 ? stdout : undefined;
};

const untilGreeting = (text: string | undefined) =>
  until(async () => (await greeting()) === text, `the greeting to be ${text}; the example wrote: ${output}`);

test("the example of the README greets, repairs, cleans up and stops, from the package alone", async () => {
  await writeExample();
  greeter = spawn("node", ["greeter.mts"], {
    cwd: installed,
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig() },
  });
  greeter.stdout?.on("data", (chunk) => {
    output += String(chunk);
  });
  greeter.stderr?.on("data", (chunk) => {
    output += String(chunk);
  });
  await put("example", { name: "Ada" });
  await untilGreeting("Hello Ada");
  await put("example", { name: "Grace" });
  await untilGreeting("Hello Grace");
  const patch = JSON.stringify({ data: { text: "Bye" } });
  await kubectl(cluster, ["patch", "configmap", "example-greeting", "-n", namespace, "--type=merge", "-p", patch]);
  await untilGreeting("Hello Grace");
  await kubectl(cluster, ["delete", "configmap", "example", "-n", namespace]);
  await untilGreeting(undefined);
  const ended = new Promise((resolve) => greeter?.once("exit", resolve));
  greeter.kill("SIGTERM");
  expect([await ended, output.includes('"level":"error"')]).toEqual([0, false]);
});
