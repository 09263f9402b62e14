import { readFileSync } from "node:fs";
import { join } from "node:path";
import { imageConfig, PATHS } from "./image-config.ts";
import { NODE_VERSION } from "./node-runtime.ts";

const dockerfile = readFileSync(join(import.meta.dirname, "..", "..", "Dockerfile"), "utf8").replaceAll("\\\n", "");
const stage = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));

/** The rest of the lines that begin with `word`, in the stage that becomes the image. */
const said = (word: string): readonly string[] =>
  [...stage.matchAll(new RegExp(`^${word} (.*)$`, "gm"))].map(([, rest = ""]) => rest.trim());

const config = imageConfig({ version: "$VERSION" });

describe("the Dockerfile", () => {
  test("starts what the image starts, as the same user", () => {
    expect(said("ENTRYPOINT").map((text) => JSON.parse(text))).toEqual([config.Entrypoint]);
    expect(said("CMD").map((text) => JSON.parse(text))).toEqual([config.Cmd]);
    expect(said("USER")).toEqual([config.User]);
    expect(said("WORKDIR")).toEqual([config.WorkingDir]);
    expect(said("EXPOSE")).toEqual(Object.keys(config.ExposedPorts ?? {}));
    expect(said("ENV")).toEqual([]);
  });

  test("has the image's labels", () => {
    const labels = said("LABEL").flatMap((line) => [...line.matchAll(/([\w.]+)="([^"]*)"/g)]);

    expect(Object.fromEntries(labels.map(([, key, value]) => [key, value]))).toEqual(config.Labels);
  });

  test("puts things where the image has them", () => {
    const targets = said("COPY").map((line) => line.split(" ").at(-1));

    expect(targets).toEqual([`/${PATHS.node}`, `/${PATHS.program}`, `/${PATHS.parts}`, `/${PATHS.terms}`]);
  });

  test("takes its bases from whoever builds it, and the Node that was tested", () => {
    expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)).toEqual(["$NODE", "$BASE"]);
    expect(dockerfile).toContain(`node:${NODE_VERSION}-slim`);
    for (const [, host] of dockerfile.matchAll(/^ARG \w+=([^/\s]+)\//gm)) expect(host).toBe("registry.example.com");
  });
});
