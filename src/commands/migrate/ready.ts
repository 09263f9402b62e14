/** Whether a SecureWorkload is ready, as its status says of the spec that was written. */
import { type Client, type Clock, type KubeObject, sleep } from "kopf-ts";
import { SECURE_WORKLOAD } from "../../crds/group.ts";
import { conditionOf } from "../status/reading.ts";
import { isSeen } from "../status/troubles.ts";

const LOOK_EVERY_MS = 1_000;
/** What is refused for a moment, while labels and specs pass each other, is no trouble yet. */
const STALLED_MS = 15_000;

const isReady = (workload: KubeObject): boolean =>
  isSeen(workload) && conditionOf(workload, "Ready")?.status === "True";

const isStalled = (workload: KubeObject): boolean =>
  isSeen(workload) && conditionOf(workload, "Stalled")?.status === "True";

/** The workloads of a namespace by their names, and whether each is ready. */
export async function readiness(client: Client, namespace: string): Promise<ReadonlyMap<string, boolean>> {
  const { items } = await client.list(SECURE_WORKLOAD, { namespace });
  return new Map(items.map((workload) => [workload.metadata.name, isReady(workload)]));
}

/** Names of those that are ready. */
export async function readyNames(client: Client, namespace: string): Promise<ReadonlySet<string>> {
  return new Set([...(await readiness(client, namespace))].flatMap(([name, ready]) => (ready ? [name] : [])));
}

/** Undefined when it is ready; else why it is not, within `waitMs`, or at once where it waits for somebody. */
export async function troubleOf(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { client, clock, waitMs }: { readonly client: Client; readonly clock: Clock; readonly waitMs: number },
): Promise<string | undefined> {
  const endMs = clock.monotonicMs() + waitMs;
  let giveUpMs = endMs;
  for (;;) {
    const workload = await client.get(SECURE_WORKLOAD, { namespace, name });
    if (workload === undefined) return "somebody deleted it";
    if (isReady(workload)) return undefined;
    const nowMs = clock.monotonicMs();
    giveUpMs = isStalled(workload) ? Math.min(giveUpMs, nowMs + STALLED_MS) : endMs;
    if (nowMs >= giveUpMs) return why(workload);
    await sleep(clock, LOOK_EVERY_MS);
  }
}

function why(workload: KubeObject): string {
  const ready = conditionOf(workload, "Ready");
  return ready === undefined ? "the operator has not seen it" : `${ready.reason}: ${ready.message}`;
}
