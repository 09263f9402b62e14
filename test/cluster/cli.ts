/** `npm run cluster -- build|start|stop|status`: an embedded cluster that outlives the command. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { kubernetesBinary } from "./binary.ts";
import { type EmbeddedDescription, stopEmbedded } from "./embedded.ts";
import { startCluster } from "./index.ts";

const home = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "palisade");
const file = join(home, "cluster.json");
const log = (line: string): void => console.log(line);

const running = (): EmbeddedDescription | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as EmbeddedDescription) : undefined;

const commands: Readonly<Record<string, () => Promise<void>>> = {
  build: async () => log(await kubernetesBinary(log)),
  start: async () => {
    if (running() !== undefined) throw new Error("a cluster runs already: npm run cluster -- stop");
    const cluster = await startCluster({ components: ["controller-manager", "scheduler"], detached: true, log });
    mkdirSync(home, { recursive: true });
    writeFileSync(file, JSON.stringify(cluster.description), { mode: 0o600 });
    log(`ready in ${(cluster.readyMs / 1_000).toFixed(1)} s\nexport KUBECONFIG=${cluster.kubeconfig()}`);
  },
  stop: async () => {
    const description = running();
    if (description !== undefined) await stopEmbedded(description.folder);
    rmSync(file, { force: true });
    log(description === undefined ? "no cluster runs" : "stopped");
  },
  status: async () => {
    const description = running();
    log(
      description === undefined
        ? "no cluster runs"
        : `${description.url}\nexport KUBECONFIG=${join(description.folder, "admin.kubeconfig")}`,
    );
  },
};

const command = commands[process.argv[2] ?? ""];
if (command === undefined) {
  console.error("usage: npm run cluster -- build|start|stop|status");
  process.exit(2);
}
await command();
