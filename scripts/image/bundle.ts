/** The whole program with every package it uses, in parts: what a command needs is read when it runs. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { cyclonedxEsbuildPlugin } from "@cyclonedx/cyclonedx-esbuild";
import { type BuildOptions, build, type Plugin, stop } from "esbuild";
import { type FoundPackages, type NpmPackages, npmPackages } from "./npm-packages.ts";

export interface Bundle {
  /** Paths beside each other; {@link PROGRAM} is the one that starts. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** What of it came from npm. */
  readonly npm: NpmPackages;
}

export const PROGRAM = "palisade.mjs";
/** Of all other files. */
export const PARTS = "parts";

/** CommonJS packages ask for Node's own modules by `require`, which an ES module lacks. */
const REQUIRE = `import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);`;

/**
 * Depends on the sources and the packages alone: no path of this machine is in it. Names are kept and nothing is
 * shortened, so that a stack trace says where it comes from without a map. Benchmarks bundle what they measure it against from a `source` of their own.
 */
export async function bundle(root: string, version: string, source = "src/main.ts"): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bundle-"));
  try {
    const found = join(folder, "packages.cdx.json");
    const plugins = [kubeconfigOnly, packagesTo(found), frameworkByFile(root)];
    const define = { PALISADE_VERSION: JSON.stringify(version) };
    const { outputFiles = [] } = await build({
      ...OPTIONS,
      entryPoints: [{ in: source, out: PROGRAM.replace(".mjs", "") }],
      write: false,
      absWorkingDir: root,
      define,
      plugins,
    });
    const packages = JSON.parse(readFileSync(found, "utf8")) as FoundPackages;
    const files = outputFiles.map(({ path, text }) => ({ path: relative(root, path), text }));
    return { files, npm: npmPackages(root, packages) };
  } finally {
    rmSync(folder, { recursive: true });
    // It works in a process of its own, for which a test would wait.
    await stop();
  }
}

/**
 * Of client-node the operator uses what reads kubeconfigs (kopf-ts, kubeconfig.ts). Its index brings a class for every type of
 * Kubernetes, 16 MB that no tool can tell to be unused: the part is asked for by its path, and it gets of the
 * generated code what it imports. Whatever else were imported would fail the build.
 */
const kubeconfigOnly: Plugin = {
  name: "kubeconfig-only",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^@kubernetes\/client-node$/ }, ({ path, kind, resolveDir }) =>
      esbuild.resolve(`${path}/dist/config.js`, { kind, resolveDir }),
    );
    esbuild.onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ resolveDir }) => ({
      path: "client-node/gen",
      namespace: "part",
      pluginData: resolveDir,
    }));
    esbuild.onLoad({ filter: /./, namespace: "part" }, ({ pluginData: resolveDir }) => ({
      contents: `export * from "./gen/configuration.js"; export * from "./gen/servers.js";`,
      resolveDir,
    }));
  },
};

const BY_NAME = /^import \{([^}]*)\} from "kopf-ts";$/gm;
const HANDED_ON = /^export \{([^}]*)\} from "(\.\/[^"]+)";$/gm;

/** Of `{ a, type B }` what is there when it runs: `a`. */
const valuesIn = (names: string): readonly string[] =>
  names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith("type "));

/**
 * A command that uses one function of kopf-ts loads the file that has it, and not the whole framework with its HTTP client and its metrics. Parts are cut by what
 * files import, used or not, so each name is imported from its own file.
 */
const frameworkByFile = (root: string): Plugin => ({
  name: "framework-by-file",
  setup(esbuild) {
    const framework = join(root, "src", "kopf");
    const exported = readFileSync(join(framework, "index.ts"), "utf8").matchAll(HANDED_ON);
    const files = new Map(
      [...exported].flatMap(([, names = "", file = ""]) =>
        valuesIn(names).map((name) => [name, join(framework, file)] as const),
      ),
    );
    const importOf = (name: string): string =>
      `import { ${name} } from ${JSON.stringify(files.get(name) ?? "kopf-ts")};`;
    esbuild.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(BY_NAME, (_, names: string) =>
        valuesIn(names).map(importOf).join(" "),
      ),
      loader: "ts",
    }));
  },
});

const packagesTo = (outputFile: string): Plugin =>
  cyclonedxEsbuildPlugin({
    outputFile,
    outputReproducible: true,
    gatherLicenseTexts: true,
    // A test does, by the schema itself.
    validate: false,
    logLevel: "silent",
  });

const OPTIONS = {
  outdir: ".",
  splitting: true,
  chunkNames: `${PARTS}/[name]-[hash]`,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
  target: "node24",
  charset: "utf8",
  legalComments: "eof",
  // node_modules may be a link, and where it leads must not show.
  preserveSymlinks: true,
  // A package of this repository, bundled from its sources.
  alias: { "kopf-ts": "./src/kopf/index.ts" },
  banner: { js: REQUIRE },
  logLevel: "error",
  logOverride: { "import-is-undefined": "error" },
} as const satisfies Partial<BuildOptions>;

/** Returns the file that starts. */
export function writeBundle({ files }: Pick<Bundle, "files">, folder: string): string {
  mkdirSync(join(folder, PARTS), { recursive: true });
  for (const { path, text } of files) writeFileSync(join(folder, path), text);
  return join(folder, PROGRAM);
}

/** What images, archives and packages are called: `VERSION` of the environment, else the version of the package. */
export const builtVersion = (root: string): string => process.env["VERSION"] || packageVersion(root);

export const packageVersion = (root: string): string =>
  (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string }).version;
