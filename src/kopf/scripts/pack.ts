/**
 * Around `npm pack`: `prepare` compiles into `dist` and points the manifest's exports there, `restore` undoes that. In the
 * repository the exports name the TypeScript sources, which Node runs as they are; it does not do so inside `node_modules`.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
}

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

const compiled = (source: string): unknown => {
  const [name] = source.split(".ts");
  const target = name?.replace("./", "./dist/");
  return source.endsWith(".ts") ? { types: `${target}.d.ts`, default: `${target}.js` } : source;
};

const actions: Readonly<Record<string, () => void>> = {
  prepare: () => {
    rmSync(path("dist"), { recursive: true, force: true });
    execFileSync("tsc", ["-p", path("tsconfig.build.json")], { stdio: "inherit" });
    const text = readFileSync(path("package.json"), "utf8");
    const manifest = JSON.parse(text) as Manifest;
    const exports = Object.entries(manifest.exports).map(([name, source]) => [name, compiled(source)] as const);
    copyFileSync(path("package.json"), path("dist/package.json.source"));
    writeFileSync(
      path("package.json"),
      `${JSON.stringify({ ...manifest, exports: Object.fromEntries(exports) }, null, 2)}\n`,
    );
  },
  restore: () => {
    copyFileSync(path("dist/package.json.source"), path("package.json"));
    rmSync(path("dist"), { recursive: true, force: true });
  },
};

actions[process.argv[2] ?? ""]?.();
