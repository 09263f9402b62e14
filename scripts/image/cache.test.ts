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
  const counted = (inputs: readonly string[], again = false) => {
    const make = (folder: string): number => {
      made += 1;
      writeFileSync(join(folder, "file"), String(made));
      return made;
    };
    const { folder, facts } = keep(cache, { name: "some", inputs, make }, again);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe(String(facts));
    return facts;
  };

  test("is made once for the same inputs", () => {
    const first = counted(["a"]);

    expect(counted(["a"])).toBe(first);
    expect(counted(["b"])).not.toBe(first);
  });

  test("is made again when that is asked for, and kept from then on", () => {
    const first = counted(["a"]);
    const second = counted(["a"], true);

    expect(second).not.toBe(first);
    expect(counted(["a"])).toBe(second);
  });

  test("stays when it cannot be made again, and leaves nothing half made", () => {
    const first = counted(["a"]);
    const make = (): never => {
      throw new Error("offline");
    };

    expect(() => keep(cache, { name: "some", inputs: ["a"], make }, true)).toThrow("offline");
    expect(counted(["a"])).toBe(first);
    expect(readdirSync(cache)).toHaveLength(1);
  });
});
