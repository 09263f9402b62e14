/** The script of the report, in one text that the page carries: browsers run no TypeScript, and the page asks nobody for a file. */
import { join } from "node:path";
import { buildSync } from "esbuild";
import { type GeneratedFile, MARK } from "./generated-file.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export const reportScriptFile: GeneratedFile = {
  path: "src/report/script.ts",
  render: () =>
    [`// ${MARK}`, "", "/** `browser/`, bundled. */", `export const SCRIPT = ${JSON.stringify(bundled())};`, ""].join(
      "\n",
    ),
};

/** Depends on the sources alone: no path of this machine is in it. */
function bundled(): string {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: ["src/report/browser/main.ts"],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    write: false,
    tsconfigRaw: {},
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild wrote nothing");
  if (/<\/script|<!--/i.test(file.text)) throw new Error("the script would end its own element");
  return file.text;
}
