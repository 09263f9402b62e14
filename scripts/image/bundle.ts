/** The whole operator in one file, with every package it uses. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin, stop } from "esbuild";

export interface Bundle {
  readonly code: string;
  /** Which files are in it, and which of them import which. */
  readonly metafile: Metafile;
}

/** CommonJS packages ask for Node's own modules by `require`, which an ES module lacks. */
const REQUIRE = `import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);`;

/**
 * Depends on the sources and the packages alone: no path of this machine is in it. Names are kept and nothing is
 * shortened, so that a stack trace says where it comes from without a map.
 */
export async function bundle(root: string, version: string): Promise<Bundle> {
  try {
    const define = { PALISADE_VERSION: JSON.stringify(version) };
    const { outputFiles, metafile } = await build({ ...OPTIONS, absWorkingDir: root, define });
    const [output] = outputFiles;
    if (output === undefined) throw new Error("esbuild wrote nothing");
    return { code: output.text, metafile };
  } finally {
    // It works in a process of its own, for which a test would wait.
    await stop();
  }
}

/**
 * Of client-node the operator uses what reads kubeconfigs (src/kopf/kubeconfig.ts). Its index brings a class for every type of
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

const OPTIONS = {
  entryPoints: ["src/main.ts"],
  outfile: "palisade.mjs",
  bundle: true,
  write: false,
  metafile: true,
  platform: "node",
  format: "esm",
  target: "node24",
  charset: "utf8",
  legalComments: "eof",
  // node_modules may be a link, and where it leads must not show.
  preserveSymlinks: true,
  banner: { js: REQUIRE },
  plugins: [kubeconfigOnly],
  logLevel: "error",
  logOverride: { "import-is-undefined": "error" },
} as const satisfies Partial<BuildOptions>;

/** What the image is called unless something else is asked for. */
export const packageVersion = (root: string): string =>
  (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string }).version;
