/** The dashboard of Kubernetes, whose login changed with its versions. */
import { type Container, type Flag, flagIn, isOn } from "../facts/container.ts";
import type { Place } from "../place.ts";
import type { Listening, Login, Product } from "./product.ts";

interface Shown {
  readonly login: Login;
  readonly words: string;
  readonly place: Place;
}

/** From 3.0 on a program of its own for the API, the login and the pages. */
const IMAGE =
  /(^|\/)(kubernetes-dashboard(-(amd64|arm64?|ppc64le|s390x))?|kubernetesui[/-](dashboard|dashboard-(api|web|auth|metrics-scraper)))$/;
const PARTS = /dashboard-(api|web|auth|metrics-scraper)$/;
/** No other program has it, whatever a mirror calls the image. */
const FLAG = "enable-skip-login";

const PLAIN = 9090;
const SECURE = 8443;
/** With a certificate it listens on the secure port alone. */
const CERTIFICATES = ["auto-generate-certificates", "tls-cert-file", "tls-key-file"];
const CUT = "remove --enable-skip-login and the insecure port, and let people log in with a token of their own";

export const kubernetesDashboard: Product = {
  id: "kubernetes-dashboard",
  title: "Kubernetes dashboard",
  isRun: (container) => IMAGE.test(container.repository) || flagIn(container, FLAG) !== undefined,
  listens: (container) => {
    if (PARTS.test(container.repository))
      return [
        listening(undefined, { login: "some", words: "it takes tokens of people alone", place: container.place }),
      ];
    const overTls = listening(portIn(container, "port", SECURE), shownOverTls(container));
    const isTlsAlone = CERTIFICATES.some((flag) => flagIn(container, flag) !== undefined);
    return isTlsAlone || isLocal(flagIn(container, "insecure-bind-address"))
      ? [overTls]
      : [listening(portIn(container, "insecure-port", PLAIN), shownOverPlain(container)), overTls];
  },
};

const isLocal = (address: Flag | undefined): boolean => /^(127\.|::1$|localhost$)/.test(address?.value ?? "");

const listening = (port: number | undefined, shown: Shown): Listening => ({
  product: "Kubernetes dashboard",
  port,
  ...shown,
  gives: "account",
  cut: CUT,
});

function portIn(container: Container, flag: string, fallback: number): number {
  const port = Number(flagIn(container, flag)?.value);
  return Number.isInteger(port) && port > 0 ? port : fallback;
}

/** Over plain HTTP no version before 3.0 takes a login, so it acts with its own account, unless `--enable-insecure-login` says otherwise. */
function shownOverPlain(container: Container): Shown {
  const insecure = flagIn(container, "enable-insecure-login");
  const skip = skipped(container);
  if (skip !== undefined) return skip;
  if (isOn(insecure)) return { login: "some", words: "--enable-insecure-login", place: insecure.place };
  const place = flagIn(container, "insecure-port")?.place ?? container.place;
  return { login: "none", words: "plain HTTP, where it asks for no login", place };
}

function shownOverTls(container: Container): Shown {
  return skipped(container) ?? { login: "some", words: "it asks for a token", place: container.place };
}

/** 1.7 brought a login, with a way to skip it that 1.10.1 hid behind a flag. */
function skipped(container: Container): Shown | undefined {
  const skip = flagIn(container, FLAG);
  if (isOn(skip)) return { login: "none", words: "--enable-skip-login", place: skip.place };
  const version = versionOf(container);
  if (version === undefined) return undefined;
  if (isBefore(version, [1, 7, 0]))
    return { login: "none", words: `version ${container.tag} knows no login`, place: container.place };
  const hidden = isOn(flagIn(container, "disable-skip"));
  return isBefore(version, [1, 10, 1]) && !hidden
    ? { login: "none", words: `the login of version ${container.tag} can be skipped`, place: container.place }
    : undefined;
}

function versionOf({ tag = "" }: Container): readonly number[] | undefined {
  const found = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(tag);
  return found === null ? undefined : found.slice(1).map((part) => Number(part ?? 0));
}

function isBefore(version: readonly number[], bound: readonly number[]): boolean {
  for (const [index, part] of bound.entries()) {
    const own = version[index] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}
