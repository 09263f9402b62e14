/** A node ends with the process that started it, however that ends, and takes everything with it. */
import { spawn } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "../cluster/index.ts";
import { cgroupOf } from "../cluster/node/cgroups.ts";
import { initOf } from "../cluster/node/space.ts";
import { sweepAbandoned } from "../cluster/state-folder.ts";

const DOOMED = join(import.meta.dirname, "support", "doomed-node.ts");

const namespaceOf = (pid: string): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined; // Not a process, or one that ended meanwhile.
  }
};

const processesIn = (namespace: string | undefined): readonly string[] =>
  readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && namespaceOf(pid) === namespace);

describe("a node whose starter is killed", () => {
  test("leaves no process, mount or interface, and its files only until the next start", async () => {
    const starter = spawn(process.execPath, [DOOMED], { stdio: ["ignore", "pipe", "inherit"] });
    const folder = await firstLine(starter.stdout);
    const namespace = namespaceOf(initOf(folder) ?? "");
    const interfaces = () => readdirSync("/sys/class/net");
    const before = interfaces().filter((name) => name.startsWith("palisade"));
    expect(processesIn(namespace).length).toBeGreaterThan(5);

    starter.kill("SIGKILL");

    await until(() => processesIn(namespace).length === 0, "the end of the node's processes", 5_000);
    await until(() => before.some((name) => !interfaces().includes(name)), "the end of its interface", 5_000);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(folder);
    await sweepAbandoned();
    expect(existsSync(folder)).toBe(false);
    expect(globSync(`/sys/fs/cgroup/{,*/}${cgroupOf(folder)}`)).toEqual([]);
  }, 120_000);
});

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error("the starter ended before it had a node");
}
