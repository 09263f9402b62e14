/** Credentials that stand in variables and ConfigMaps. Where they stand is kept, never what they are. Pure. */
import type { Place, Sighting } from "../place.ts";
import { record, scalar } from "../raw.ts";
import type { Container } from "./container.ts";

export interface Credential {
  /** Of the variable or the key. */
  readonly name: string;
  readonly place: Place;
}

const NAME =
  /(^|[_.-])(pass(word|wd|phrase)?|pwd|secret(key)?|token|api[_-]?key|access[_-]?key([_-]?id)?|private[_-]?key|credentials?|client[_-]?secret|auth[_-]?key|connection[_-]?string|dsn)s?($|[_.-])|password|secret_?key|apikey|secret$/i;

/** Names that only say where a credential is, or how long one lasts. */
const POINTER =
  /(file|path|dir|name|url|uri|host|ttl|expir\w*|header|enabled|length|issuer|endpoint|type|mount|ref|policy|rotation|audience|version|timeout|interval)s?$/i;

/** Of what kind a value is, whatever its name says. */
const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10}/,
  /\beyJ[A-Za-z0-9_-]{10,512}\.eyJ[A-Za-z0-9_-]{10}/,
  /\bAIza[0-9A-Za-z_-]{35}\b/,
  /\b[a-z][a-z0-9+]{1,19}:\/\/[^\s:/@$]{1,256}:[^\s:/@$]{3,256}@/i,
  /"(private_key|client_secret|aws_secret_access_key)"\s{0,8}:\s{0,8}"[^"]/,
];

/** References to something else, switches, and what is left to be filled in. */
const NO_VALUE =
  /^(|true|false|yes|no|\d{1,4}|\$\(.*\)|\$\{.*\}|<.*>|\/.*|none|null|\{\{.*|\$[A-Z_]+|%.*|vault:.*|ref\+.*)$/i;

const isCredential = (name: string, value: string): boolean =>
  SHAPES.some((shape) => shape.test(value)) || (NAME.test(name) && !POINTER.test(name) && !NO_VALUE.test(value.trim()));

/** In variables and in flags of the command line. */
export const variableCredentials = ({ variables, words }: Container): readonly Credential[] => [
  ...[...variables].flatMap(([name, { value, place }]) =>
    value !== undefined && isCredential(name, value) ? [{ name, place }] : [],
  ),
  ...words.flatMap(({ text, place }) =>
    [...text.matchAll(FLAG)].flatMap(([, name = "", value = ""]) =>
      isCredential(name, value) ? [{ name: `--${name}`, place }] : [],
    ),
  ),
];

const FLAG = /(?:^|\s)--?([A-Za-z][\w.-]*)=["']?([^\s"']+)/g;

export const secretVariables = ({ variables, secretSources }: Container): readonly Credential[] => [
  ...[...variables].flatMap(([name, { isSecret, place }]) => (isSecret ? [{ name, place }] : [])),
  ...secretSources.map((place) => ({ name: "of a whole Secret", place })),
];

/** Certificates of authorities and scripts are long and hold no value of that name alone. */
const LINE = /^\s*"?([A-Za-z0-9_.-]+)"?\s*[=:]\s*["']?([^"'\s,#]+)/;

/** Kubernetes' own, which hold no credential but say so in their names. */
const PUBLIC = /^(kube-root-ca\.crt|extension-apiserver-authentication|cluster-info)$/;

export function configMapCredentials({ object, name, at }: Sighting): readonly Credential[] {
  if (PUBLIC.test(name)) return [];
  return Object.entries(record(object["data"])).flatMap(([key, raw]) => {
    const value = scalar(raw) ?? "";
    const isSingle = !value.trim().includes("\n");
    const found = isSingle
      ? isCredential(key, value) || lineHolds(value)
      : value.split("\n").some(lineHolds) || shaped(value);
    return found ? [{ name: key, place: at("data", key) }] : [];
  });
}

const shaped = (value: string): boolean => SHAPES.some((shape) => shape.test(value));

function lineHolds(line: string): boolean {
  const [, name, value] = LINE.exec(line) ?? [];
  return name !== undefined && value !== undefined && isCredential(name, value);
}
