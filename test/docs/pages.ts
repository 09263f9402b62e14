/** Every page of documentation, and where its commands are typed. */
import { execFileSync } from "node:child_process";
import { ROOT } from "./reader.ts";

/** On a real node, by `test/e2e/quick-start.test.ts`: what they start must run. */
export const ON_A_NODE: readonly string[] = ["docs/quick-start.md"];

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
