/** Answers a registry's 401 with Basic authentication, or with a Bearer token from the registry's token endpoint. */
import { z } from "zod";
import { isLoopbackHost } from "./addresses.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import type { HttpRequest, HttpResponse, RegistryHttp } from "./http.ts";
import { ResolutionError } from "./resolution.ts";

export interface PullRequest {
  readonly repository: string;
  readonly credential: Credential | undefined;
  /** The registry's own address. */
  readonly home: URL;
}

/** The `Authorization` header for a registry that answered 401. Throws {@link ResolutionError} if it accepts none that we can give. */
export async function authorize(response: HttpResponse, pull: PullRequest, http: RegistryHttp): Promise<string> {
  const challenges = parseChallenges(response.headers["www-authenticate"]);
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer !== undefined) return `Bearer ${await fetchToken(bearer, pull, http)}`;
  if (!challenges.some(({ scheme }) => scheme === "basic")) {
    throw denied("the registry accepts neither Basic nor Bearer authentication, and Palisade supports no other");
  }
  if (pull.credential === undefined) throw withoutCredential();
  const { basic } = pull.credential;
  if (basic === undefined) {
    throw denied("the registry wants a password, and the file of --registry-config has an identity token for it");
  }
  return basic;
}

const denied = (message: string): ResolutionError => new ResolutionError("denied", message);

const withoutCredential = (): ResolutionError =>
  denied("the registry wants a credential: add one to the file of --registry-config");

async function fetchToken(challenge: Challenge, pull: PullRequest, http: RegistryHttp): Promise<string> {
  const realm = realmOf(challenge, pull.home);
  const server = `the token endpoint ${realm.host}`;
  const { status, body } = await http.send(tokenRequest(realm, challenge, pull), server);
  if (status === 200) return tokenOf(body, server);
  if (status === 400 || status === 401 || status === 403) {
    if (pull.credential === undefined) throw withoutCredential();
    throw denied(`${server} refuses the credential (${status}): renew it in the file of --registry-config`);
  }
  if (status === 429 || status >= 500) throw new ResolutionError("unreachable", `${server} answers ${status}`);
  throw new ResolutionError("malformed", `${server} answers ${status} instead of a token`);
}

/**
 * The address that gets the credential: https, no user in it, not this machine. Only a registry on this machine may have its
 * token endpoint here, and without TLS.
 */
function realmOf({ params }: Challenge, home: URL): URL {
  const { realm = "" } = params;
  if (!URL.canParse(realm)) throw new ResolutionError("malformed", "the registry names no valid token endpoint");
  const url = new URL(realm);
  const refuse = (why: string): ResolutionError =>
    new ResolutionError("malformed", `the token endpoint ${url.host} ${why}, which is not allowed`);
  if (url.username !== "" || url.password !== "") throw refuse("has a user in its address");
  const isLocal = isLoopbackHost(home.hostname) && isLoopbackHost(url.hostname);
  if (url.protocol !== "https:" && !(isLocal && url.protocol === "http:")) throw refuse("has no TLS");
  if (isLoopbackHost(url.hostname) && !isLocal) throw refuse("is on this machine");
  return url;
}

/**
 * Asks for the right to pull this repository, even if the registry suggests more: with a password by the distribution token
 * specification, with an identity token by its OAuth2 form.
 */
function tokenRequest(realm: URL, { params }: Challenge, { repository, credential }: PullRequest): HttpRequest {
  const service = params["service"];
  const wanted = { scope: `repository:${repository}:pull`, ...(service === undefined ? {} : { service }) };
  const refreshToken = credential?.refreshToken;
  if (refreshToken !== undefined) {
    const form = { grant_type: "refresh_token", client_id: "palisade", refresh_token: refreshToken, ...wanted };
    const headers = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" };
    return { method: "POST", url: realm, headers, body: new URLSearchParams(form).toString() };
  }
  const url = new URL(realm);
  for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value);
  const basic = credential?.basic;
  const headers = { accept: "application/json", ...(basic === undefined ? {} : { authorization: basic }) };
  return { method: "GET", url, headers };
}

/** The characters of an `Authorization` header (RFC 6750); servers take no longer one. */
const token = z
  .string()
  .max(16_384)
  .regex(/^[A-Za-z0-9._~+/=-]+$/);
const tokenResponse = z.looseObject({ token: token.optional(), access_token: token.optional() });

function tokenOf(body: Buffer, server: string): string {
  try {
    const parsed = tokenResponse.parse(JSON.parse(body.toString("utf8")));
    const found = parsed.token ?? parsed.access_token;
    if (found !== undefined) return found;
  } catch {
    // Errors of either parser may quote the token.
  }
  throw new ResolutionError("malformed", `${server} answers without a token`);
}
