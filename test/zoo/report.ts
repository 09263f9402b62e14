/** docs/zoo.md: what became of Palisade, and of everything else, in each kind of cluster. */
import type { Visit } from "./visit.ts";

const HEAD = [
  "Profile",
  "Workloads ready",
  "Pods deleted by Palisade",
  "Writes in a quiet minute",
  "Refused or undone in ordinary life",
  "Conditions raised",
  "Attacks that stand",
];

const row = ({
  title,
  workloads,
  notReady,
  deletedPods,
  quietWrites,
  refused,
  undone,
  conditions,
  standing,
}: Visit) => [
  title,
  `${workloads - notReady.length} of ${workloads}`,
  deletedPods.length,
  quietWrites.length,
  refused.length + undone.length,
  conditions.length === 0 ? "none" : conditions.map((condition) => `\`${condition}\``).join(", "),
  standing.length,
];

const line = (cells: readonly unknown[]): string => `| ${cells.join(" | ")} |`;

export const zooPage = (visits: readonly Visit[]): string => `# The zoo

Kinds of clusters that people run, each a real API server with the admission plugins, mutating policies, quotas and add-on controllers of its kind
(\`test/zoo/profiles\`). In each, Palisade is installed, two applications come, a day's habits of teams and tools are gone through, nothing happens
for a minute, the operator is upgraded, and attacks are tried. \`make zoo\` writes this page.

${line(HEAD)}
${line(HEAD.map(() => "---"))}
${visits.map((one) => line(row(one))).join("\n")}
`;

/** What a person has to look at; empty where all is as it must be. */
export const faultsOf = (visit: Visit, expected: readonly string[]): readonly string[] => [
  ...visit.notReady.map((what) => `not ready: ${what}`),
  ...visit.deletedPods.map((what) => `pod deleted: ${what}`),
  ...visit.quietWrites.map((what) => `written in quiet: ${what}`),
  ...visit.refused.map((what) => `refused: ${what}`),
  ...visit.undone.map((what) => `undone: ${what}`),
  ...visit.conditions.filter((one) => !expected.includes(one)).map((what) => `raised: ${what}`),
  ...expected.filter((one) => !visit.conditions.includes(one)).map((what) => `not raised: ${what}`),
  ...visit.standing.map((what) => `stands: ${what}`),
];
