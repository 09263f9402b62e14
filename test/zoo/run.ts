/** `make zoo`: visits every kind of cluster, or those named in ARGS, and writes docs/zoo.md when it was all of them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROFILES } from "./profiles/index.ts";
import { faultsOf, zooPage } from "./report.ts";
import { type Visit, visit } from "./visit.ts";

const ONLY = process.argv.slice(2);
const PAGE = join(import.meta.dirname, "..", "..", "docs", "zoo.md");
const STAY = {
  applications: ["voting-app", "podinfo-webapp"],
  livesMs: 30_000,
  quietMs: 60_000,
  log: (line: string): void => console.log(line),
};

const chosen = PROFILES.filter(({ name }) => ONLY.length === 0 || ONLY.includes(name));
const unknown = ONLY.filter((name) => !PROFILES.some((profile) => profile.name === name));
if (unknown.length > 0) {
  console.error(
    `no profile is called ${unknown.join(" or ")}: choose among ${PROFILES.map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}

const visits: Visit[] = [];
for (const profile of chosen) {
  const seen = await visit(profile, STAY);
  visits.push(seen);
  const faults = faultsOf(seen, profile.conditions);
  console.log(`${profile.title}: ${faults.length === 0 ? "as it must be" : `${faults.length} faults`}`);
  for (const fault of faults) console.log(`  ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
if (ONLY.length === 0) writeFileSync(PAGE, zooPage(visits));
