/** SecureWorkloads and the SecurityBaseline as they stand in the cluster, with the caller's rights. */
import { isForbidden, type KubeObject } from "kopf-ts";
import { BASELINE_NAME, SECURE_WORKLOAD, SECURITY_BASELINE } from "../crds/group.ts";
import type { Given } from "./answer.ts";
import { configOf } from "./config-of.ts";
import { openApi } from "./open-api.ts";
import { reachable } from "./reachable.ts";

export interface StandingObjects {
  /** Undefined where there is none, or the caller may not read it. */
  readonly baseline: KubeObject | undefined;
  /** By `namespace/name`. */
  readonly workloads: ReadonlyMap<string, KubeObject>;
}

const NEXT = "palisade diff --help";

/** Reads what `keys` name, and asks nothing later. */
export async function standingObjects({ flags, signal }: Given, keys: readonly string[]): Promise<StandingObjects> {
  const { client, close } = await openApi(configOf(flags, NEXT), "diff", signal);
  try {
    const baseline = await orRefused(() => client.get(SECURITY_BASELINE, { name: BASELINE_NAME }));
    const workloads = new Map<string, KubeObject>();
    for (const key of keys) {
      const [namespace = "", name = ""] = key.split("/");
      const workload = await reachable(() => client.get(SECURE_WORKLOAD, { namespace, name }));
      if (workload !== undefined) workloads.set(key, workload);
    }
    return { baseline, workloads };
  } finally {
    await close();
  }
}

/** App teams may not be allowed to read the baseline; then nothing is taken to be granted. */
async function orRefused<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  return await reachable(() =>
    ask().catch((error: unknown) => {
      if (isForbidden(error)) return undefined;
      throw error;
    }),
  );
}
