/** One contract for every command and format: its exit codes, what goes to which stream, and what each message ends with. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { serveAtDesk, stopServing, typeAtDesk, writeDeskKubeconfig } from "../../test/support/desk.ts";
import { aStoredWorkload, condition } from "../../test/support/workload-reading.ts";
import { ANSWER_VERSION, FORMATS, type Format } from "./answer.ts";
import { ANSWERS } from "./answer-schemas.ts";
import { COMMANDS } from "./table.ts";

let folder: string;
const servers: Server[] = [];

/** A kubeconfig for a server that answers everything so. */
async function kubeconfigFor(name: string, status: number | undefined, body: object = {}): Promise<void> {
  await kubeconfigOf(name, status, () => body);
}

/** One for a server that answers by path. */
async function kubeconfigOf(name: string, status: number | undefined, bodyOf: (path: string) => object): Promise<void> {
  const server = await serveAtDesk(join(folder, name), ({ url = "" }, response) => {
    if (status !== undefined)
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(bodyOf(url)));
  });
  servers.push(server);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "palisade-door-"));
  await kubeconfigFor("empty", 404);
  await kubeconfigFor("silent", undefined);
  await kubeconfigFor("ready", 200, listOf(aStoredWorkload()));
  await kubeconfigFor("unready", 200, listOf(aStoredWorkload({ status: { conditions: [REFUSED] } })));
  const unready = listOf(aStoredWorkload({ status: { conditions: [REFUSED] } }));
  const served = (workloads: object) => (path: string) => {
    if (path === "/apis") return { groups: [] };
    if (path.startsWith("/api/v1/serviceaccounts?"))
      return listOf({ metadata: { name: "default", namespace: "shop" } });
    return path.includes("secureworkloads") ? workloads : listOf();
  };
  await kubeconfigOf("held", 200, served(listOf(aStoredWorkload())));
  await kubeconfigOf("held-up", 200, served(unready));
  writeDeskKubeconfig(join(folder, "nobody"), 1);
  writeFileSync(join(folder, "web.yaml"), workload("1.4.2"));
  writeFileSync(join(folder, "deployment.yaml"), deployment("1.4.2"));
  writeFileSync(join(folder, "deployment-latest.yaml"), deployment("latest"));
  writeFileSync(join(folder, "web-next.yaml"), workload("1.5.0"));
  writeFileSync(join(folder, "web-latest.yaml"), workload("latest"));
  writeFileSync(join(folder, "web-caller.yaml"), CALLER);
  writeFileSync(join(folder, "declared.json"), flow("db"));
  writeFileSync(join(folder, "undeclared.json"), flow("cache"));
});

afterAll(async () => {
  await Promise.all(servers.map(stopServing));
  rmSync(folder, { recursive: true });
});

const listOf = (...items: readonly object[]): object => ({ metadata: { resourceVersion: "1" }, items });
const REFUSED = condition("Ready", "False", "ImageRefused");

const workload = (tag: string): string => `apiVersion: palisade.dev/v1alpha1
kind: SecureWorkload
metadata: { name: web, namespace: shop }
spec: { image: "registry.example.com/shop/web:${tag}" }
`;

const deployment = (tag: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec: { template: { spec: { containers: [{ name: web, image: "registry.example.com/shop/web:${tag}" }] } } }
`;

const CALLER = `apiVersion: palisade.dev/v1alpha1
kind: SecureWorkload
metadata: { name: web }
spec: { image: "registry.example.com/shop/web:1.4.2", access: { outbound: [{ workload: db, port: 5432 }] } }
`;

const flow = (to: string): string =>
  JSON.stringify({
    verdict: "FORWARDED",
    is_reply: false,
    l4: { TCP: { destination_port: 5432 } },
    source: { namespace: "shop", workloads: [{ name: "web" }] },
    destination: { namespace: "shop", workloads: [{ name: to }], labels: [`k8s:app=${to}`] },
  });

interface Typed {
  readonly line: string;
  readonly input?: string | Error | "never";
}

function type({ line, input = "" }: Typed, format?: Format) {
  const argv = line.replaceAll("FOLDER", folder).split(" ");
  return typeAtDesk(format === undefined ? argv : [...argv, "-o", format], () => {
    if (input === "never") return new Promise(() => {});
    return input instanceof Error ? Promise.reject(input) : Promise.resolve(input);
  });
}

/** What is typed for each exit code; where one cannot be had here, why. */
type Cases = Readonly<Record<0 | 1 | 2 | 3 | 124, Typed | string>>;

const ON_A_CLUSTER = "shown on a real API server in test/integration";
const NOTHING_TO_FIND = "there is nothing that it could find";
const READS_NOTHING = "it reads nothing";

const UNREADABLE = new Error("EIO: i/o error, read");

const CASES: Readonly<Record<string, Cases>> = {
  explain: {
    0: { line: "explain non-root" },
    1: NOTHING_TO_FIND,
    2: { line: "explain nonroot" },
    3: { line: "explain -", input: UNREADABLE },
    124: { line: "explain - --timeout 0.05", input: "never" },
  },
  convert: {
    0: { line: "convert -f FOLDER/deployment.yaml" },
    1: { line: "convert -f FOLDER/deployment-latest.yaml" },
    2: { line: "convert -f FOLDER/web.yaml" },
    3: { line: "convert -f FOLDER/nowhere.yaml" },
    124: { line: "convert -f - --timeout 0.05", input: "never" },
  },
  audit: {
    0: { line: "audit -f FOLDER/web.yaml" },
    1: { line: "audit -f FOLDER/deployment.yaml" },
    2: { line: "audit -n shop -A" },
    3: { line: "audit --kubeconfig FOLDER/nobody" },
    124: { line: "audit --timeout 0.3 --kubeconfig FOLDER/silent" },
  },
  render: {
    0: { line: "render -f FOLDER/web.yaml" },
    1: { line: "render -f FOLDER/web-latest.yaml -f FOLDER/web.yaml" },
    2: { line: "render" },
    3: { line: "render -f FOLDER/nowhere.yaml" },
    124: { line: "render -f - --timeout 0.05", input: "never" },
  },
  diff: {
    0: { line: "diff -f FOLDER/web.yaml --against FOLDER/web.yaml" },
    1: { line: "diff -f FOLDER/web-next.yaml --against FOLDER/web.yaml" },
    2: { line: "diff --against FOLDER/web.yaml" },
    3: { line: "diff -f FOLDER/web.yaml --kubeconfig FOLDER/nobody" },
    124: { line: "diff -f FOLDER/web.yaml --timeout 0.3 --kubeconfig FOLDER/silent" },
  },
  check: {
    0: ON_A_CLUSTER,
    1: { line: "check --wait 0 --kubeconfig FOLDER/empty" },
    2: { line: "check --wait soon" },
    3: { line: "check --wait 0 --kubeconfig FOLDER/nobody" },
    124: { line: "check --wait 0 --timeout 0.3 --kubeconfig FOLDER/silent" },
  },
  plan: {
    0: ON_A_CLUSTER,
    1: ON_A_CLUSTER,
    2: { line: "plan web" },
    3: { line: "plan -n shop web --kubeconfig FOLDER/nobody" },
    124: { line: "plan -n shop web --timeout 0.3 --kubeconfig FOLDER/silent" },
  },
  status: {
    0: { line: "status -n shop --kubeconfig FOLDER/ready" },
    1: { line: "status -n shop --kubeconfig FOLDER/unready" },
    2: { line: "status web --all-namespaces" },
    3: { line: "status -n shop web --kubeconfig FOLDER/nobody" },
    124: { line: "status -n shop web --timeout 0.3 --kubeconfig FOLDER/silent" },
  },
  undo: {
    0: { line: "undo web -n shop --list --kubeconfig FOLDER/ready" },
    1: "shown in undo.test.ts",
    2: { line: "undo web --to-revision soon" },
    3: { line: "undo -n shop web --kubeconfig FOLDER/nobody" },
    124: { line: "undo -n shop web --timeout 0.3 --kubeconfig FOLDER/silent" },
  },
  report: {
    0: { line: "report FOLDER/report.html --kubeconfig FOLDER/held" },
    1: { line: "report FOLDER/report.html --kubeconfig FOLDER/held-up" },
    2: { line: "report FOLDER/report.html --since FOLDER/web.yaml --kubeconfig FOLDER/ready" },
    3: { line: "report FOLDER/report.html --kubeconfig FOLDER/nobody" },
    124: { line: "report FOLDER/report.html --timeout 0.3 --kubeconfig FOLDER/silent" },
  },
  migrate: {
    0: ON_A_CLUSTER,
    1: ON_A_CLUSTER,
    2: { line: "migrate --wait soon" },
    3: { line: "migrate -n shop --kubeconfig FOLDER/nobody" },
    124: { line: "migrate -n shop --timeout 0.3 --kubeconfig FOLDER/silent" },
  },
  learn: {
    0: { line: "learn --hubble FOLDER/declared.json -f FOLDER/web-caller.yaml -n shop" },
    1: { line: "learn --hubble FOLDER/undeclared.json -f FOLDER/web-caller.yaml -n shop --no-edit" },
    2: { line: "learn -n shop --for never" },
    3: { line: "learn --hubble FOLDER/nowhere.json" },
    124: { line: "learn --hubble - --timeout 0.05", input: "never" },
  },
  completion: {
    0: { line: "completion bash" },
    1: NOTHING_TO_FIND,
    2: { line: "completion tcsh" },
    3: READS_NOTHING,
    124: READS_NOTHING,
  },
  version: {
    0: { line: "version" },
    1: NOTHING_TO_FIND,
    2: { line: "version twice" },
    3: READS_NOTHING,
    124: READS_NOTHING,
  },
};

const PRODUCT = Object.entries(CASES).flatMap(([command, cases]) =>
  Object.entries(cases).flatMap(([code, typed]: readonly [string, Typed | string]) =>
    typeof typed === "string" ? [] : FORMATS.map((format) => ({ command, format, code: Number(code), typed })),
  ),
);

test("every command that answers has its cases", () => {
  const names = COMMANDS.filter(({ kind }) => kind !== "daemon").map(({ name }) => name);
  expect(Object.keys(CASES).sort()).toEqual([...names].sort());
});

const KINDS = new Map<string, (typeof ANSWERS)[keyof typeof ANSWERS]>(Object.entries(ANSWERS));

describe.each(PRODUCT)("palisade $command -o $format, code $code", ({ format, code, typed }) => {
  test("keeps the contract", async () => {
    const { code: got, stdout, stderr } = await type(typed, format);
    expect({ got, stderr }).toEqual({ got: code, stderr });
    if (code > 1) {
      expect(stdout).toBe("");
      // On a busy machine some say before that they are still working.
      expect(stderr).toMatch(/^(palisade \w+: still working\n)?palisade: .+\nnext: .+\n$/);
      return;
    }
    expect(stdout.endsWith("\n")).toBe(true);
    expect(stdout).not.toContain("\u001b");
    if (code === 1) expect(stderr).toMatch(/next: .+\n$/);
    if (format === "text") return;
    const answer = (format === "json" ? JSON.parse(stdout) : parse(stdout)) as { apiVersion: string; kind: string };
    expect(answer.apiVersion).toBe(ANSWER_VERSION);
    expect(KINDS.get(answer.kind)?.safeParse(answer).error?.issues ?? []).toEqual([]);
    expect(KINDS.has(answer.kind)).toBe(true);
  });
});

test.each([
  ["frobnicate", /unknown command 'frobnicate'/],
  ["explain --frob", /unknown option '--frob'/],
  ["explain -o xml", /Allowed choices are text, json, yaml/],
  ["plan", /missing required argument 'name'/],
  ["explain x --timeout never", /--timeout: must be a number/],
  ["operator --concurrency many", /--concurrency: /],
  ["keep-admission --config /nowhere.json", /--config \/nowhere\.json: /],
  ["check --kubeconfig FOLDER/empty --context other", /has no context "other"/],
])("palisade %s says what is wrong, and what to type", async (line, message) => {
  const { code, stdout, stderr } = await type({ line });
  expect(code).toBe(line.includes("--context") ? 3 : 2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/next: \S+.*\n$/);
});

test.each(["sarif", "junit", "openreports", "html"])(
  "palisade audit -o %s says what it found, and exits as ever",
  async (format) => {
    const { code, stdout } = await typeAtDesk(["audit", "-f", join(folder, "deployment.yaml"), "-o", format]);
    expect(code).toBe(1);
    expect(stdout).toContain("no-api-token");
  },
);

test("palisade audit leaves out what a baseline holds, and fails from a severity on", async () => {
  const file = join(folder, "deployment.yaml");
  const report = await typeAtDesk(["audit", "-f", file, "-o", "json"]);
  writeFileSync(join(folder, "baseline.json"), report.stdout);
  expect(await typeAtDesk(["audit", "-f", file, "--baseline", join(folder, "baseline.json")])).toMatchObject({
    code: 0,
    stdout: "nothing found in 1 object\n",
  });
  expect((await typeAtDesk(["audit", "-f", file, "--fail-on", "high"])).code).toBe(0);
  expect((await typeAtDesk(["audit", "-f", file, "--baseline", file])).code).toBe(2);
});

test("help of a command names each of its flags and something to type", async () => {
  for (const { name, flags, examples } of COMMANDS) {
    const { code, stdout } = await type({ line: `${name} --help` });
    expect(code).toBe(0);
    for (const { form } of flags) expect(stdout).toContain(/--[a-z-]+/.exec(form)?.[0]);
    for (const example of examples) expect(stdout).toContain(example);
  }
});
