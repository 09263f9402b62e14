import { existsSync, readFileSync } from "node:fs";
import { linkageOf } from "./elf.ts";

describe("the linkage of a program", () => {
  test("is the loader and the libraries that the running Node was started with", () => {
    const { loader = "", needed } = linkageOf(readFileSync(process.execPath));
    const maps = readFileSync("/proc/self/maps", "utf8");

    expect(existsSync(loader)).toBe(true);
    expect(needed).toEqual(expect.arrayContaining(["libc.so.6", "libm.so.6", "libstdc++.so.6"]));
    for (const name of needed) expect(maps).toContain(`/${name}`);
  });

  test("of a library names no loader", () => {
    const [, library = ""] = /(\/\S*libstdc\+\+\.so\S*)/.exec(readFileSync("/proc/self/maps", "utf8")) ?? [];

    const { loader, needed } = linkageOf(readFileSync(library));

    expect(loader).toBeUndefined();
    expect(needed).toContain("libc.so.6");
  });

  test("is none of another file", () => {
    expect(() => linkageOf(readFileSync(import.meta.filename))).toThrow("not a 64-bit little-endian ELF file");
  });
});
