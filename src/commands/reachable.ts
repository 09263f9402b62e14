/** Whether there is an API server that answers: without one a command could not look. */
import { ApiError, type Transport } from "kopf-ts";
import { couldNotLook, messageOf } from "./answer.ts";

const NEXT = "kubectl cluster-info";

/** Runs what needs the API server; whatever fails is that nobody could look. */
export async function reachable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw couldNotLook(messageOf(error), NEXT);
  }
}

/** Whether the API server answered, and its answer is no. */
export const isRefusal = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.status >= 400 && error.status < 500;

/** Throws where the API server does not answer at all. A refusal is an answer. */
export async function answers(transport: Pick<Transport, "request">): Promise<void> {
  try {
    await transport.request({ method: "GET", path: "/version" });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 0) throw couldNotLook(messageOf(error), NEXT);
  }
}
