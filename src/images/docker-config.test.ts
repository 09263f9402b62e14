import { inspect } from "node:util";
import { credentialFor, parseDockerConfig } from "./docker-config.ts";
import { parseReference } from "./reference.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function credentialIn(auths: Readonly<Record<string, unknown>>, image: string) {
  const parsed = parseReference(image);
  if (!parsed.ok) throw new Error(parsed.problem);
  return credentialFor(parseDockerConfig(JSON.stringify({ auths })), parsed.reference);
}

const user = (name: string) => ({ auth: base64(`${name}:s3cret`) });
const basic = (name: string): string => `Basic ${base64(`${name}:s3cret`)}`;

test.each([
  { form: "auth", entry: { auth: base64("palisade:s3:cret") }, header: `Basic ${base64("palisade:s3:cret")}` },
  { form: "auth padded with zeros", entry: { auth: base64("palisade:s3cret\0\0") }, header: basic("palisade") },
  { form: "username and password", entry: { username: "palisade", password: "s3cret" }, header: basic("palisade") },
  { form: "auth before username", entry: { ...user("a"), username: "b", password: "x" }, header: basic("a") },
])("reads $form", ({ entry, header }) => {
  expect(credentialIn({ "registry.example.com": entry }, "registry.example.com/web")?.basic).toBe(header);
});

test("an identity token takes precedence, and is for the token endpoint alone", () => {
  const entry = { ...user("palisade"), identitytoken: "t0ken" };
  const credential = credentialIn({ "registry.example.com": entry }, "registry.example.com/web");
  expect(credential?.refreshToken).toBe("t0ken");
  expect(credential?.basic).toBeUndefined();
});

const places = {
  "registry.example.com": user("whole"),
  "registry.example.com/shop": user("shop"),
  "registry.example.com/shop/web": user("web"),
  "registry.example.com:5000": user("port"),
  "https://old.example.com/v1/": user("old"),
  "http://Older.example.com/v2/": user("older"),
};

test.each([
  ["registry.example.com/other", "whole"],
  ["registry.example.com/shopping", "whole"],
  ["registry.example.com/shop/db", "shop"],
  ["registry.example.com/shop/web", "web"],
  ["registry.example.com/shop/web/canary", "web"],
  ["registry.example.com:5000/shop/web", "port"],
  ["old.example.com/web", "old"],
  ["older.example.com/web", "older"],
])("%s uses the credential %s: the longest key wins", (image, name) => {
  expect(credentialIn(places, image)?.basic).toBe(basic(name));
});

test.each(["elsewhere.example.com/web", "sub.registry.example.com/web", "registry.example.com:5001/web"])(
  "%s uses no credential",
  (image) => {
    expect(credentialIn(places, image)).toBeUndefined();
  },
);

test("an empty entry is no credential, and a file may have none", () => {
  expect(credentialIn({ "registry.example.com": {} }, "registry.example.com/web")).toBeUndefined();
  expect(parseDockerConfig("{}")).toEqual([]);
  expect(parseDockerConfig('{"credsStore":"","credHelpers":{},"HttpHeaders":{"a":"b"}}')).toEqual([]);
});

test.each([
  ['{"auths":{"registry.example.com":{"auth":"s3cret', "the file is not JSON"],
  ['"s3cret"', "the file is not valid"],
  ['{"auths":{"registry.example.com":{"auth":42}}}', "auths.registry.example.com.auth is not valid"],
  ['{"auths":{"registry.example.com":{"auth":"czNjcmV0"}}}', "must be base64 of user:password"],
  ['{"auths":{"registry.example.com":{"username":"palisade"}}}', "both username and password"],
  ['{"auths":{"registry.example.com":{"password":"s3cret"}}}', "both username and password"],
  ['{"auths":{"*.example.com":{"auth":"YTpi"}}}', 'auths["*.example.com"]: the registry'],
  ['{"auths":{"https://palisade:s3cret@registry.example.com":{"auth":"YTpi"}}}', "a key under auths contains a user"],
  ['{"credsStore":"desktop"}', "never runs: write credentials under auths"],
  ['{"auths":{},"credHelpers":{"registry.example.com":"cloud"}}', "never runs"],
])("refuses %s without quoting a value", (json, words) => {
  const error = thrownBy(() => parseDockerConfig(json));
  expect(error.message).toContain(words);
  expect(inspect(error)).not.toContain("s3cret");
});

test("no output shows a credential", () => {
  const entries = parseDockerConfig(
    JSON.stringify({
      auths: { "registry.example.com": user("palisade"), "other.example.com": { identitytoken: "s3cret" } },
    }),
  );
  const shown = inspect(entries, { depth: 9, showHidden: true }) + JSON.stringify(entries) + String(entries);
  for (const secret of ["s3cret", base64("palisade:s3cret")]) expect(shown).not.toContain(secret);
});

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("nothing was thrown");
}
