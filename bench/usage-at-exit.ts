/** Loaded before a program that is measured: leaves in a file what its process took, the most memory in MiB and the processor's seconds. */
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage = { peakMiB: maxRSS / 1_024, cpuSeconds: (userCPUTime + systemCPUTime) / 1_000_000 };
  writeFileSync(process.env["USAGE_FILE"] ?? "", JSON.stringify(usage));
});
