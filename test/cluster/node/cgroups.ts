/** The node's cgroups: a branch of its own in every hierarchy, so that two nodes on one machine never meet. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { until } from "../pause.ts";

const ROOT = "/sys/fs/cgroup";
const UNIFIED = existsSync(join(ROOT, "cgroup.controllers"));

/** `/palisade-c-x1y2z3`, as the kubelet's cgroupRoot. */
export const cgroupOf = (folder: string): string => `/palisade-${basename(folder)}`;

const branches = (folder: string): readonly string[] =>
  (UNIFIED ? [ROOT] : readdirSync(ROOT).map((controller) => join(ROOT, controller))).map((hierarchy) =>
    join(hierarchy, cgroupOf(folder)),
  );

export function createCgroups(folder: string): void {
  if (UNIFIED) passControllersOn();
  for (const branch of branches(folder)) mkdirSync(branch, { recursive: true });
}

/** The kubelet wants these in its branch wherever the machine has them. */
function passControllersOn(): void {
  const present = readFileSync(join(ROOT, "cgroup.controllers"), "utf8").trim().split(" ");
  const wanted = ["cpu", "cpuset", "memory", "hugetlb", "pids"].filter((name) => present.includes(name));
  writeFileSync(join(ROOT, "cgroup.subtree_control"), wanted.map((name) => `+${name}`).join(" "));
}

/** Removes them once their processes are gone; the kernel may take a moment to notice. */
export async function removeCgroups(folder: string): Promise<void> {
  for (const branch of branches(folder)) await until(() => tryRemove(branch), `${branch} to be empty`, 10_000);
}

function tryRemove(branch: string): boolean {
  if (!existsSync(branch)) return true;
  try {
    for (const entry of readdirSync(branch, { withFileTypes: true })) {
      if (entry.isDirectory()) tryRemove(join(branch, entry.name));
    }
    rmdirSync(branch);
    return true;
  } catch (error) {
    if (["EBUSY", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
