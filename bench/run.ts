/** Measures against a floor in the same run: creation, correction, quiet, memory. Prints a table and writes JSON. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, createClient, createTransport, type KubeObject, keyOf, kubeconfigConnection } from "kopf-ts";
import { SECURE_WORKLOAD } from "../src/crds/group.ts";
import { CHILD_KINDS } from "../src/expand/child-kinds.ts";
import { DEFAULT_INSTALLATION } from "../src/installation.ts";
import { DEPLOYMENT, NETWORK_POLICY, SERVICE, SERVICE_ACCOUNT } from "../src/kubernetes/kinds.ts";
import { ADMISSION_POLICIES } from "../src/reconcilers/admission/policies.ts";
import { startCluster, type TestCluster, until } from "../test/cluster/index.ts";
import { installPalisade } from "../test/support/install.ts";
import { ADDED_P99_MS, type AdmissionResult, benchAdmission, keepsToLimit } from "./admission.ts";
import { type AuditResult, benchAudit } from "./audit.ts";
import { type CelCost, celOf, FREQUENT } from "./cel.ts";
import { drawContests } from "./contest/draw.ts";
import { benchContest } from "./contest/index.ts";
import { tableOf } from "./contest/table.ts";
import { benchConvert } from "./convert.ts";
import { percentile, pooled } from "./measure.ts";
import { makeRaw } from "./raw.ts";
import { benchScale } from "./scale.ts";
import { TAMPERING } from "./tampering.ts";
import { usageOf } from "./usage.ts";

const WORKLOADS = Number(process.env["WORKLOADS"] ?? "200");
const TAMPERINGS = Number(process.env["TAMPERINGS"] ?? "200");
const QUIET_MS = Number(process.env["QUIET_MS"] ?? "60000");
/** Writes under way at once, in the floor and in the operator alike. */
const CONCURRENCY = 16;
const NAMESPACE = "bench";

const root = join(import.meta.dirname, "..");
const say = (text: string): void => console.log(text);

const workload = (name: string, namespace = NAMESPACE): KubeObject => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecureWorkload",
  metadata: { name, namespace },
  spec: {
    image: "registry.example.com/bench/app:1",
    replicas: 0,
    ports: [{ name: "http", port: 8080 }],
    access: { inbound: [{ workload: "gateway" }] },
  },
});

/** The same objects, sent raw by the same client: what the API server can do at all. */
async function floor(client: Client): Promise<readonly number[]> {
  const namespace = "floor";
  const durations: number[] = [];
  const startedMs = performance.now();
  await pooled(
    Array.from({ length: WORKLOADS }, (_, index) => `w${index}`),
    CONCURRENCY,
    async (name) => {
      await makeRaw(client, workload(name, namespace));
      // From the common start, as for the operator: a queue is part of both.
      durations.push(performance.now() - startedMs);
    },
  );
  return durations;
}

/** Watches every child kind and tells of each object as it arrives. */
function watchChildren(
  client: Client,
  signal: AbortSignal,
  onObject: (object: KubeObject, kind: string) => void,
): Promise<void>[] {
  return [
    NETWORK_POLICY,
    SERVICE_ACCOUNT,
    SERVICE,
    DEPLOYMENT,
    CHILD_KINDS.find(({ resource }) => resource.kind === "PodDisruptionBudget")?.resource,
  ].map(async (resource) => {
    if (resource === undefined) return;
    const { resourceVersion } = await client.list(resource, { namespace: NAMESPACE });
    const path = `/${resource.group === "" ? "api" : `apis/${resource.group}`}/${resource.version}/namespaces/${NAMESPACE}/${resource.plural}`;
    for await (const events of client.transport.watch({
      path,
      query: { watch: true, resourceVersion, timeoutSeconds: 600 },
      signal,
    })) {
      for (const { object, type } of events)
        if (type !== "BOOKMARK" && type !== "DELETED") onObject(object, resource.kind);
    }
  });
}

async function creation(client: Client): Promise<readonly number[]> {
  const watching = new AbortController();
  const seen = new Map<string, Set<string>>();
  const durations = new Map<string, number>();
  let startedMs = 0;
  const watches = watchChildren(client, watching.signal, ({ metadata }, kind) => {
    const kinds = seen.get(metadata.name) ?? new Set();
    kinds.add(kind);
    seen.set(metadata.name, kinds);
    if (kinds.size === 5 && !durations.has(metadata.name)) durations.set(metadata.name, performance.now() - startedMs);
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  startedMs = performance.now();
  await pooled(
    Array.from({ length: WORKLOADS }, (_, index) => `w${index}`),
    CONCURRENCY,
    async (name) => {
      await client.create(SECURE_WORKLOAD, workload(name));
    },
  );
  await until(
    () => [...durations.keys()].filter((name) => name.startsWith("w")).length >= WORKLOADS,
    "all children",
    120_000,
  );
  watching.abort();
  await Promise.allSettled(watches);
  return [...durations.values()];
}

/** From the answer to the tampering until a watch shows it undone. `tamperer` is one whom the admission policies let through. */
async function tampering(client: Client, tamperer: Client): Promise<readonly number[]> {
  const watching = new AbortController();
  const waiting = new Map<string, (object: KubeObject) => void>();
  const watches = watchChildren(client, watching.signal, (object, kind) =>
    waiting.get(`${kind}/${keyOf({ name: object.metadata.name })}`)?.(object),
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const durations: number[] = [];
  for (let index = 0; index < TAMPERINGS; index += 1) {
    const attack = TAMPERING[index % TAMPERING.length];
    if (attack === undefined) break;
    const name = `w${Math.floor(Math.random() * WORKLOADS)}`;
    const key = `${attack.resource.kind}/${name}`;
    let doneMs = Number.POSITIVE_INFINITY;
    let version = "";
    const undone = new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${key} was not corrected in 10 s`)), 10_000);
      const early: KubeObject[] = [];
      const judge = (object: KubeObject): void => {
        if (version === "") early.push(object);
        else if (object.metadata.resourceVersion !== version && attack.isUndone(object)) {
          clearTimeout(timer);
          resolve(performance.now() - doneMs);
        }
      };
      waiting.set(key, judge);
      tamperer
        .patch(attack.resource, { namespace: NAMESPACE, name }, attack.patch, { type: "merge" })
        .then((tampered) => {
          doneMs = performance.now();
          version = tampered.metadata.resourceVersion ?? "";
          for (const object of early) if (Number(object.metadata.resourceVersion) > Number(version)) judge(object);
        }, reject);
    });
    durations.push(Math.max(0, await undone));
    waiting.delete(key);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  watching.abort();
  await Promise.allSettled(watches);
  return durations;
}

async function quietWrites(cluster: TestCluster): Promise<number> {
  const log = cluster.auditLog;
  const lines = (): readonly string[] => (log === undefined ? [] : readFileSync(log, "utf8").split("\n"));
  const before = lines().length;
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  return lines()
    .slice(before - 1)
    .filter(
      (line) =>
        line.includes('"username":"system:serviceaccount:palisade-system:palisade"') &&
        !line.includes('"resource":"leases"'),
    ).length;
}

/** A command of Palisade, under its own account. */
async function start(cluster: TestCluster, command: string, account: string): Promise<ChildProcess> {
  const kubeconfig = await cluster.serviceAccountKubeconfig(DEFAULT_INSTALLATION.namespace, account);
  return spawn(
    process.execPath,
    [
      "src/main.ts",
      command,
      "--kubeconfig",
      kubeconfig,
      "--health-port",
      "0",
      "--log-level",
      "error",
      "--concurrency",
      String(CONCURRENCY),
    ],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"] },
  );
}

/** What can be measured. Those that are due take minutes; the others up to hours, and are measured only where they are named. */
const DUE: readonly string[] = ["admission", "operator"];
const ON_DEMAND: readonly string[] = ["audit", "scale", "contest"];

const WORDS = process.argv.slice(2);
/** The workloads of the contest, one after the other. */
const SIZES = WORDS.filter((word) => /^[1-9][0-9]*$/.test(word)).map(Number);
const PARTS = WORDS.filter((word) => !SIZES.includes(Number(word)));
for (const part of PARTS)
  if (![...DUE, ...ON_DEMAND].includes(part))
    throw new Error(`"${part}" is no benchmark: name some of ${[...DUE, ...ON_DEMAND].join(", ")}`);
if (SIZES.length > 0 && !PARTS.includes("contest"))
  throw new Error(`numbers are the workloads of the contest: make bench ARGS="contest ${SIZES.join(" ")}"`);
const isDue = (part: string): boolean => (PARTS.length === 0 ? DUE : PARTS).includes(part);

const RESULTS = join(root, "bench", "results");

function save(name: string, result: unknown): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

function printAdmission(results: readonly AdmissionResult[]): void {
  say("creation of a pod, ms           p50 without   with    p99 without   with    added at p99   ratio");
  for (const { clients, withoutP50Ms, withP50Ms, withoutP99Ms, withP99Ms } of results) {
    const added = withP99Ms - withoutP99Ms;
    const cells = [withoutP50Ms, withP50Ms, withoutP99Ms, withP99Ms, added, withP99Ms / withoutP99Ms];
    say(`${String(clients).padStart(5)} clients   ${cells.map((cell) => cell.toFixed(1).padStart(12)).join("")}`);
  }
  if (keepsToLimit(results)) return;
  say(`the policies add ${ADDED_P99_MS} ms or more to the creation of a pod at p99`);
  process.exitCode = 1;
}

function printAudits(results: readonly AuditResult[]): void {
  const heads = ["objects", "seconds", "CPU s", "MiB", "list: s", "CPU s", "MiB", "ratio", "a second"];
  say(`audit of  ${heads.map((head) => head.padStart(10)).join("")}`);
  for (const { what, objects, seconds, cpuSeconds, peakMiB, list, perSecond } of results) {
    const ofList = [list?.seconds, list?.cpuSeconds, list?.peakMiB, list?.ratio];
    const cells = [objects, seconds, cpuSeconds, peakMiB, ...ofList, perSecond];
    const shown = cells.map((cell) => (cell === undefined ? "" : Number(cell.toFixed(2)).toString()).padStart(10));
    say(`${what.padEnd(10)}${shown.join("")}`);
  }
}

type Costs = readonly (CelCost & { readonly what: string })[];

const celCosts = (): Costs =>
  FREQUENT.map((request) => ({ what: request.what, ...celOf(ADMISSION_POLICIES, request) }));

function printCel(costs: Costs): void {
  say("CEL for a request, bytes        policies   conditions   at most");
  for (const { what, policies, conditions, atMost } of costs)
    say(`${what.padEnd(30)}${[policies, conditions, atMost].map((count) => String(count).padStart(11)).join("")}`);
}

async function benchOperator(): Promise<void> {
  say("starting Kubernetes");
  const cluster = await startCluster({ components: ["controller-manager"], log: say });
  const transport = createTransport(await kubeconfigConnection({ path: cluster.kubeconfig() }), {
    poolSizes: { write: CONCURRENCY },
  });
  const client = createClient(transport, "bench");
  // The garbage collector may write everything: who steals its token is undone and not refused.
  const path = await cluster.serviceAccountKubeconfig("kube-system", "generic-garbage-collector");
  const trusted = createTransport(await kubeconfigConnection({ path }));
  let keeper: ChildProcess | undefined;
  let operator: ChildProcess | undefined;
  try {
    for (const name of [NAMESPACE, "floor"]) await cluster.kubectl(["create", "namespace", name]);
    await installPalisade(cluster);
    say(`creating ${WORKLOADS} workloads and their children raw, ${CONCURRENCY} at once`);
    const raw = await floor(client);
    await cluster.kubectl(["delete", "namespace", "floor", "--timeout=120s"]);
    keeper = await start(cluster, "keep-admission", DEFAULT_INSTALLATION.keeper);
    operator = await start(cluster, "operator", DEFAULT_INSTALLATION.account);
    const pid = operator.pid ?? 0;
    await client.create(SECURE_WORKLOAD, workload("warm-up"));
    await until(
      async () => (await client.get(DEPLOYMENT, { namespace: NAMESPACE, name: "warm-up" })) !== undefined,
      "the operator",
    );
    say(`creating ${WORKLOADS} workloads through the operator`);
    const created = await creation(client);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    say(`tampering ${TAMPERINGS} times`);
    const corrected = await tampering(client, createClient(trusted, "bench"));
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    say(`counting writes for ${QUIET_MS / 1_000} s`);
    const before = usageOf(pid);
    const writes = await quietWrites(cluster);
    const after = usageOf(pid);
    const result = {
      workloads: WORKLOADS,
      creation: { p50Ms: percentile(created, 0.5), p99Ms: percentile(created, 0.99) },
      floor: { p50Ms: percentile(raw, 0.5), p99Ms: percentile(raw, 0.99) },
      ratio: {
        p50: percentile(created, 0.5) / percentile(raw, 0.5),
        p99: percentile(created, 0.99) / percentile(raw, 0.99),
      },
      tampering: { count: TAMPERINGS, p50Ms: percentile(corrected, 0.5), p99Ms: percentile(corrected, 0.99) },
      quiet: { seconds: QUIET_MS / 1_000, writes, cpuSeconds: after.cpuSeconds - before.cpuSeconds },
      operator: { rssMiB: after.rssMiB, cpuSeconds: after.cpuSeconds },
    };
    print(result);
    save("operator", result);
  } finally {
    operator?.kill("SIGTERM");
    keeper?.kill("SIGTERM");
    await trusted.close();
    await transport.close();
    await cluster.stop();
  }
}

function print(result: Record<string, number | Readonly<Record<string, number>>>): void {
  for (const [name, value] of Object.entries(result)) {
    const text =
      typeof value === "number"
        ? String(value)
        : Object.entries(value)
            .map(([key, number]) => `${key} ${Number.isInteger(number) ? number : number.toFixed(2)}`)
            .join("  ");
    say(`${name.padEnd(12)} ${text}`);
  }
}

if (isDue("admission")) {
  const admission = await benchAdmission(say);
  printAdmission(admission);
  const cel = celCosts();
  printCel(cel);
  save("admission", { latency: admission, cel });
}
if (isDue("convert")) {
  const convert = await benchConvert(root);
  for (const { workloads, ms, ratio } of convert)
    say(`convert of ${workloads} workloads: ${ms.toFixed(0)} ms, ${ratio.toFixed(1)} times node -e 0`);
  save("convert", { convert });
}
if (isDue("operator")) await benchOperator();
if (isDue("audit")) {
  const audits = await benchAudit(say);
  printAudits(audits);
  save("audit", audits);
}
if (isDue("scale")) {
  const scale = await benchScale(say);
  for (const result of scale)
    say(JSON.stringify(result, (_key, value) => (typeof value === "number" ? Math.round(value * 100) / 100 : value)));
  save("scale", scale);
}
if (isDue("contest")) {
  for (const size of SIZES.length === 0 ? [200] : SIZES) {
    const contest = await benchContest(size, say);
    for (const line of tableOf(contest)) say(line);
    save(`contest-${size}`, contest);
  }
  drawContests(RESULTS);
}
