/** Reads credentials from a docker config JSON: those under `auths`, nothing else. Pure. */
import { z } from "zod";
import { isWithin, type Place, placeProblem, splitPlace } from "./allow-list.ts";
import { Credential } from "./credential.ts";
import type { ImageReference } from "./reference.ts";

export interface CredentialEntry extends Place {
  readonly credential: Credential;
}

const text = z.string().max(65_536).optional();
const auth = z.looseObject({ auth: text, username: text, password: text, identitytoken: text });
const schema = z.looseObject({
  auths: z.record(z.string(), auth).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});

/** Throws an error that names the wrong key and never a value. Skips entries without a credential. */
export function parseDockerConfig(json: string): readonly CredentialEntry[] {
  const parsed = schema.safeParse(jsonOf(json));
  if (!parsed.success) {
    const key = parsed.error.issues[0]?.path.join(".") || "the file";
    throw new Error(`${key} is not valid: write {"auths":{"registry.example.com":{"auth":"…"}}}`);
  }
  const { auths = {}, credsStore = "", credHelpers = {} } = parsed.data;
  if (credsStore !== "" || Object.keys(credHelpers).length > 0) {
    throw new Error(
      "credsStore and credHelpers name programs, which Palisade never runs: write credentials under auths",
    );
  }
  return Object.entries(auths).flatMap(([key, value]) => {
    const place = placeOf(key);
    const credential = credentialOf(`auths[${shown(key)}]`, value);
    return credential === undefined ? [] : [{ ...place, credential }];
  });
}

/** The credential of the longest key that covers the image; of equal keys, the first in the file. */
export function credentialFor(entries: readonly CredentialEntry[], reference: ImageReference): Credential | undefined {
  const covering = entries.filter((entry) => isWithin(reference, entry));
  return covering.sort((a, b) => b.path.length - a.path.length)[0]?.credential;
}

function jsonOf(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    // The parser's own message quotes the file.
    throw new Error("the file is not JSON");
  }
}

/** A key is a host, with a port and a path where needed; `docker login` also wrote URLs of API version 1. */
function placeOf(key: string): Place {
  if (key.includes("@")) throw new Error("a key under auths contains a user: write the host alone, and auth beside it");
  const bare = key
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .replace(/\/v[12]$/, "");
  const { registry, path } = splitPlace(bare);
  const place = { registry: registry.toLowerCase(), path };
  const problem = placeProblem(place);
  if (problem !== undefined) throw new Error(`auths[${shown(key)}]: ${problem}`);
  return place;
}

function credentialOf(key: string, value: z.infer<typeof auth>): Credential | undefined {
  const { username = "", password = "", identitytoken = "" } = value;
  if (identitytoken !== "") return Credential.identityToken(identitytoken);
  if (value.auth !== undefined && value.auth !== "") {
    const decoded = Buffer.from(value.auth, "base64").toString("utf8").replace(/\0+$/, "");
    const colon = decoded.indexOf(":");
    if (colon < 1) throw new Error(`${key}.auth: must be base64 of user:password`);
    return Credential.password(decoded.slice(0, colon), decoded.slice(colon + 1));
  }
  if (username === "" && password === "") return undefined;
  if (username === "" || password === "") throw new Error(`${key}: needs both username and password, or auth`);
  return Credential.password(username, password);
}

const shown = (key: string): string => JSON.stringify(key.slice(0, 80));
