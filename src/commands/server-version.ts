/** The first question to the API server. */
import { ApiError, type Clock, failureFields, type Logger, sleep, type Transport } from "kopf-ts";

export interface ServerVersion {
  readonly major: string;
  readonly minor: string;
}

/** The version of Pod Security that a namespace is pinned to. Clouds write more than digits: `33+`. */
export const podSecurityVersionOf = ({ major, minor }: ServerVersion): string =>
  `v${major}.${minor.replace(/[^0-9]/g, "")}`;

interface Asking {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const ASK_EVERY_MS = 1_000;

/** Below the two minutes that the chart's startup probe gives. */
const PATIENCE_MS = 90_000;

/**
 * Asks until there is an answer: the rules of a pod's network follow its start within a moment, and a process that ends over it is held back by
 * the kubelet, for longer each time. Rejects at once where the server refuses, and where it stays silent for too long.
 */
export async function serverVersion(
  transport: Pick<Transport, "request">,
  { clock, logger, signal }: Asking,
): Promise<ServerVersion> {
  const untilMs = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    try {
      return await transport.request<ServerVersion>({ method: "GET", path: "/version", signal });
    } catch (error) {
      if (!isPassing(error) || signal.aborted || clock.monotonicMs() > untilMs) throw error;
      logger.warn(failureFields(logger, error), "waiting for the API server");
    }
    await sleep(clock, ASK_EVERY_MS, signal);
  }
}

/** No answer, or one of a server that cannot yet. */
const isPassing = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
