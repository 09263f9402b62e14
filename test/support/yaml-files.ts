/** Objects as files hold them. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "kopf-ts";
import { parseAllDocuments } from "yaml";

/** Every object of every YAML file directly in `folder`, in the order of the files' names. */
export function objectsIn(folder: string): readonly KubeObject[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return files.sort().flatMap((file) => objectsOf(readFileSync(join(folder, file), "utf8")));
}

export const objectsOf = (text: string): readonly KubeObject[] =>
  parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
