/** `palisade plan -n NAMESPACE NAME`: what the operator would do next for one SecureWorkload, and why. Reads with the caller's rights, writes nothing. */
import { createLogger, createOperator, type Operator, sleep, systemClock, type Transport } from "kopf-ts";
import type { Config } from "../config/load.ts";
import { DEFAULT_INSTALLATION, installationIn } from "../installation.ts";
import { type Deferral, describeAction, type Plan } from "../plan/action.ts";
import { createPlanner } from "../reconcilers/planner.ts";
import { type Answer, couldNotLook, type Given, wrongUse } from "./answer.ts";
import { configOf } from "./config-of.ts";
import { openApi } from "./open-api.ts";
import { FIELD_MANAGER } from "./process.ts";
import { reachable } from "./reachable.ts";
import { podSecurityVersionOf, type ServerVersion } from "./server-version.ts";

const LOOK_EVERY_MS = 100;

/** Findings are actions that are due, or held back. */
export async function plan({ words: [name = ""], flags, signal }: Given): Promise<Answer> {
  const config = configOf(flags, "palisade plan --help");
  const { namespace, waitSeconds } = config;
  if (namespace === undefined)
    throw wrongUse("plan takes a namespace and one name", `palisade plan -n NAMESPACE ${name}`);
  const { transport, close } = await openApi(config, "plan", signal);
  try {
    return await planned(`${namespace}/${name}`, transport, config, waitSeconds);
  } finally {
    await close();
  }
}

async function planned(key: string, transport: Transport, config: Config, waitSeconds: number): Promise<Answer> {
  const logger = createLogger({ level: "silent" });
  const stop = new AbortController();
  const { signal } = stop;
  const version = await reachable(() => transport.request<ServerVersion>({ method: "GET", path: "/version", signal }));
  const operator = createOperator({ name: FIELD_MANAGER, transport, logger });
  const planOf = createPlanner(operator, {
    installation: installationIn(DEFAULT_INSTALLATION.namespace),
    podSecurityVersion: podSecurityVersionOf(version),
    dnsService: config.dnsService,
  });
  const running = operator.run(stop.signal);
  running.catch(() => {});
  try {
    const missing = await whenSynced(operator, waitSeconds * 1_000);
    if (missing.length > 0)
      throw couldNotLook(
        `could not list ${missing.join(", ")} within ${waitSeconds} s`,
        `kubectl auth can-i list ${missing[0]} -A`,
      );
    const found = await planOf(key, signal);
    const [namespace] = key.split("/");
    if (found === undefined)
      throw couldNotLook(`there is no SecureWorkload ${key}`, `kubectl get secureworkloads -n ${namespace}`);
    return "refusal" in found ? refused(key, found.refusal) : answerOf(key, found.plan);
  } finally {
    stop.abort();
    await running.catch(() => {});
  }
}

/** The resources that are not listed yet when the patience is over. */
async function whenSynced(operator: Operator, patienceMs: number): Promise<readonly string[]> {
  const untilMs = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    const missing = Object.entries(operator.readiness()).flatMap(([name, ready]) =>
      ready ? [] : [name.replace(/^cache\/([a-z]+)\d*$/, "$1")],
    );
    if (missing.length === 0 || systemClock.monotonicMs() > untilMs) return [...new Set(missing)];
    await sleep(systemClock, LOOK_EVERY_MS);
  }
}

function answerOf(key: string, { actions, blocked, deferred }: Plan): Answer {
  const due = actions.filter(({ verb }) => verb !== "refetch").map(describeAction);
  const waiting = blocked.map(({ message }) => message);
  const later = deferred.map(({ action, because }) => `${describeAction(action)} (${LATER[because]})`);
  const held = waiting.length + later.length;
  return {
    kind: "Plan",
    data: { workload: key, due, waiting, later },
    text: [...due, ...waiting.map((line) => `wait: ${line}`), ...later.map((line) => `later: ${line}`)].join("\n"),
    hasFindings: due.length + held > 0,
    talk: [`${key}: ${due.length + held === 0 ? "nothing is due" : `${due.length} actions due, ${held} held back`}`],
    ...nextFor(key, due.length + held),
  };
}

function nextFor(key: string, count: number): Pick<Answer, "next"> {
  const [namespace = "", name = ""] = key.split("/");
  return count === 0 ? {} : { next: `kubectl describe secureworkload ${name} -n ${namespace}` };
}

const LATER: Readonly<Record<Deferral, string>> = {
  Observing: "when the namespace is no longer Observing",
  NotServing: "when all pods of the workload are ready",
  OldPods: "when the pods that it selects and that are not the workload's are gone",
  Elsewhere: "by the people of that namespace: Palisade deletes nothing there",
};

const refused = (key: string, refusal: string): Answer => ({
  kind: "Plan",
  data: { workload: key, due: [], waiting: [refusal], later: [] },
  text: `wait: ${refusal}`,
  hasFindings: true,
  talk: [`${key}: nothing is done until this is settled`],
  ...nextFor(key, 1),
});
