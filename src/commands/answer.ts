/** What a command says, and the one contract of exit codes (decision 0023). */
import { shellWord } from "../manifests/shell-word.ts";

export const EXIT = { clean: 0, findings: 1, wrongUse: 2, couldNotLook: 3, timedOut: 124 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const FORMATS = ["text", "json", "yaml"] as const;
export type Format = (typeof FORMATS)[number];

/** Of other programs: not every command has them. */
export const OTHER_FORMATS = ["sarif", "junit", "openreports", "html"] as const;
export type OtherFormat = (typeof OTHER_FORMATS)[number];

/** Version of the machine-readable form of every answer. A field that goes or changes its meaning makes a new one. */
export const ANSWER_VERSION = "cli.palisade.dev/v1";

export interface Answer {
  /** `kind` of the machine-readable form; its schema is `docs/reference/cli/KIND.json`. */
  readonly kind: string;
  /** Fields of the machine-readable form beside `apiVersion` and `kind`. */
  readonly data: Readonly<Record<string, unknown>>;
  /** For people, on standard output. */
  readonly text: string;
  /** In formats of other programs, where the command has some. */
  readonly forms?: Readonly<Partial<Record<OtherFormat, () => string>>>;
  /** Whether there is something to look at: a finding, a difference, a refusal. */
  readonly hasFindings: boolean;
  /** For people, on standard error. */
  readonly talk?: readonly string[];
  /** What to type next. */
  readonly next?: string;
}

/** Why a command has no answer. The message says what happened, `next` what to type. */
export class Failure extends Error {
  readonly code: ExitCode;
  readonly next: string;

  constructor(code: ExitCode, message: string, next: string) {
    super(message);
    this.name = "Failure";
    this.code = code;
    this.next = next;
  }
}

export const wrongUse = (message: string, next: string): Failure => new Failure(EXIT.wrongUse, message, next);
export const couldNotLook = (message: string, next: string): Failure => new Failure(EXIT.couldNotLook, message, next);
export const timedOut = (seconds: number, next: string): Failure =>
  new Failure(EXIT.timedOut, `no answer within ${seconds} s`, next);

/** What a command was given. */
export interface Given {
  readonly words: readonly string[];
  /** By the names of the flags in camel case; absent unless given. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Standard input, in parts as they come. */
  readonly input: () => AsyncIterable<Uint8Array | string>;
  /** All of standard input. */
  readonly readInput: () => Promise<string>;
  /** Says on standard error how far a long command has come. */
  readonly tell?: (line: string) => void;
  /** Aborts at the time-out: whatever is asked after that has nobody who waits for it. */
  readonly signal: AbortSignal;
}

/** As kubectl has it, where neither a flag nor a context names one. */
export const FALLBACK_NAMESPACE = "default";

/** The namespace as it was given, to be typed again; empty where none was. */
export const sameNamespace = ({ flags }: Pick<Given, "flags">): string =>
  flags["namespace"] === undefined ? "" : ` -n ${shellWord(String(flags["namespace"]))}`;

/** All files as they were given, to be typed again. */
export const sameFiles = ({ flags }: Pick<Given, "flags">): string =>
  [flags["filename"] ?? []]
    .flat()
    .map((path) => ` -f ${shellWord(String(path))}`)
    .join("");

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
