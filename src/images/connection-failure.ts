/** Explains why a connection gave no answer. Libraries' own messages may quote addresses, headers and bodies. */
import { errors } from "undici";
import { ForbiddenAddressError } from "./registry-agents.ts";

export interface ConnectionFailure {
  /** `plain`: the server does not speak TLS. `malformed`: the answer, or the address, cannot be trusted. */
  readonly kind: "unreachable" | "plain" | "malformed";
  /** A clause whose subject is the server. */
  readonly message: string;
}

const MESSAGES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "closed the connection",
  EPIPE: "closed the connection",
  UND_ERR_SOCKET: "closed the connection",
  ETIMEDOUT: "did not accept a connection in time",
  UND_ERR_CONNECT_TIMEOUT: "did not accept a connection in time",
  ENETUNREACH: "has no network route",
  EHOSTUNREACH: "has no network route",
  ENOTFOUND: "has a name that DNS does not know",
  EAI_AGAIN: "has a name that DNS failed to resolve",
  CERT_HAS_EXPIRED: "has an expired certificate",
  CERT_NOT_YET_VALID: "has a certificate that is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "has a certificate for another name",
};

/** OpenSSL's codes for a chain that ends in no trusted authority. */
const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_SELF_SIGNED_|CERT_UNTRUSTED|CERT_SIGNATURE_|INVALID_CA)/;
const PLAIN = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "EPROTO"]);
const TOO_LARGE = new Set(["UND_ERR_RES_EXCEEDED_MAX_SIZE", "UND_ERR_HEADERS_OVERFLOW"]);

export function connectionFailure(error: unknown): ConnectionFailure {
  const code = codeOf(error);
  if (error instanceof ForbiddenAddressError) {
    return { kind: "malformed", message: "has a forbidden address: loopback, link-local or cloud metadata" };
  }
  if (PLAIN.has(code)) return { kind: "plain", message: "does not speak TLS" };
  if (TOO_LARGE.has(code)) return { kind: "malformed", message: "sent an answer that is too large" };
  if (error instanceof errors.HTTPParserError) return { kind: "malformed", message: "sent an answer that is not HTTP" };
  if (UNTRUSTED.test(code)) {
    const message = "has a certificate from an untrusted authority: add the authority to the file of --registry-ca";
    return { kind: "unreachable", message };
  }
  return { kind: "unreachable", message: MESSAGES[code] ?? `cannot be reached (${code})` };
}

function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{1,64}$/.test(code) ? code : "unknown error";
}
