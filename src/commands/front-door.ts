/** Parses what was typed, runs the command, prints its answer, and says with which code to exit. */
import { CommanderError, Command as Parser } from "commander";
import { type Config, loadConfig } from "../config/load.ts";
import { couldNotLook, EXIT, type ExitCode, Failure, type Given, messageOf, timedOut, wrongUse } from "./answer.ts";
import { DAEMONS, DESK, isDaemon } from "./load.ts";
import { formatOf, printAnswer, printable } from "./print.ts";
import { COMMANDS, type CommandEntry, type DaemonName, type DeskName, type Flag } from "./table.ts";
import { textIn } from "./text-in.ts";

/** What a command has around it. */
export interface Surroundings {
  readonly out: (text: string) => void;
  readonly talk: (text: string) => void;
  /** Standard input, in parts as they come. */
  readonly input: () => AsyncIterable<Uint8Array | string>;
}

/** An answer that takes longer is announced, so that nobody waits in the dark. */
const SILENT_MS = 2_000;

/** The only way into every command. Never rejects. */
export async function frontDoor(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  try {
    return await runTyped(argv, around);
  } catch (error) {
    const { code, message, next } = failureOf(error, argv);
    if (message !== "") around.talk(`palisade: ${printable(message)}`);
    if (next !== "") around.talk(`next: ${printable(next)}`);
    return code;
  }
}

function failureOf(error: unknown, [command = ""]: readonly string[]): Pick<Failure, "code" | "message" | "next"> {
  if (error instanceof Failure) return error;
  const isCommand = COMMANDS.some(({ name }) => name === command);
  const help = isCommand ? `palisade ${command} --help` : "palisade --help";
  if (error instanceof CommanderError) {
    const isHelp = error.exitCode === 0;
    return isHelp
      ? { code: EXIT.clean, message: "", next: "" }
      : { code: EXIT.wrongUse, message: error.message.replace(/^error: /, "").replaceAll("\n", " "), next: help };
  }
  return { code: EXIT.couldNotLook, message: messageOf(error), next: help };
}

async function runTyped(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  let code: ExitCode = EXIT.clean;
  const program = new Parser("palisade");
  silence(program, around);
  for (const entry of COMMANDS) {
    const parser = parserOf(entry, around);
    parser.action(async (...values: readonly unknown[]) => {
      const words = values
        .slice(0, -2)
        .flat()
        .filter((word) => typeof word === "string");
      const flags = parser.opts<Readonly<Record<string, unknown>>>();
      code = isDaemon(entry.name) ? await serve(entry.name, flags) : await answer(entry.name, { words, flags }, around);
    });
    program.addCommand(parser);
  }
  program.helpCommand(false);
  await program.parseAsync(argv, { from: "user" });
  return code;
}

function parserOf(entry: CommandEntry, around: Surroundings): Parser {
  const { name, about, words, flags, examples } = entry;
  const parser = new Parser(name).description(about).helpOption("-h, --help", "print this");
  silence(parser, around);
  if (words !== undefined) parser.arguments(words);
  for (const flag of flags) addFlag(parser, flag);
  parser.addHelpText("after", `\nexamples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
  return parser;
}

function addFlag(parser: Parser, { form, about, choices, isRepeatable }: Flag): void {
  const option = parser.createOption(form.replace(/ ([A-Z/]+)$/, " <$1>"), about);
  if (choices !== undefined) option.choices(choices);
  if (isRepeatable === true) option.argParser((value: string, before: readonly string[] = []) => [...before, value]);
  parser.addOption(option);
}

/** Errors are told by {@link frontDoor}, in one form. */
const silence = (parser: Parser, { out }: Surroundings): Parser =>
  parser.exitOverride().configureOutput({ writeOut: out, writeErr: () => {}, outputError: () => {} });

async function answer(
  name: DeskName,
  { words, flags }: Pick<Given, "words" | "flags">,
  around: Surroundings,
): Promise<ExitCode> {
  const format = formatOf(flags["output"]);
  const seconds = secondsOf(flags["timeout"], name);
  const run = await DESK[name]();
  const announce = setTimeout(() => around.talk(`palisade ${name}: still working`), SILENT_MS);
  try {
    const said = await within(seconds, name, (signal) =>
      run({
        words,
        flags,
        input: around.input,
        readInput: () => wholeOf(around.input(), name),
        tell: (line) => around.talk(printable(line)),
        signal,
      }),
    );
    return await printAnswer(said, format, around);
  } finally {
    clearTimeout(announce);
  }
}

async function wholeOf(parts: AsyncIterable<Uint8Array | string>, command: string): Promise<string> {
  const buffers: Buffer[] = [];
  for await (const part of parts) buffers.push(Buffer.from(part));
  const text = textIn(Buffer.concat(buffers));
  if (text === undefined) throw couldNotLook("standard input is no text in UTF-8", `palisade ${command} --help`);
  return text;
}

function secondsOf(given: unknown, command: string): number | undefined {
  if (given === undefined) return undefined;
  const seconds = Number(given);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return seconds;
  throw wrongUse("--timeout: must be a number of seconds above 0", `palisade ${command} --timeout 30`);
}

async function within<T>(
  seconds: number | undefined,
  command: string,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const work = run(over.signal);
  if (seconds === undefined) return await work;
  work.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      over.abort();
      reject(timedOut(seconds, `palisade ${command} --timeout ${seconds * 4}`));
    }, seconds * 1_000);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

async function serve(name: DaemonName, flags: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  let config: Config;
  try {
    config = loadConfig(flags);
  } catch (error) {
    throw wrongUse(messageOf(error), `palisade ${name} --help`);
  }
  const run = await DAEMONS[name]();
  await run(config);
  return EXIT.clean;
}
