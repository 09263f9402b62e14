/** The standard docker config JSON, of which the credentials under `auths` are read and nothing else. Pure. */
import { z } from "zod";
import { isWithin } from "./allow-list.ts";
import { Credential } from "./credential.ts";
import { type ImageReference, registryProblem, repositoryProblem } from "./reference.ts";

export interface CredentialEntry {
  readonly registry: string;
  /** Empty for a whole registry. */
  readonly path: string;
  readonly credential: Credential;
}

const text = z.string().max(65_536).optional();

const schema = z.looseObject({
  auths: z
    .record(z.string(), z.looseObject({ auth: text, username: text, password: text, identitytoken: text }))
    .optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});

/** Throws an error that names the key at fault and never a value. An entry without any credential means none is sent. */
export function parseDockerConfig(json: string): readonly CredentialEntry[] {
  const parsed = schema.safeParse(jsonOf(json));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(
      `${issue?.path.join(".") || "the file"}: not as in a docker config file, {"auths":{"registry.example.com":{"auth":"…"}}}`,
    );
  }
  const { auths = {}, credsStore = "", credHelpers = {} } = parsed.data;
  if (credsStore !== "" || Object.keys(credHelpers).length > 0) {
    throw new Error(
      "credsStore and credHelpers name programs, and none is ever run: write the credentials under auths",
    );
  }
  return Object.entries(auths).flatMap(([key, auth]) => {
    const credential = credentialOf(key, auth);
    return credential === undefined ? [] : [{ ...placeOf(key), credential }];
  });
}

/** The credential of the longest key that covers the image; of equal ones, the first in the file. */
export function credentialFor(entries: readonly CredentialEntry[], reference: ImageReference): Credential | undefined {
  const covering = entries.filter(
    ({ registry, path }) => registry === reference.registry && isWithin(reference.repository, path),
  );
  return covering.sort((a, b) => b.path.length - a.path.length)[0]?.credential;
}

/** The parser of JSON quotes what it could not read: only that it could not is told. */
function jsonOf(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new Error("the file is not JSON");
  }
}

/** Keys are hosts with a port and a path where needed; `docker login` also wrote URLs of the API's version 1. */
function placeOf(key: string): { readonly registry: string; readonly path: string } {
  const bare = key
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .replace(/\/v[12]$/, "");
  const slash = bare.indexOf("/");
  const host = (slash === -1 ? bare : bare.slice(0, slash)).toLowerCase();
  const path = slash === -1 ? "" : bare.slice(slash + 1);
  const problem = registryProblem(host) ?? (path === "" ? undefined : repositoryProblem(path));
  if (key.includes("@")) throw new Error("a key under auths holds a user: write the host alone, and auth beside it");
  if (problem !== undefined) throw new Error(`auths[${shown(key)}]: ${problem}`);
  return { registry: host, path };
}

interface Auth {
  readonly auth?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly identitytoken?: string | undefined;
}

function credentialOf(key: string, { auth = "", username = "", password = "", identitytoken = "" }: Auth) {
  if (identitytoken !== "") return Credential.identityToken(identitytoken);
  if (auth !== "") {
    const decoded = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
    const colon = decoded.indexOf(":");
    if (colon < 1) throw new Error(`auths[${shown(key)}].auth: must be base64 of user:password`);
    return Credential.password(decoded.slice(0, colon), decoded.slice(colon + 1));
  }
  if (username === "" && password === "") return undefined;
  if (username === "" || password === "")
    throw new Error(`auths[${shown(key)}]: needs both username and password, or auth`);
  return Credential.password(username, password);
}

const shown = (key: string): string => JSON.stringify(key.slice(0, 80));
