/** The shape of the source, drawn from its own imports: every import points downward, types included, and no part outgrows the others. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "@jest/globals";

const SRC = import.meta.dirname;

/** Top to bottom, as docs/architecture.md has them. Parts of one layer may import each other, without a circle. */
const LAYERS = [
  ["main.ts", "commands", "config"],
  ["report"],
  ["convert", "render", "migration", "learn", "audit"],
  ["reconcilers"],
  ["foreign"],
  ["state"],
  ["admission"],
  ["expand"],
  ["rbac", "plan", "images", "unusual"],
  ["names.ts", "installation.ts", "version.ts", "kubernetes", "manifests", "crds", "policies", "observability"],
  ["kopf"],
] as const;

const IMPORT = /(?:\bfrom|\bimport\(|^import)\s*"([^"]+)"/gm;
const LARGEST_PART = 0.2;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter(
    (file) =>
      file.endsWith(".ts") && !/\.test\.ts$|node_modules|\/dist\/|kopf\/(test-support|scripts|examples)\//.test(file),
  )
  .sort();

function targetOf(file: string, specifier: string): string | undefined {
  if (specifier === "kopf-ts") return "kopf/index.ts";
  if (specifier === "kopf-ts/testing") return "kopf/testing.ts";
  if (!specifier.startsWith(".")) return undefined;
  return relative(SRC, join(SRC, dirname(file), specifier));
}

const graph = new Map(
  files.map((file) => {
    const text = readFileSync(join(SRC, file), "utf8");
    return [file, [...text.matchAll(IMPORT)].flatMap(([, specifier = ""]) => targetOf(file, specifier) ?? [])] as const;
  }),
);

const partOf = (file: string): string => file.split("/")[0] ?? file;

function layerOf(file: string): number {
  const layer = LAYERS.findIndex((parts) => (parts as readonly string[]).includes(partOf(file)));
  if (layer < 0) throw new Error(`${file} is in no layer: add its folder to LAYERS and to docs/architecture.md`);
  return layer;
}

/** Files on a circle, or between two: what is left once files that import nothing left, or that nothing left imports, are taken away. */
function circles(): readonly string[] {
  const left = new Set(graph.keys());
  const imports = (file: string): readonly string[] => (graph.get(file) ?? []).filter((target) => left.has(target));
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    const imported = new Set([...left].flatMap(imports));
    for (const file of [...left]) if (imports(file).length === 0 || !imported.has(file)) left.delete(file);
  }
  return [...left];
}

describe("the source", () => {
  test("imports only what exists", () => {
    const missing = [...graph].flatMap(([file, targets]) =>
      targets.filter((target) => !graph.has(target)).map((target) => `${file} -> ${target}`),
    );
    expect(missing).toEqual([]);
  });

  test("has no circle of imports, types included", () => {
    expect(circles()).toEqual([]);
  });

  test("imports downward only", () => {
    const upward = [...graph].flatMap(([file, targets]) =>
      targets.filter((target) => layerOf(target) < layerOf(file)).map((target) => `${file} -> ${target}`),
    );
    expect(upward).toEqual([]);
  });

  test("has no part above a fifth of its lines", () => {
    const lines = new Map<string, number>();
    for (const file of graph.keys()) {
      const count = readFileSync(join(SRC, file), "utf8").split("\n").length - 1;
      lines.set(partOf(file), (lines.get(partOf(file)) ?? 0) + count);
    }
    const total = [...lines.values()].reduce((sum, count) => sum + count, 0);
    const shares = [...lines].map(([part, count]) => ({ part, share: count / total }));
    expect(shares.filter(({ share }) => share > LARGEST_PART)).toEqual([]);
    expect(total).toBeGreaterThan(10_000);
  });
});
