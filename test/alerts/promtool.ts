/** Prometheus' own tool for rules, metrics and PromQL, built without its ways of finding targets, which nothing here needs. */
import { spawnSync } from "node:child_process";
import { goBinary, requiredVersion } from "../cluster/go-binary.ts";

const SOURCES = import.meta.dirname;

export interface Verdict {
  readonly ok: boolean;
  /** All that it printed. */
  readonly output: string;
}

export type Promtool = (args: readonly string[], input?: string) => Verdict;

export const promtoolBinary = (): Promise<string> =>
  goBinary({
    name: "promtool",
    title: `promtool ${requiredVersion(SOURCES, "github.com/prometheus/prometheus")}`,
    duration: "about two minutes on two cores",
    sources: SOURCES,
    package: "github.com/prometheus/prometheus/cmd/promtool",
    tags: ["remove_all_sd"],
  });

export async function promtool(): Promise<Promtool> {
  const binary = await promtoolBinary();
  return (args, input = "") => {
    const { status, stdout, stderr } = spawnSync(binary, args, { input, encoding: "utf8" });
    return { ok: status === 0, output: `${stdout}${stderr}` };
  };
}
