import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { loadConfig } from "./load.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(content: unknown): string {
  const file = join(folder, "config.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

test("without flags and file it has every default", () => {
  expect(loadConfig()).toMatchObject({
    leaderElect: true,
    logLevel: "info",
    concurrency: 16,
    shards: 1,
    dnsService: { namespace: "kube-system", name: "kube-dns" },
    health: { port: 8080, host: "0.0.0.0" },
    leaderElection: { leaseSeconds: 7, renewSeconds: 5, retrySeconds: 1 },
    tracing: { sampleRatio: 1 },
  });
});

test("a flag goes before the file, and the file before the default", () => {
  const file = fileOf({ logLevel: "debug", concurrency: 4, health: { port: 9090 } });
  expect(loadConfig({ config: file, concurrency: "8", healthHost: "::" })).toMatchObject({
    logLevel: "debug",
    concurrency: 8,
    health: { port: 9090, host: "::" },
  });
});

test.each([
  [{ logLvel: "info" }, /config\.json: .*logLvel/],
  [{ concurrency: 0 }, /config\.json: concurrency: /],
  [
    { leaderElection: { leaseSeconds: 5, renewSeconds: 5 } },
    /leaderElection: must satisfy retrySeconds < renewSeconds/,
  ],
  [{ tracing: { endpoint: "collector:4318" } }, /tracing\.endpoint/],
  ["{", /--config .*config\.json: /],
])("a file that says %j is refused with the field", (content, message) => {
  expect(() => loadConfig({ config: fileOf(content) })).toThrow(message);
});

test.each([
  [{ concurrency: "many" }, /--concurrency: /],
  [{ dnsService: "kube-dns" }, /--dns-service: must be namespace\/name/],
])("%j is refused with the way out", (flags, message) => {
  expect(() => loadConfig(flags)).toThrow(message);
});
