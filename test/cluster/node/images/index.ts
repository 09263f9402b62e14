/** Makes the images once, and hands them to containerd. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withBuildLock } from "../../build-lock.ts";
import { clock, type Log } from "../../build-progress.ts";
import { CACHE_ROOT } from "../../paths.ts";
import { aptGet } from "../apt.ts";
import type { NodeProgram } from "../binaries.ts";
import { runInside } from "../space.ts";
import { writePlainImage } from "./archive.ts";
import { debianBelow, IMAGES, type ImageName, type Ingredients, RECIPES } from "./catalog.ts";

export { IMAGES, type ImageName } from "./catalog.ts";

const WRITERS = ["oci.ts", "tar.ts"].map((file) => join(import.meta.dirname, "../../../../scripts/image", file));
const NAMES = Object.keys(RECIPES) as readonly ImageName[];

/** The archives of all images, made first where needed. Debian packages are as new as when an image was made. */
export async function imageArchives(
  binaries: Ingredients["binaries"],
  log: Log,
): Promise<Readonly<Record<ImageName, string>>> {
  const folder = join(CACHE_ROOT, `images-${cacheKey(binaries)}`);
  const files = NAMES.map((name) => [name, join(folder, `${name}.tar`)] as const);
  const missing = () => files.filter(([, file]) => !existsSync(file));
  if (missing().length > 0) {
    mkdirSync(folder, { recursive: true });
    const onWait = (): void => log("another process makes the images; waiting for it");
    await withBuildLock(join(folder, "lock"), onWait, () => make(missing(), binaries, log));
  }
  return Object.fromEntries(files) as Record<ImageName, string>;
}

async function make(
  missing: readonly (readonly [ImageName, string])[],
  binaries: Ingredients["binaries"],
  log: Log,
): Promise<void> {
  const startedMs = performance.now();
  log(`making the images ${missing.map(([name]) => name).join(", ")}: seconds each, once`);
  await aptGet(["update"], log);
  const unpacked = mkdtempSync(join(tmpdir(), "palisade-images-"));
  try {
    const ingredients = { binaries, debian: once(debianBelow(unpacked)) };
    for (const [name, file] of missing)
      await writePlainImage(file, { name: IMAGES[name], ...RECIPES[name](ingredients) });
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
  log(`made them in ${clock(performance.now() - startedMs)}`);
}

/** Several images share a tree. */
function once(debian: Ingredients["debian"]): Ingredients["debian"] {
  const trees = new Map<string, ReturnType<Ingredients["debian"]>>();
  return (packages, programs) => {
    const key = packages.join();
    const tree = trees.get(key) ?? debian(packages, programs);
    trees.set(key, tree);
    return tree;
  };
}

/** Of the binaries, whose folders are named after what they were built from, and of all that says how images are made. */
function cacheKey(binaries: Readonly<Record<NodeProgram, string>>): string {
  const hash = createHash("sha256").update(JSON.stringify(binaries));
  const recipes = readdirSync(import.meta.dirname).map((file) => join(import.meta.dirname, file));
  for (const file of [...recipes.sort(), ...WRITERS]) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

/** Hands an archive to the node's containerd, where the kubelet finds its image without a registry. */
export function importImage(folder: string, ctr: string, archive: string): void {
  runInside(folder, [ctr, "--namespace", "k8s.io", "images", "import", "--local", archive]);
}
