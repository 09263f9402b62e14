import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileCredentials } from "./credentials.ts";
import { parseReference } from "./reference.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "credentials-"));
  path = join(folder, "config.json");
});

afterEach(() => rmSync(folder, { recursive: true }));

const configOf = (password: string): string =>
  JSON.stringify({ auths: { "registry.example.com": { username: "palisade", password } } });

const basic = (password: string): string => `Basic ${Buffer.from(`palisade:${password}`).toString("base64")}`;

const reference = (() => {
  const parsed = parseReference("registry.example.com/web:1");
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.reference;
})();

test("reads a changed file at once, and raises the version", () => {
  writeFileSync(path, configOf("first"));
  const credentials = fileCredentials(path);
  const before = credentials.version();
  expect(credentials.of(reference)?.basic).toBe(basic("first"));
  expect(credentials.version()).toBe(before);
  writeFileSync(path, configOf("second"));
  expect(credentials.version()).toBeGreaterThan(before);
  expect(credentials.of(reference)?.basic).toBe(basic("second"));
});

test("follows a mounted Secret, which the kubelet replaces through a link", () => {
  for (const [name, password] of [
    ["one", "first"],
    ["two", "second"],
  ] as const) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "config.json"), configOf(password));
  }
  symlinkSync("one", join(folder, "..data"));
  symlinkSync(join("..data", "config.json"), path);
  const credentials = fileCredentials(path);
  expect(credentials.of(reference)?.basic).toBe(basic("first"));
  symlinkSync("two", join(folder, "..data_tmp"));
  renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  expect(credentials.of(reference)?.basic).toBe(basic("second"));
});

test("keeps the last good credentials while the file is malformed or missing, and reports it", () => {
  writeFileSync(path, configOf("first"));
  const credentials = fileCredentials(path);
  writeFileSync(path, '{"auths":{"registry.example.com":{"auth":"s3cret');
  expect(credentials.of(reference)?.basic).toBe(basic("first"));
  expect(credentials.problem()).toBe(`the registry credentials ${path} are unusable: the file is not JSON`);
  rmSync(path);
  expect(credentials.of(reference)?.basic).toBe(basic("first"));
  writeFileSync(path, configOf("second"));
  expect(credentials.of(reference)?.basic).toBe(basic("second"));
  expect(credentials.problem()).toBeUndefined();
});

test("throws at once for a missing or unusable file", () => {
  expect(() => fileCredentials(path)).toThrow(`cannot read the registry credentials ${path}: ENOENT`);
  writeFileSync(path, '{"credsStore":"desktop"}');
  expect(() => fileCredentials(path)).toThrow("write credentials under auths");
});
