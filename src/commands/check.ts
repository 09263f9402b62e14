/** `palisade check`: whether an installation works, in one line for each thing looked at. What `helm test` runs, and people from outside. */
import { DEFAULT_INSTALLATION, installationIn } from "../admission/identities.ts";
import type { Config } from "../config/load.ts";
import { createClient } from "../kopf/client.ts";
import { type Clock, sleep, systemClock } from "../kopf/clock.ts";
import { createTransport } from "../kopf/transport.ts";
import { VERSION } from "../version.ts";
import { definitionsServed } from "./check/definitions.ts";
import { type Finding, no, type Question } from "./check/finding.ts";
import { keeperLeads, operatorLeads } from "./check/lease.ts";
import { policiesStand } from "./check/policies.ts";
import { METRICS_SERVICE, probesAnswer } from "./check/probes.ts";
import { connectionOf, FIELD_MANAGER, isInPod } from "./process.ts";

const QUESTIONS: Readonly<Record<string, Question>> = {
  definitions: definitionsServed,
  policies: policiesStand,
  keeper: keeperLeads,
  operator: operatorLeads,
  probes: probesAnswer,
};

const ASK_EVERY_MS = 2_000;

/** Prints what it found, and leaves the exit code 1 where something does not hold. */
export async function runCheck(config: Config): Promise<void> {
  const connection = await connectionOf(config);
  const transport = createTransport(connection, { userAgent: `${FIELD_MANAGER}/${VERSION}` });
  // A kubeconfig's namespace is where its user works, and says nothing of where Palisade is.
  const ownNamespace = isInPod(config) ? connection.namespace : undefined;
  const namespace = config.namespace ?? ownNamespace ?? DEFAULT_INSTALLATION.namespace;
  const surroundings = {
    client: createClient(transport, FIELD_MANAGER),
    clock: systemClock,
    installation: installationIn(namespace),
    shards: config.shards,
    probes: isInPod(config) ? `http://${METRICS_SERVICE}.${namespace}.svc:${config.health.port}` : undefined,
  };
  try {
    const findings = await Promise.all(
      Object.entries(QUESTIONS).map(async ([name, question]) => {
        const finding = await untilItHolds(() => question(surroundings), systemClock, config.waitSeconds * 1_000);
        console.log(`${finding.holds ? "ok" : "FAIL"}  ${name}: ${finding.message}`);
        return finding;
      }),
    );
    if (findings.some(({ holds }) => !holds)) process.exitCode = 1;
  } finally {
    await transport.close();
  }
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
