import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keep } from "./cache.ts";

describe("what is kept", () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "palisade-cache-"));
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  let made = 0;
  const counted = async (inputs: readonly string[], again = false) => {
    const make = (folder: string): number => {
      made += 1;
      writeFileSync(join(folder, "file"), String(made));
      return made;
    };
    const { folder, facts } = await keep(cache, { name: "some", inputs, make }, again);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe(String(facts));
    return facts;
  };

  test("is made once for the same inputs", async () => {
    const first = await counted(["a"]);

    expect(await counted(["a"])).toBe(first);
    expect(await counted(["b"])).not.toBe(first);
  });

  test("is made again when that is asked for, and kept from then on", async () => {
    const first = await counted(["a"]);
    const second = await counted(["a"], true);

    expect(second).not.toBe(first);
    expect(await counted(["a"])).toBe(second);
  });

  test("stays when it cannot be made again, and leaves nothing half made", async () => {
    const first = await counted(["a"]);
    const make = (): never => {
      throw new Error("offline");
    };

    await expect(keep(cache, { name: "some", inputs: ["a"], make }, true)).rejects.toThrow("offline");
    expect(await counted(["a"])).toBe(first);
    expect(readdirSync(cache)).toHaveLength(1);
  });
});
