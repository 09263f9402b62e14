/** A program that is known, and what says whether it asks for a login. Pure. */
import { type Container, type Flag, flagIn } from "../facts/container.ts";
import type { Setting, Settings } from "../facts/settings.ts";
import type { Place } from "../place.ts";

/** From worst to best. */
export const LOGINS = ["none", "unknown", "some"] as const;
export type Login = (typeof LOGINS)[number];

/**
 * What whoever is let in has: what the program's account may do, code of one's own in its pod, its data, the node it runs on, or the
 * cluster. Metrics tell of a cluster, and give nothing.
 */
export type Gives = "account" | "code" | "data" | "node" | "cluster" | "metrics";

/** One port of a container. */
export interface Listening {
  readonly product: string;
  /** Undefined for each port that the container has. */
  readonly port: number | undefined;
  readonly login: Login;
  /** How that shows: `--enable-skip-login`. */
  readonly words: string;
  readonly place: Place;
  readonly gives: Gives;
  /** How to ask for a login. */
  readonly cut: string;
  /** Where it takes its login in the clear. */
  readonly plain?: Place | undefined;
}

export interface Product {
  readonly id: string;
  readonly title: string;
  readonly isRun: (container: Container) => boolean;
  readonly listens: (container: Container, settings: Settings) => readonly Listening[];
}

/** Signs that one of them is there, by what must be true of its value. */
export interface Signs {
  readonly flags?: Readonly<Record<string, RegExp>>;
  readonly variables?: Readonly<Record<string, RegExp>>;
  readonly words?: readonly RegExp[];
  readonly settings?: readonly Setting[];
  /** ConfigMaps where the settings stand, beside those that the pod reads. */
  readonly configMaps?: readonly string[];
}

export interface Declared {
  readonly id: string;
  readonly title: string;
  readonly image: RegExp;
  readonly tag?: RegExp;
  /** Of a name that others have too: the port that its container must declare. */
  readonly declares?: number;
  readonly namespace?: RegExp;
  /** What must stand in its command line. */
  readonly runs?: RegExp;
  /** Undefined for each port that its container has. */
  readonly ports?: readonly number[];
  readonly gives: Gives;
  /** What holds where no sign is there, and how it shows. */
  readonly byDefault: Login;
  readonly why: string;
  /** Signs that it asks nobody: they win over those that it does. */
  readonly opened?: Signs;
  readonly closed?: Signs;
  /** Signs that it takes its login over plain HTTP. */
  readonly plain?: Signs;
  /** Whether a ConfigMap that was not read could close it. */
  readonly isConfigured?: true;
  readonly cut: string;
}

/** Any value, but one that switches off. */
export const SET = /^(?!(false|0|no|off|)$)/i;
export const EMPTY = /^$/;

/** Where only the own pod calls, and anywhere else. */
export const LOCAL = /^(127\.|localhost$|::1$|\[::1\]$)/;
export const ELSEWHERE = /^(?!127\.|localhost$|::1$|\[::1\]$)./;

/** A product whose login shows from flags, variables and settings alone. */
export function product(declared: Declared): Product {
  const { id, title } = declared;
  return {
    id,
    title,
    isRun: (container) => isRunBy(declared, container),
    listens: (container, settings) => {
      const { login, words, place } = loginOf(declared, container, settings);
      const { ports, gives, cut } = declared;
      const plain = firstSign(declared.plain, container, settings)?.place;
      return (ports ?? [undefined]).map((port) => ({ product: title, port, login, words, place, gives, cut, plain }));
    },
  };
}

function isRunBy({ image, tag, namespace, runs, declares }: Declared, container: Container): boolean {
  const { repository, ports, words } = container;
  return (
    image.test(repository) &&
    (tag === undefined || tag.test(container.tag ?? "")) &&
    (namespace === undefined || namespace.test(container.namespace)) &&
    (declares === undefined || ports.some(({ port }) => port === declares)) &&
    (runs === undefined || words.some(({ text }) => runs.test(text)) || runs.test(lineOf(container)))
  );
}

/** As a shell would have it. */
const lineOf = ({ words }: Container): string => words.map(({ text }) => text).join(" ");

interface Shown {
  readonly login: Login;
  readonly words: string;
  readonly place: Place;
}

function loginOf(declared: Declared, container: Container, settings: Settings): Shown {
  const opened = firstSign(declared.opened, container, settings);
  if (opened !== undefined) return { login: "none", ...opened };
  const closed = firstSign(declared.closed, container, settings);
  if (closed !== undefined) return { login: "some", ...closed };
  const { isConfigured, byDefault, why } = declared;
  const isElsewhere = isConfigured === true && !settings.hasAll(container.namespace, container.configMaps);
  const { place } = container;
  return isElsewhere
    ? { login: "unknown", words: "its ConfigMap was not read", place }
    : { login: byDefault, words: why, place };
}

type Sign = Omit<Shown, "login">;

function firstSign(signs: Signs | undefined, container: Container, settings: Settings): Sign | undefined {
  if (signs === undefined) return undefined;
  return (
    flagSign(signs, container) ??
    variableSign(signs, container) ??
    wordSign(signs, container) ??
    settingSign(signs, container, settings)
  );
}

function flagSign({ flags = {} }: Signs, container: Container): Sign | undefined {
  for (const [name, value] of Object.entries(flags)) {
    const flag = flagIn(container, name);
    if (flag !== undefined && value.test(saidBy(flag))) return { words: `--${name}`, place: flag.place };
  }
  return undefined;
}

/** A flag that stands alone is switched on. */
const saidBy = ({ value }: Flag): string => value ?? "true";

function variableSign({ variables = {} }: Signs, container: Container): Sign | undefined {
  for (const [name, pattern] of Object.entries(variables)) {
    const variable = container.variables.get(name);
    // One that comes from elsewhere has a value.
    if (variable !== undefined && pattern.test(variable.value ?? "set")) return { words: name, place: variable.place };
  }
  return undefined;
}

/** In one word, or across some. What was found is not told: it may hold a password. */
function wordSign({ words = [] }: Signs, container: Container): Sign | undefined {
  const { words: own } = container;
  const line = lineOf(container);
  for (const pattern of words) {
    const found = own.find(({ text }) => pattern.test(text)) ?? (pattern.test(line) ? own[0] : undefined);
    if (found !== undefined) return { words: "its command line", place: found.place };
  }
  return undefined;
}

function settingSign(
  { settings: named = [], configMaps = [] }: Signs,
  container: Container,
  settings: Settings,
): Sign | undefined {
  for (const setting of named) {
    const place = settings.find(setting, container.namespace, [...container.configMaps, ...configMaps]);
    if (place !== undefined) return { words: setting, place };
  }
  return undefined;
}
