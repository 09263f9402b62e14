/** `npm run cluster -- build|start|stop|status`: an embedded cluster that outlives the command. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubernetesBinary } from "./binary.ts";
import type { EmbeddedDescription } from "./embedded.ts";
import { startCluster } from "./index.ts";
import { CACHE_ROOT } from "./paths.ts";
import { isRunning } from "./processes.ts";
import { removeStateFolder } from "./state-folder.ts";

const file = join(CACHE_ROOT, "cluster.json");
const log = (line: string): void => console.log(line);

const recorded = (): EmbeddedDescription | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as EmbeddedDescription) : undefined;

/** The recorded cluster, if its API server still runs: it may have ended with the machine. */
function running(): EmbeddedDescription | undefined {
  const description = recorded();
  return description !== undefined && isRunning(description.folder, "kube-apiserver") ? description : undefined;
}

const howToReach = ({ folder, kubectl }: EmbeddedDescription): string =>
  `export KUBECONFIG=${join(folder, "admin.kubeconfig")}\nkubectl is ${kubectl}`;

async function start(): Promise<void> {
  if (running() !== undefined) throw new Error("a cluster runs already: npm run cluster -- stop");
  const { description, readyMs } = await startCluster({
    components: ["controller-manager", "scheduler"],
    detached: true,
    log,
  });
  if (description === undefined) throw new Error("this starts embedded clusters only: unset PALISADE_CLUSTER");
  mkdirSync(CACHE_ROOT, { recursive: true });
  writeFileSync(file, JSON.stringify(description), { mode: 0o600 });
  log(`ready in ${(readyMs / 1_000).toFixed(1)} s\n${howToReach(description)}`);
}

async function stop(): Promise<void> {
  const description = recorded();
  if (description !== undefined) await removeStateFolder(description.folder);
  rmSync(file, { force: true });
  log(description === undefined ? "no cluster runs" : "stopped");
}

async function status(): Promise<void> {
  const description = running();
  log(description === undefined ? "no cluster runs" : `${description.url}\n${howToReach(description)}`);
}

const commands: Readonly<Record<string, () => Promise<void>>> = {
  build: async () => log(await kubernetesBinary(log)),
  start,
  stop,
  status,
};

const command = commands[process.argv[2] ?? ""];
if (command === undefined) {
  console.error("usage: npm run cluster -- build|start|stop|status");
  process.exit(2);
}
try {
  await command();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
