import { buildImages } from "./build.ts";

describe("an image", () => {
  test.each(["1.2.3+4", "", ".1", "a:b", "x".repeat(129)])("cannot be called '%s'", async (version) => {
    await expect(buildImages({ version, log: () => {} })).rejects.toThrow("can be no tag");
  });
});
