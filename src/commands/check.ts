/** `palisade check`: verifies an installation, one line per check. `helm test` runs it, and people can from outside. */

import { type Clock, sleep, systemClock } from "kopf-ts";
import type { Answer, Given } from "./answer.ts";
import { controlPlaneKnown } from "./check/control-plane.ts";
import { definitionsServed } from "./check/definitions.ts";
import { type Finding, no, type Question } from "./check/finding.ts";
import { keeperLeads, operatorLeads } from "./check/lease.ts";
import { policiesStand } from "./check/policies.ts";
import { METRICS_SERVICE, probesAnswer } from "./check/probes.ts";
import { configOf } from "./config-of.ts";
import { openApi } from "./open-api.ts";
import { installationOf, isInPod, stopSignal } from "./process.ts";
import { answers } from "./reachable.ts";

const QUESTIONS: Readonly<Record<string, Question>> = {
  definitions: definitionsServed,
  policies: policiesStand,
  controlPlane: controlPlaneKnown,
  keeper: keeperLeads,
  operator: operatorLeads,
  probes: probesAnswer,
};

const ASK_EVERY_MS = 2_000;

/** Findings are checks that fail. Where nothing could be asked at all, there is no answer. */
export async function check({ flags, signal: timeOut }: Given): Promise<Answer> {
  const config = configOf(flags, "palisade check --help");
  const signal = AbortSignal.any([stopSignal(), timeOut]);
  const { connection, transport, client, close } = await openApi(config, "check", signal);
  // The kubeconfig's namespace is not necessarily Palisade's.
  const ownNamespace = isInPod(config) ? connection.namespace : undefined;
  const installation = installationOf(config, ownNamespace);
  const { namespace } = installation;
  const surroundings = {
    client,
    clock: systemClock,
    installation,
    signal,
    shards: config.shards,
    probes: isInPod(config) ? `http://${METRICS_SERVICE}.${namespace}.svc:${config.health.port}` : undefined,
  };
  try {
    const patienceMs = config.waitSeconds * 1_000;
    const checks = await Promise.all(
      Object.entries(QUESTIONS).map(async ([name, question]) => {
        const { holds, message } = await untilItHolds(() => question(surroundings), systemClock, patienceMs);
        return { name, holds, message };
      }),
    );
    await answers(transport);
    return answerOf(checks);
  } finally {
    await close();
  }
}

interface Check extends Finding {
  readonly name: string;
}

function answerOf(checks: readonly Check[]): Answer {
  const hasFindings = checks.some(({ holds }) => !holds);
  return {
    kind: "Checks",
    data: { checks },
    text: checks.map(({ name, holds, message }) => `${holds ? "ok" : "FAIL"}  ${name}: ${message}`).join("\n"),
    hasFindings,
    ...(hasFindings ? { next: "kubectl describe securitybaseline cluster" } : {}),
  };
}

/**
 * Asks again for `patienceMs` what does not hold yet: right after an installation policies are still being made. A question that cannot be
 * asked does not hold.
 */
export async function untilItHolds(ask: () => Promise<Finding>, clock: Clock, patienceMs: number): Promise<Finding> {
  const untilMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    const finding = await ask().catch((error: unknown) => no(error instanceof Error ? error.message : String(error)));
    if (finding.holds || clock.monotonicMs() + ASK_EVERY_MS > untilMs) return finding;
    await sleep(clock, ASK_EVERY_MS);
  }
}
