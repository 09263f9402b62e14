/** What the operator's pods take of the node's memory, as the kernel counts it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestCluster, until } from "../../cluster/index.ts";
import { kubectl } from "../../support/cluster.ts";
import { processIn } from "./e2e.ts";
import { NAMESPACE } from "./release.ts";

const MIB = 2 ** 20;

export interface Memory {
  readonly pod: string;
  /** Since the container began; with what the kernel keeps of files for it. */
  readonly peakMiB: number;
  readonly limitMiB: number;
}

export async function memoryOf(cluster: TestCluster): Promise<readonly Memory[]> {
  const names = await kubectl(cluster, ["get", "pods", "-n", NAMESPACE, "-o", "jsonpath={.items[*].metadata.name}"]);
  return Promise.all(
    names.split(" ").map(async (pod) => {
      const { peak, limit } = readCgroup(await pidOf(cluster, pod));
      return { pod, peakMiB: Math.ceil(peak / MIB), limitMiB: limit / MIB };
    }),
  );
}

/** A container that has just begun again is told of a moment later. */
async function pidOf(cluster: TestCluster, pod: string): Promise<number> {
  let pid: number | undefined;
  const isFound = async (): Promise<boolean> => {
    pid = await processIn(cluster, NAMESPACE, pod).then(
      (found) => found.pid,
      () => undefined,
    );
    return pid !== undefined;
  };
  await until(isFound, `the process of ${pod}`);
  return pid ?? 0;
}

/** Of version 2, or of version 1 where the machine has that. */
function readCgroup(pid: number): { readonly peak: number; readonly limit: number } {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
  const pathOf = (controller: string): string | undefined =>
    lines.map((line) => line.split(":")).find(([, names = ""]) => names.split(",").includes(controller))?.[2];
  const older = join("/sys/fs/cgroup/memory", pathOf("memory") ?? "");
  const newer = join("/sys/fs/cgroup", pathOf("") ?? "");
  const isNewer = existsSync(join(newer, "memory.max"));
  const read = (file: string): number => Number(readFileSync(join(isNewer ? newer : older, file), "utf8"));
  return isNewer
    ? { peak: read("memory.peak"), limit: read("memory.max") }
    : { peak: read("memory.max_usage_in_bytes"), limit: read("memory.limit_in_bytes") };
}
