/** Every example with what became of its original, and the sentences that tell what nothing else does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { compare, type Decided, isAbout, type Told } from "./compare.ts";
import type { FactsFile } from "./facts.ts";
import type { Original } from "./originals.ts";
import { ROOT, renderingOf } from "./rendered.ts";

const read = (folder: string, name: string): unknown =>
  parse(readFileSync(join(ROOT, "test", "examples", folder, `${name}.yaml`), "utf8"));

export interface Decisions {
  readonly decided: readonly Decided[];
  /** Sentences about nothing that needs one. */
  readonly idle: readonly Told[];
}

export function decisionsOf({ name, folder }: Original): Decisions {
  const told = read("told", name) as readonly Told[];
  const decided = compare(read("facts", name) as FactsFile, renderingOf(folder), told);
  const isUsed = (one: Told): boolean =>
    decided.some(({ verdict, object, pointer }) => verdict === "told" && isAbout(one, object, pointer));
  return { decided, idle: told.filter((one) => !isUsed(one)) };
}
