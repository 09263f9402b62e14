/** Says how far a long build is: live on a terminal, a plain line now and then elsewhere. */
export type Log = (line: string) => void;

/** Past the console of a test framework. */
export const toStderr: Log = (line) => void process.stderr.write(`${line}\n`);

const PLAIN_LINE_MS = 15_000;
const LIVE_LINE_MS = 500;

export interface Progress {
  /** Ends the display; a live line is wiped. */
  stop(): void;
}

/** Shows what `describe` returns, with the time it has taken, until stopped. */
export function showProgress(describe: () => string, log: Log): Progress {
  const startedMs = performance.now();
  const line = (): string => `${describe()} (${clock(performance.now() - startedMs)})`;
  if (!process.stderr.isTTY) {
    const timer = setInterval(() => log(line()), PLAIN_LINE_MS);
    return { stop: () => clearInterval(timer) };
  }
  const timer = setInterval(() => process.stderr.write(`\r\u001b[2K${line()}`), LIVE_LINE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      process.stderr.write("\r\u001b[2K");
    },
  };
}

/** `75_000` as `1:15`. */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
