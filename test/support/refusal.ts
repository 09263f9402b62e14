import { ApiError } from "kopf-ts";

/** Why the API server refuses a request as invalid, or undefined when it takes it. Any other failure throws. */
export async function refusalOf(request: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await request();
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 422 || error.status === 400)) return error.message;
    throw error;
  }
}
