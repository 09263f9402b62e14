/** An image registry of a test's own, on the loopback address: `test/registry/`, driven over its standard input. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { goBinary, requiredVersion } from "../cluster/go-binary.ts";

const SOURCES = join(import.meta.dirname, "..", "registry");

export interface RegistryOptions {
  /** Who is asked for a credential, and how: nobody unless set. */
  readonly auth?: "basic" | "bearer";
  readonly user?: string;
  /** The user's password; with `bearer` it serves as identity token, too. */
  readonly password?: string;
  /** Serves TLS under these names, and under the loopback address. */
  readonly tls?: readonly string[];
  /** A free one unless set. */
  readonly port?: number;
}

export interface Push {
  readonly repository: string;
  readonly tag: string;
  /** Make it an index, with an image for each of them. */
  readonly platforms?: readonly string[];
  /** In Docker's media types instead of OCI's. */
  readonly docker?: boolean;
}

/** How requests for manifests are answered wrongly; see `faults.go`. */
export interface RegistryFault {
  readonly digest?: string;
  readonly hideHead?: boolean;
  readonly redirect?: string;
  readonly redirectKnown?: boolean;
  readonly redirectFrom?: string;
  readonly challenge?: string;
  readonly challengeOnce?: boolean;
  readonly status?: number;
  readonly retryAfter?: string;
  readonly delayMs?: number;
}

export interface SeenRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  /** The scheme alone: `Basic`, `Bearer` or nothing. */
  readonly authorization: string;
  readonly accept: string;
}

export interface TestRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly port: number;
  /** The authority of its certificate, in PEM; empty without TLS. */
  readonly ca: string;
  readonly pid: number;
  /** Pushes a new image of random content and returns its digest. */
  push(push: Push): Promise<string>;
  /** From now on; without any field it answers rightly again. */
  misbehave(fault: RegistryFault): Promise<void>;
  setPassword(password: string): Promise<void>;
  /** The requests since the last call, pushes included. */
  takeSeen(): Promise<readonly SeenRequest[]>;
  /** Without a farewell. Resolves when it is gone; does nothing where it is. */
  kill(): Promise<void>;
}

/** The path of the program, built first where needed. */
export function registryBinary(): Promise<string> {
  const version = requiredVersion(SOURCES, "github.com/google/go-containerregistry");
  const title = `the test registry on go-containerregistry ${version}`;
  return goBinary({ name: "registry", title, duration: "half a minute", sources: SOURCES });
}

/** Starts a registry and resolves when it serves. It ends with this process, even if that is killed. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const { auth = "none", user = "palisade", password = "", tls = [], port = 0 } = options;
  const args = [`-auth=${auth}`, `-user=${user}`, `-password=${password}`, `-tls=${tls.join(",")}`, `-port=${port}`];
  const program = await startLines(await registryBinary(), args);
  const started = (await program.next()) as { readonly address: string; readonly ca: string };
  return {
    host: started.address,
    port: Number(started.address.split(":")[1]),
    ca: started.ca,
    pid: program.pid,
    push: async (push) => String(await program.ask({ push })),
    misbehave: async (fault) => void (await program.ask({ fault })),
    setPassword: async (next) => void (await program.ask({ password: next })),
    takeSeen: async () => (await program.ask({ seen: true })) as readonly SeenRequest[],
    kill: () => program.kill(),
  };
}

export interface ReferenceReader {
  /** The parts of a reference as container runtimes read them, or their words for what is wrong with it. */
  read(
    text: string,
  ): Promise<
    | { readonly registry: string; readonly repository: string; readonly tag?: string; readonly digest?: string }
    | { readonly error: string }
  >;
  kill(): Promise<void>;
}

/** The reference grammar's own implementation, to compare with. */
export async function startReferenceReader(): Promise<ReferenceReader> {
  const program = await startLines(await registryBinary(), ["references"]);
  return {
    read: (text) =>
      program.ask(text).then(
        (answer) => answer as { readonly registry: string; readonly repository: string },
        (error: Error) => ({ error: error.message }),
      ),
    kill: () => program.kill(),
  };
}

interface LineProgram {
  readonly pid: number;
  /** The next line it says by itself. */
  next(): Promise<unknown>;
  /** Answers come in the order of the questions. */
  ask(question: unknown): Promise<unknown>;
  kill(): Promise<void>;
}

async function startLines(binary: string, args: readonly string[]): Promise<LineProgram> {
  const child = spawn(binary, args, { stdio: "pipe" });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  // A question to a program that was killed fails by its missing answer.
  child.stdin.on("error", () => {});
  await once(child, "spawn");
  const lines = new Lines(createInterface({ input: child.stdout }), () => `the test registry ended: ${stderr.trim()}`);
  return {
    pid: child.pid ?? 0,
    next: async () => JSON.parse(await lines.next()) as unknown,
    ask: async (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const reply = JSON.parse(await lines.next()) as { readonly answer?: unknown; readonly error?: string };
      if (reply.error !== undefined) throw new Error(reply.error);
      return reply.answer;
    },
    kill: () => kill(child),
  };
}

/** Lines as they come, each for one who waits. */
class Lines {
  readonly #why: () => string;
  readonly #ready: string[] = [];
  readonly #waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void }[] = [];
  #ended = false;

  constructor(lines: Interface, why: () => string) {
    this.#why = why;
    lines.on("line", (line) => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#ready.push(line);
      else waiting.resolve(line);
    });
    lines.on("close", () => {
      this.#ended = true;
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(why()));
    });
  }

  next(): Promise<string> {
    const line = this.#ready.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#ended) return Promise.reject(new Error(this.#why()));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

async function kill(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
