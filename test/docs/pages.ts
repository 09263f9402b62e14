/** Every page of documentation, and where its commands are typed. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");

/** On a real node, by `test/e2e/`: what they start must run, or they ask what runs. The chart's page says nothing that the quick start does not. */
export const ON_A_NODE = /^docs\/(quick-start|runbooks\/.*)\.md$|^charts\/palisade\/README\.md$/;

/** Questions to what runs, by `test/e2e/runbooks.test.ts`. */
export const RUNBOOKS = /^docs\/runbooks\//;

/** One story: what it needs a node for is no question to an installation. */
export const MIGRATION = "docs/guides/migration.md";

/** What its commands read and write is in a folder of the reader's own, not at the top of the repository. */
export const isAtDesk = (place: string): boolean => place.startsWith(`${MIGRATION}:`);

/** They take everything away, so they come last. */
export const AT_THE_END: readonly string[] = ["docs/guides/upgrading.md"];

/** All that is kept in git, but what is generated. */
export function allPages(): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return listed
    .split("\n")
    .filter((path) => path !== "" && !path.startsWith("docs/reference/"))
    .sort();
}
