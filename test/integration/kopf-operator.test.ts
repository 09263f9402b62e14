import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  createOperator,
  createTransport,
  kubeconfigConnection,
  mapChanges,
  type Operator,
  type OperatorOptions,
  type ReconcileHandler,
  type Resource,
  settled,
} from "kopf-ts";
import { pino } from "pino";
import { until } from "../cluster/index.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { useCluster } from "../support/use-palisade.ts";

const CONFIG_MAP: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

const namespace = uniqueNamespace("kopf");

const { cluster } = useCluster({ state: "bare" });

beforeAll(async () => {
  await kubectl(cluster, ["create", "namespace", namespace]);
});

afterAll(() => kubectl(cluster, ["delete", "namespace", namespace, "--wait=false"]));

const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: {} });

const put = (name: string) => kubectl(cluster, ["apply", "-f", "-"], { input: configMap(name) });

async function anOperator(options: Omit<OperatorOptions, "transport" | "logger">, handler: ReconcileHandler) {
  const transport = createTransport(await kubeconfigConnection({ path: cluster.kubeconfig() }));
  const operator = createOperator({ ...options, transport, logger: pino({ level: "silent" }) });
  const cache = operator.cache({ resource: CONFIG_MAP, namespace, shape: ({ metadata }) => metadata.name });
  operator.reconcile("test", handler, { sources: [mapChanges(cache, ({ key }) => [key])], concurrency: 4 });
  return operator;
}

test("a handler that outlives its drain cannot write beside the next leader", async () => {
  const gate = Promise.withResolvers<void>();
  const late = Promise.withResolvers<unknown>();
  const name = "late.example";
  let isRunning = false;
  const operator: Operator = await anOperator({ name, drainMs: 100, election: { namespace } }, async (context) => {
    if (context.name.name !== "late") return settled();
    isRunning = true;
    await gate.promise;
    await operator.client.create(CONFIG_MAP, configMap("late-write")).catch(late.resolve);
    return settled();
  });
  const stop = new AbortController();
  const ended = operator.run(stop.signal);
  await put("late");
  await until(() => isRunning, "the handler to run");
  stop.abort();
  await ended;
  gate.resolve();
  expect(await late.promise).toBeInstanceOf(Error);
  expect((await cluster.kubectl(["get", "configmap", "late-write", "-n", namespace])).code).not.toBe(0);
  expect(await kubectl(cluster, ["get", "lease", name, "-n", namespace, "-o", "jsonpath={.spec.holderIdentity}"])).toBe(
    "",
  );
});

test("a handler that throws or hangs delays its own key only", async () => {
  const handled = new Set<string>();
  const operator = await anOperator({ name: "hurt.example", drainMs: 500 }, async ({ name: { name }, signal }) => {
    if (name === "throws") throw new Error("broken");
    if (name === "hangs") await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    handled.add(name);
    return settled();
  });
  const stop = new AbortController();
  const ended = operator.run(stop.signal);
  for (const name of ["throws", "hangs", "works-1", "works-2"]) await put(name);
  await until(() => handled.has("works-1") && handled.has("works-2"), "the others");
  expect([handled.has("throws"), handled.has("hangs")]).toEqual([false, false]);
  stop.abort();
  await ended;
});

test("readiness: not ready before every cache is in sync, ready on a standby, not ready once told to stop", async () => {
  const gate = Promise.withResolvers<void>();
  let isRunning = false;
  const start = (identity: string) =>
    anOperator(
      {
        name: "ready.example",
        identity,
        drainMs: 30_000,
        election: { namespace },
        health: { port: 0, host: "127.0.0.1" },
      },
      async ({ name: { name } }) => {
        if (name !== "ready") return settled();
        isRunning = true;
        await gate.promise;
        return settled();
      },
    );
  const leader = await start("leader");
  const standby = await start("standby");
  const stop = new AbortController();
  const ended = [leader.run(stop.signal)];
  await put("ready");
  await until(() => isRunning, "the leader to work");
  ended.push(standby.run(stop.signal));
  const status = async (operator: Operator): Promise<number> =>
    (await fetch(`http://127.0.0.1:${operator.healthPort()}/readyz`)).status;
  await until(() => standby.healthPort() !== undefined, "the probes");
  await until(async () => (await status(standby)) === 200, "the standby to be ready");
  expect([await status(leader), standby.isLeader()]).toEqual([200, false]);
  stop.abort();
  expect(await status(leader)).toBe(503);
  gate.resolve();
  await Promise.all(ended);
});
