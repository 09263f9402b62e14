import { architecturesOf } from "./platforms.ts";

describe("platforms", () => {
  test.each([
    { asked: "linux/arm64", expected: ["arm64"] },
    { asked: "linux/arm64, linux/amd64", expected: ["amd64", "arm64"] },
  ])("of $asked are $expected", ({ asked, expected }) => {
    expect(architecturesOf(asked)).toEqual(expected);
  });

  test.each(["amd64", "linux/riscv64", ""])("do not include '%s'", (asked) => {
    expect(() => architecturesOf(asked)).toThrow("must be one of linux/amd64, linux/arm64");
  });
});
