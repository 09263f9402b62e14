/** Answers what a registry asks of who pulls: Basic, or a Bearer token that its token endpoint gives. */
import { z } from "zod";
import { isLoopbackHost } from "./addresses.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import type { Answer, Ask, Exchange } from "./exchange.ts";
import { LookupFailure } from "./lookup.ts";

export interface Applicant {
  readonly repository: string;
  readonly credential: Credential | undefined;
  /** Of the registry itself. */
  readonly home: URL;
}

/** The `Authorization` header for a registry that answered 401. Throws {@link LookupFailure} where there is none to give. */
export async function authorize(refusal: Answer, applicant: Applicant, exchange: Exchange): Promise<string> {
  const challenges = parseChallenges(refusal.headers["www-authenticate"]);
  const bearer = challenges.find(({ scheme }) => scheme === "bearer");
  if (bearer !== undefined) return `Bearer ${await fetchToken(bearer, applicant, exchange)}`;
  if (!challenges.some(({ scheme }) => scheme === "basic")) {
    throw new LookupFailure(
      "denied",
      "it asks for neither Basic nor Bearer authentication, and there is no other here",
    );
  }
  const { credential } = applicant;
  if (credential === undefined) throw withoutCredential();
  if (credential.basic === undefined) {
    throw new LookupFailure("denied", "it asks for a password and the file of --registry-config has an identity token");
  }
  return credential.basic;
}

export const withoutCredential = (): LookupFailure =>
  new LookupFailure(
    "denied",
    "it asks for a credential and the file of --registry-config has none for it: add one there",
  );

async function fetchToken(challenge: Challenge, applicant: Applicant, exchange: Exchange): Promise<string> {
  const realm = realmOf(challenge, applicant.home);
  const answer = await exchange.once(tokenAsk(realm, challenge, applicant), `its token endpoint ${realm.host}`);
  if (answer.status === 200) return tokenOf(answer, realm);
  throw refusalOf(answer.status, realm, applicant.credential);
}

/**
 * Where a credential is about to be sent: https, with no user in the address, not this machine. Only a registry on this
 * machine may have its token endpoint there, and without TLS.
 */
function realmOf({ params }: Challenge, home: URL): URL {
  const { realm = "" } = params;
  if (!URL.canParse(realm)) throw new LookupFailure("malformed", "it names no address of a token endpoint");
  const url = new URL(realm);
  const refuse = (what: string): LookupFailure =>
    new LookupFailure("malformed", `its token endpoint ${url.host} ${what}, which is refused`);
  if (url.username !== "" || url.password !== "") throw refuse("has a user in its address");
  const isLocal = isLoopbackHost(home.hostname) && isLoopbackHost(url.hostname);
  if (url.protocol !== "https:" && !(isLocal && url.protocol === "http:")) throw refuse("is without TLS");
  if (isLoopbackHost(url.hostname) && !isLocal) throw refuse("is on this machine");
  return url;
}

/**
 * Asks for the right to pull this one repository, whatever wider scope the registry suggests: with a password as the
 * distribution token specification has it, with an identity token as its OAuth2 form.
 */
function tokenAsk(realm: URL, { params }: Challenge, { repository, credential }: Applicant): Ask {
  const scope = `repository:${repository}:pull`;
  const service = params["service"];
  const asked = { scope, ...(service === undefined ? {} : { service }) };
  const refreshToken = credential?.refreshToken;
  if (refreshToken !== undefined) {
    const form = { grant_type: "refresh_token", client_id: "palisade", refresh_token: refreshToken, ...asked };
    const headers = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" };
    return { method: "POST", url: realm, headers, body: new URLSearchParams(form).toString() };
  }
  const url = new URL(realm);
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  const basic = credential?.basic;
  const headers = { accept: "application/json", ...(basic === undefined ? {} : { authorization: basic }) };
  return { method: "GET", url, headers };
}

/** What may stand in an `Authorization` header (RFC 6750); longer than any header a server takes. */
const token = z
  .string()
  .max(16_384)
  .regex(/^[A-Za-z0-9._~+/=-]+$/);
const tokenAnswer = z.looseObject({ token: token.optional(), access_token: token.optional() });

function tokenOf({ body }: Answer, realm: URL): string {
  const parsed = tokenAnswer.safeParse(jsonOf(body));
  const found = parsed.success ? (parsed.data.token ?? parsed.data.access_token) : undefined;
  if (found === undefined)
    throw new LookupFailure("malformed", `its token endpoint ${realm.host} answers without a token`);
  return found;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

function refusalOf(status: number, realm: URL, credential: Credential | undefined): LookupFailure {
  const who = `its token endpoint ${realm.host}`;
  if (status === 400 || status === 401 || status === 403) {
    if (credential === undefined) return withoutCredential();
    return new LookupFailure(
      "denied",
      `${who} refuses the credential of --registry-config (${status}): renew it there`,
    );
  }
  if (status === 429 || status >= 500) return new LookupFailure("unreachable", `${who} answers ${status}`);
  return new LookupFailure("malformed", `${who} answers ${status} where a token is due`);
}
