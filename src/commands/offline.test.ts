/** What a command loads, and how long the help takes: in a process of its own. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { COMMANDS, type CommandEntry } from "./table.ts";

const MAIN = join(import.meta.dirname, "..", "main.ts");

/** Fails a process that resolves the client library. */
const WATCH = `data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from "node:module";
registerHooks({ resolve(specifier, context, next) {
  if (specifier.startsWith("@kubernetes/client-node")) throw new Error("client-node is loaded");
  return next(specifier, context);
} });`,
)}`;

const run = (...words: readonly string[]) =>
  spawnSync(process.execPath, ["--import", WATCH, MAIN, ...words], { encoding: "utf8", input: "" });

const firstExample = ({ examples }: CommandEntry): readonly string[] =>
  (examples[0] ?? "")
    .replace(/^.*palisade /, "")
    .replace(/[)|>].*$/, "")
    .trim()
    .split(" ");

test.each(COMMANDS.filter(({ kind }: CommandEntry) => kind === "offline"))(
  "$name loads no client of Kubernetes",
  (entry) => {
    const { stderr } = run(...firstExample(entry));
    expect(stderr).not.toContain("client-node is loaded");
  },
);

test("a command that asks a cluster does, or the test above would prove nothing", () => {
  const { stderr, status } = run("check", "--wait", "0", "--kubeconfig", "/nowhere");
  expect(stderr).toContain("client-node is loaded");
  expect(status).toBe(3);
});
