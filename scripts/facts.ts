/**
 * `node scripts/facts.ts FOLDER`: writes the facts of the manifests that the examples were written after, from a folder with those manifests. They
 * themselves are not kept; tests read the facts alone.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "kopf-ts";
import { stringify } from "yaml";
import { parseManifests } from "../src/manifests/parse.ts";
import { factsOf } from "./examples/facts.ts";
import { ORIGINALS, type Original } from "./examples/originals.ts";

/** What an application is told is its own content, and no setting of what runs it. */
const CONTENT = new Set(["ConfigMap", "Secret"]);

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name the folder with the originals: node scripts/facts.ts FOLDER");

const filesAt = (path: string): readonly string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml")
        .sort()
        .map((file) => join(path, file))
    : [path];

const manifestsOf = ({ sources, names }: Original): readonly KubeObject[] =>
  sources
    .flatMap((source) => filesAt(join(folder, source)))
    .flatMap((file) => parseManifests(file, readFileSync(file, "utf8")).manifests)
    .map(({ object }) => object)
    .filter(({ kind = "", metadata }) => !CONTENT.has(kind) && (names?.includes(metadata.name) ?? true));

for (const original of ORIGINALS) {
  const facts = manifestsOf(original).map((object) => [`${object.kind}/${object.metadata.name}`, factsOf(object)]);
  const path = `test/examples/facts/${original.name}.yaml`;
  const head = "# Facts of the manifests that this example was written after: node scripts/facts.ts FOLDER\n";
  const text = stringify(Object.fromEntries(facts), { lineWidth: 0 });
  writeFileSync(join(import.meta.dirname, "..", path), head + text);
  console.log(`wrote ${path}`);
}
