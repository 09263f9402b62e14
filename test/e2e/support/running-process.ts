/** How a container's process really runs: read from the host's kernel, not from what anybody asked for. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

export interface Mount {
  readonly path: string;
  readonly type: string;
  readonly readOnly: boolean;
}

export interface RunningProcess {
  /** On the host. */
  readonly pid: number;
  /** The four user ids (real, effective, saved, file system) as the host sees them. */
  readonly hostUids: readonly number[];
  readonly hostGids: readonly number[];
  readonly uidMap: readonly IdRange[];
  readonly gidMap: readonly IdRange[];
  /** Each set of capabilities (CapInh, CapPrm, CapEff, CapBnd, CapAmb) as a number; 0 is none. */
  readonly capabilities: Readonly<Record<string, bigint>>;
  /** 2 is a filter (man 2 seccomp). */
  readonly seccomp: number;
  readonly noNewPrivileges: boolean;
  readonly mounts: readonly Mount[];
  /** `user:[4026531837]`, and so on, by name. */
  readonly namespaces: Readonly<Record<string, string>>;
}

/** The first process of a container, whose id is as in its pod's status: `containerd://…`. */
export function processOfContainer(containerId: string): RunningProcess {
  const id = containerId.replace("containerd://", "");
  const pid = processIds().find((candidate) => isFirstOf(candidate, id));
  if (pid === undefined) throw new Error(`no process on this machine runs the container ${id}`);
  return readProcess(pid);
}

export function readProcess(pid: number): RunningProcess {
  const status = parseStatus(read(pid, "status"));
  const numbers = (field: string): readonly number[] => (status[field] ?? "").split(/\s+/).map(Number);
  return {
    pid,
    hostUids: numbers("Uid"),
    hostGids: numbers("Gid"),
    uidMap: parseIdMap(read(pid, "uid_map")),
    gidMap: parseIdMap(read(pid, "gid_map")),
    capabilities: Object.fromEntries(
      Object.entries(status)
        .filter(([field]) => field.startsWith("Cap"))
        .map(([field, value]) => [field, BigInt(`0x${value}`)]),
    ),
    seccomp: Number(status["Seccomp"]),
    noNewPrivileges: status["NoNewPrivs"] === "1",
    mounts: parseMounts(read(pid, "mountinfo")),
    namespaces: Object.fromEntries(
      readdirSync(`/proc/${pid}/ns`).map((name) => [name, readlinkSync(`/proc/${pid}/ns/${name}`)]),
    ),
  };
}

const read = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, "utf8");

const processIds = (): readonly number[] => readdirSync("/proc").map(Number).filter(Number.isInteger);

function isFirstOf(pid: number, containerId: string): boolean {
  try {
    if (!read(pid, "cgroup").includes(containerId)) return false;
    return parseStatus(read(pid, "status"))["NSpid"]?.split(/\s+/).at(-1) === "1";
  } catch {
    return false; // It ended meanwhile.
  }
}

const parseStatus = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...text.matchAll(/^(\w+):\s*(.*)$/gm)].map(([, field = "", value = ""]) => [field, value]));

const parseIdMap = (text: string): readonly IdRange[] =>
  [...text.matchAll(/(\d+)\s+(\d+)\s+(\d+)/g)].map(([, inside, outside, count]) => ({
    inside: Number(inside),
    outside: Number(outside),
    count: Number(count),
  }));

/** One line is `ID PARENT DEVICE ROOT PATH OPTIONS [TAGS] - TYPE SOURCE SUPER`; a mount is also as closed as its superblock. */
const parseMounts = (text: string): readonly Mount[] =>
  text
    .trim()
    .split("\n")
    .map((line) => {
      const [own = "", filesystem = ""] = line.split(" - ");
      const [, , , , path = "", options = ""] = own.split(" ");
      const [type = "", , superOptions = ""] = filesystem.split(" ");
      return { path, type, readOnly: [options, superOptions].some((list) => list.split(",").includes("ro")) };
    });
