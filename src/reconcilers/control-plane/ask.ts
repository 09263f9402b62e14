/** Asks the control plane who it is: makes the probe, reads what its controllers report, and ends it. `palisade check` asks the same. */
import { type Client, type Clock, type KubeObject, sleep } from "kopf-ts";
import { controlPlaneUsers, type Installation, PROBE_NAME } from "../../installation.ts";
import { POD, REPLICA_SET } from "../../kubernetes/kinds.ts";
import type { ControlPlaneFinding } from "../../state/control-plane.ts";
import { endProbe, isProbePolicyInForce, PROBE_SELECTOR, startProbe } from "../apply/control-plane-probe.ts";
import { type ProbePod, type ProbeReplicaSet, readAnswer } from "./answer.ts";

export interface Asking {
  readonly client: Client;
  readonly clock: Clock;
  readonly installation: Installation;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 250;
const PATIENCE_MS = 15_000;

/** Resolves with an answer, or with why there is none. Nothing of the probe is left either way, unless the API server cannot be reached. */
export async function askControlPlane(asking: Asking): Promise<ControlPlaneFinding> {
  const { client, clock, installation, signal } = asking;
  const untilMs = clock.monotonicMs() + PATIENCE_MS;
  try {
    while (!(await isProbePolicyInForce(client, installation.namespace, signal))) {
      if (clock.monotonicMs() > untilMs) return silent("the admission policy palisade-control-plane is not in force");
      await sleep(clock, LOOK_EVERY_MS, signal);
    }
    await startProbe(client, installation.namespace, signal);
    return await answerOf(asking, untilMs);
  } catch (error) {
    signal.throwIfAborted();
    return silent(error instanceof Error ? error.message : String(error));
  } finally {
    await endProbe(client, installation.namespace).catch(() => {});
  }
}

async function answerOf(
  { client, clock, installation, signal }: Asking,
  untilMs: number,
): Promise<ControlPlaneFinding> {
  const { namespace } = installation;
  const trusted = controlPlaneUsers(installation);
  for (;;) {
    const [replicaSet, pods] = await Promise.all([
      client.get<KubeObject & ProbeReplicaSet>(REPLICA_SET, { namespace, name: PROBE_NAME }, { signal }),
      client.list<KubeObject & ProbePod>(POD, { namespace, labelSelector: PROBE_SELECTOR, signal }),
    ]);
    const answer = readAnswer(replicaSet ?? {}, pods.items, trusted);
    if (answer.kind !== "pending") return answer;
    if (clock.monotonicMs() > untilMs) return silent(answer.why);
    await sleep(clock, LOOK_EVERY_MS, signal);
  }
}

const silent = (why: string): ControlPlaneFinding => ({ kind: "silent", why });
