/** Applications in the shapes in which people have them: what charts print, Compose files, task definitions. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Conversion, convert } from "../../src/convert/convert.ts";
import { parseManifests } from "../../src/manifests/parse.ts";

const FOLDER = join(import.meta.dirname, "..", "golden", "convert", "applications");

export interface HeldOut {
  readonly file: string;
  readonly conversion: Conversion;
}

const converted = (file: string, text: string): HeldOut => ({
  file,
  conversion: convert(parseManifests(file, text), "default"),
});

const textOf = (file: string): string => readFileSync(join(FOLDER, file), "utf8");

/** One of them with the line ends of Windows, too. */
export const heldOut = (): readonly HeldOut[] => [
  ...readdirSync(FOLDER)
    .sort()
    .map((file) => converted(file, textOf(file))),
  converted("kafka.yaml of Windows", textOf("kafka.yaml").replaceAll("\n", "\r\n")),
];
