import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkIntegrity, NODE_VERSION } from "./node-runtime.ts";

const packageJson = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8"));

describe("Node.js of the image", () => {
  test("is the one that the tests run on: after a change, record the integrity of its packages too", () => {
    expect(NODE_VERSION).toBe(packageJson.devDependencies.node);
    expect(`v${NODE_VERSION}`).toBe(process.version);
  });

  test("is refused when it is not the package that was recorded", () => {
    const empty = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";

    expect(() => checkIntegrity("some", Buffer.alloc(0), empty)).not.toThrow();
    expect(() => checkIntegrity("some", Buffer.from("x"), empty)).toThrow("some is not the package that was recorded");
  });
});
