/** What a process has used so far, as Linux tells it. */
import { readFileSync } from "node:fs";

export interface Usage {
  readonly rssMiB: number;
  /** The most it ever had. */
  readonly peakRssMiB: number;
  readonly cpuSeconds: number;
}

export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const mebibytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1_024;
  return {
    rssMiB: mebibytes("VmRSS"),
    peakRssMiB: mebibytes("VmHWM"),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
  };
}
