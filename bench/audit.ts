/**
 * `palisade audit` of a cluster beside a bare paged list of the same kinds, each a process of its own, and in turns: how long it takes and the most
 * memory it has. Of files: how many manifests a second.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, createTransport, kubeconfigConnection } from "kopf-ts";
import { stringify } from "yaml";
import { NODE_FLAGS } from "../scripts/archives/launcher.ts";
import { bundle, packageVersion, writeBundle } from "../scripts/image/bundle.ts";
import { startCluster } from "../test/cluster/index.ts";
import { clusterOf } from "./audited-cluster.ts";
import { percentile, pooled } from "./measure.ts";

/** Of clusters; with 0 files alone are measured. */
const SIZES = (process.env["OBJECTS"] ?? "10000,50000")
  .split(",")
  .map(Number)
  .filter((size) => size > 0);
const MANIFESTS = Number(process.env["MANIFESTS"] ?? "10000");
const RUNS = Number(process.env["RUNS"] ?? "3");
const CONCURRENCY = 32;
const PER_FILE = 200;
const FOLDER = import.meta.dirname;

interface Usage {
  readonly peakMiB: number;
  readonly cpuSeconds: number;
}

interface Cost extends Usage {
  readonly seconds: number;
  readonly objects: number;
}

export interface AuditResult {
  readonly what: string;
  readonly objects: number;
  readonly seconds: number;
  /** Beside seconds that pass: on a machine with other work they tell more. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  /** Absent of files. */
  readonly list?: Usage & { readonly seconds: number; readonly ratio: number };
  /** Of files. */
  readonly perSecond?: number;
}

export async function benchAudit(say: (text: string) => void): Promise<readonly AuditResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-audit-"));
  try {
    const programs = await bundled(folder);
    const files = await ofFiles(programs, folder, say);
    const live: AuditResult[] = [];
    for (const size of SIZES) live.push(await ofCluster(size, programs, folder, say));
    return [files, ...live];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Programs {
  readonly audit: string;
  readonly list: string;
  readonly usage: string;
}

/** Each as users get Palisade: Node.js takes time and memory to read TypeScript. */
async function bundled(folder: string): Promise<Programs> {
  const root = join(FOLDER, "..");
  const made = async (name: string, source?: string): Promise<string> =>
    writeBundle(await bundle(root, packageVersion(root), source), join(folder, name));
  return {
    audit: await made("audit"),
    list: await made("list", "bench/bare-list.ts"),
    usage: await made("usage", "bench/usage-at-exit.ts"),
  };
}

/** The whole process, from its start to its end. */
function costOf(words: readonly string[], { usage }: Pick<Programs, "usage">, folder: string): Promise<Cost> {
  const file = join(folder, "usage.json");
  const startedMs = performance.now();
  const args = ["--import", usage, ...words];
  const options = { env: { ...process.env, USAGE_FILE: file }, maxBuffer: 2 ** 30 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      // An audit that finds something exits with 1.
      if (error !== null && error.code !== 1) {
        reject(new Error(stderr));
        return;
      }
      const seconds = (performance.now() - startedMs) / 1_000;
      const { objects } = JSON.parse(stdout) as { readonly objects: number };
      resolve({ seconds, ...(JSON.parse(readFileSync(file, "utf8")) as Usage), objects });
    });
  });
}

const auditWords = ({ audit }: Programs, ...words: readonly string[]): readonly string[] => [
  ...NODE_FLAGS,
  audit,
  "audit",
  "-o",
  "json",
  ...words,
];

const median = (costs: readonly Cost[], of: "seconds" | keyof Usage): number =>
  percentile(
    costs.map((cost) => cost[of]),
    0.5,
  );

async function ofFiles(programs: Programs, folder: string, say: (text: string) => void): Promise<AuditResult> {
  say(`writing ${MANIFESTS} manifests`);
  const path = mkdtempSync(join(folder, "manifests-"));
  const all = [...clusterOf(MANIFESTS)].map(({ object }) =>
    // As kubectl and Helm print it.
    stringify(object, { aliasDuplicateObjects: false }),
  );
  for (let at = 0; at < all.length; at += PER_FILE)
    writeFileSync(join(path, `${at}.yaml`), all.slice(at, at + PER_FILE).join("---\n"));
  const costs: Cost[] = [];
  for (let run = 0; run < RUNS; run += 1) costs.push(await costOf(auditWords(programs, "-f", path), programs, folder));
  const seconds = median(costs, "seconds");
  const objects = costs[0]?.objects ?? 0;
  const [cpuSeconds, peakMiB] = [median(costs, "cpuSeconds"), median(costs, "peakMiB")];
  return { what: "files", objects, seconds, cpuSeconds, peakMiB, perSecond: objects / seconds };
}

async function ofCluster(
  size: number,
  programs: Programs,
  folder: string,
  say: (text: string) => void,
): Promise<AuditResult> {
  say("starting Kubernetes");
  const cluster = await startCluster({ log: say });
  const kubeconfig = cluster.kubeconfig();
  const transport = createTransport(await kubeconfigConnection({ path: kubeconfig }), {
    poolSizes: { write: CONCURRENCY },
  });
  const client = createClient(transport, "bench");
  try {
    say(`creating ${size} objects`);
    const all = Map.groupBy(clusterOf(size), ({ resource }) => resource);
    // Kind by kind: a pod needs its account, and everything its namespace.
    for (const some of all.values())
      await pooled(some, CONCURRENCY, async ({ resource, object }) => {
        await client.create(resource, object);
      });
    const [audits, lists]: [Cost[], Cost[]] = [[], []];
    for (let run = 0; run < RUNS; run += 1) {
      lists.push(await costOf([...NODE_FLAGS, programs.list, kubeconfig], programs, folder));
      audits.push(await costOf(auditWords(programs, "--kubeconfig", kubeconfig), programs, folder));
    }
    const [seconds, listSeconds] = [median(audits, "seconds"), median(lists, "seconds")];
    return {
      what: "cluster",
      objects: audits[0]?.objects ?? 0,
      seconds,
      cpuSeconds: median(audits, "cpuSeconds"),
      peakMiB: median(audits, "peakMiB"),
      list: {
        seconds: listSeconds,
        cpuSeconds: median(lists, "cpuSeconds"),
        peakMiB: median(lists, "peakMiB"),
        ratio: seconds / listSeconds,
      },
    };
  } finally {
    await transport.close();
    await cluster.stop();
  }
}
