/** Why a connection gave no answer, in words of our own: what libraries say may quote addresses, headers and answers. */
import { errors } from "undici";
import { ForbiddenAddressError } from "./registry-agents.ts";

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "broke the connection",
  EPIPE: "broke the connection",
  UND_ERR_SOCKET: "broke the connection",
  ETIMEDOUT: "takes no connection in time",
  UND_ERR_CONNECT_TIMEOUT: "takes no connection in time",
  ENETUNREACH: "has no route leading to it",
  EHOSTUNREACH: "has no route leading to it",
  ENOTFOUND: "has a name that DNS does not know",
  EAI_AGAIN: "has a name for which DNS gives no answer",
  CERT_HAS_EXPIRED: "has a certificate that has expired",
  CERT_NOT_YET_VALID: "has a certificate that is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "has a certificate for another name",
};

/** OpenSSL's names for a chain that ends in no trusted authority. */
const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_SELF_SIGNED_|CERT_UNTRUSTED|CERT_SIGNATURE_|INVALID_CA)/;

/** The answer of a server that does not speak TLS. */
const PLAIN = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "EPROTO"]);

const TOO_LARGE = new Set(["UND_ERR_RES_EXCEEDED_MAX_SIZE", "UND_ERR_HEADERS_OVERFLOW"]);

export interface ConnectionFailure {
  /** `plain`: nothing but TLS was refused. `unbelievable`: there was an answer, or there must be none. */
  readonly kind: "unreachable" | "plain" | "unbelievable";
  /** To follow the name of the server. */
  readonly words: string;
}

export function connectionFailure(error: unknown): ConnectionFailure {
  if (error instanceof ForbiddenAddressError) {
    return { kind: "unbelievable", words: "leads to an address that is never asked: loopback, link-local or metadata" };
  }
  const code = codeOf(error);
  if (PLAIN.has(code)) return { kind: "plain", words: "does not speak TLS" };
  if (TOO_LARGE.has(code)) return { kind: "unbelievable", words: "gives an answer that is too large" };
  if (error instanceof errors.HTTPParserError)
    return { kind: "unbelievable", words: "gives an answer that is not HTTP" };
  if (UNTRUSTED.test(code)) {
    const words = "has a certificate of no authority that is trusted here: add that to the file of --registry-ca";
    return { kind: "unreachable", words };
  }
  return { kind: "unreachable", words: WORDS[code] ?? `cannot be connected to (${code})` };
}

function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? code : "unknown";
}
