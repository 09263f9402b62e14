/** What an image is made from is fetched and compressed once, and kept under a key of all it depends on. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** A folder with files, and what is known of them. */
export interface Kept<T> {
  readonly folder: string;
  readonly facts: T;
}

export interface Recipe<T> {
  readonly name: string;
  /** All that the result depends on; {@link codeKey} where it is more than a download. */
  readonly inputs: readonly string[];
  /** Writes files to the folder; what it returns must survive JSON. */
  readonly make: (folder: string) => T | Promise<T>;
}

const FACTS = "facts.json";

/** Made anew when `again`, and when it is not there. Two processes may make the same thing; one of them is kept. */
export async function keep<T>(cache: string, { name, inputs, make }: Recipe<T>, again = false): Promise<Kept<T>> {
  const folder = join(cache, `${name}-${keyOf(inputs)}`);
  if (again || !existsSync(join(folder, FACTS))) {
    mkdirSync(cache, { recursive: true });
    const fresh = mkdtempSync(join(cache, "new-"));
    try {
      writeFileSync(join(fresh, FACTS), JSON.stringify(await make(fresh)));
      // Only now: what was there is worth keeping when the new one cannot be made.
      if (again) rmSync(folder, { recursive: true, force: true });
      settle(fresh, folder);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return { folder, facts: JSON.parse(readFileSync(join(folder, FACTS), "utf8")) };
}

function settle(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another process was faster: what it made is as good.
    if (!existsSync(join(folder, FACTS))) throw error;
  }
}

const keyOf = (inputs: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 16);

/** Of the code of this folder. */
export function codeKey(): string {
  const hash = createHash("sha256");
  const code = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  for (const file of code.sort()) hash.update(`\0${file}\0`).update(readFileSync(join(import.meta.dirname, file)));
  return hash.digest("hex");
}
