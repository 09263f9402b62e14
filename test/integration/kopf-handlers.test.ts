import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { pino } from "pino";
import { kubeconfigConnection } from "../../src/kopf/connection.ts";
import { runGreeter } from "../../src/kopf/examples/greeter.ts";
import {
  createOperator,
  createTransport,
  type Operator,
  PermanentError,
  type Resource,
  ResourceHandlers,
  TemporaryError,
} from "../../src/kopf/index.ts";
import { type TestCluster, until } from "../cluster/index.ts";
import { kubectl, sharedCluster, uniqueNamespace } from "../support/cluster.ts";

const CONFIG_MAP: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };

let cluster: TestCluster;
const namespace = uniqueNamespace("kopf");

beforeAll(async () => {
  cluster = await sharedCluster();
  await kubectl(cluster, ["create", "namespace", namespace]);
});

afterAll(() => kubectl(cluster, ["delete", "namespace", namespace, "--wait=false"]));

const configMap = (name: string, value: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace, labels: { greet: "yes" } },
  data: { name: value },
});

const put = (name: string, value: string) => kubectl(cluster, ["apply", "-f", "-"], { input: configMap(name, value) });

async function running(name: string, register: (handlers: ResourceHandlers, operator: Operator) => void) {
  const transport = createTransport(await kubeconfigConnection({ path: cluster.kubeconfig() }));
  const operator = createOperator({ name, transport, logger: pino({ level: "silent" }) });
  register(new ResourceHandlers(operator, CONFIG_MAP, { name, namespace }), operator);
  const stop = new AbortController();
  const ended = operator.run(stop.signal);
  return {
    stop: (): Promise<void> => {
      stop.abort();
      return ended;
    },
  };
}

test("the thirty-line example greets, follows a change, and cleans up behind itself", async () => {
  const stop = new AbortController();
  const ended = runGreeter(kubeconfigConnection({ path: cluster.kubeconfig() }), stop.signal);
  const greeting = () =>
    cluster.kubectl(["get", "configmap", "example-greeting", "-n", namespace, "-o", "jsonpath={.data.text}"]);
  await put("example", "Ada");
  await until(async () => (await greeting()).stdout === "Hello Ada", "the greeting");
  await put("example", "Grace");
  await until(async () => (await greeting()).stdout === "Hello Grace", "the new greeting");
  await kubectl(cluster, ["delete", "configmap", "example", "-n", namespace]);
  await until(async () => (await greeting()).code !== 0, "the greeting to be gone");
  stop.abort();
  await ended;
});

test("create, update, resume and delete each run once for their cause, over a restart too", async () => {
  const seen: string[] = [];
  const register = (handlers: ResourceHandlers): void => {
    const only = { when: ({ metadata }: { metadata: { name: string } }) => metadata.name === "causes" };
    for (const cause of ["create", "update", "resume", "delete"] as const) {
      handlers.on(cause, "note", ({ name }) => void seen.push(`${cause} ${name}`), only);
    }
  };
  const first = await running("causes.example", register);
  await put("causes", "one");
  await until(() => seen.includes("create causes"), "create");
  await put("causes", "two");
  await until(() => seen.includes("update causes"), "update");
  await first.stop();
  expect(seen).toEqual(["create causes", "update causes"]);
  const second = await running("causes.example", register);
  await until(() => seen.includes("resume causes"), "resume");
  await kubectl(cluster, ["delete", "configmap", "causes", "-n", namespace]);
  await second.stop();
  expect(seen).toEqual(["create causes", "update causes", "resume causes", "delete causes"]);
});

test("a temporary error is tried again, a permanent one is not, and a sibling that succeeded rests", async () => {
  const runs = { temporary: 0, permanent: 0, good: 0 };
  const only = { when: ({ metadata }: { metadata: { name: string } }) => metadata.name === "errors" };
  const operator = await running("errors.example", (handlers) => {
    handlers
      .on(
        "create",
        "good",
        () => {
          runs.good += 1;
        },
        only,
      )
      .on(
        "create",
        "temporary",
        () => {
          runs.temporary += 1;
          if (runs.temporary < 3) throw new TemporaryError("not yet", 20);
        },
        only,
      )
      .on(
        "create",
        "permanent",
        () => {
          runs.permanent += 1;
          throw new PermanentError("never");
        },
        only,
      );
  });
  await put("errors", "x");
  await until(() => runs.temporary === 3, "the third try");
  await operator.stop();
  expect(runs).toEqual({ temporary: 3, permanent: 1, good: 1 });
});

test("a handler that throws or hangs hurts its own object only", async () => {
  const handled = new Set<string>();
  const operator = await running("hurt.example", (handlers) => {
    handlers.on(
      "create",
      "work",
      ({ name, signal }) => {
        if (name === "throws") throw new Error("broken");
        if (name === "hangs") return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        handled.add(name);
        return undefined;
      },
      { when: ({ metadata }) => ["throws", "hangs", "works-1", "works-2"].includes(metadata.name) },
    );
  });
  for (const name of ["throws", "hangs", "works-1", "works-2"]) await put(name, "x");
  await until(() => handled.size === 2, "the others");
  await Promise.race([operator.stop(), new Promise((resolve) => setTimeout(resolve, 1_000))]);
  expect([...handled].sort()).toEqual(["works-1", "works-2"]);
});

test("timers run on their interval, events as they come, and an index follows the objects", async () => {
  let ticks = 0;
  const events: string[] = [];
  let byName = (_key: string): readonly unknown[] => [];
  const operator = await running("rest.example", (handlers) => {
    const only = { when: ({ metadata }: { metadata: { name: string } }) => metadata.name === "rest" };
    handlers.timer(
      "tick",
      { everyMs: 30 },
      () => {
        ticks += 1;
      },
      only,
    );
    handlers.event(({ type, object }) => {
      if (object.metadata.name === "rest") events.push(type);
    });
    const index = handlers.index("by-value", (object) => ({
      [(object["data"] as { name?: string } | undefined)?.name ?? ""]: object.metadata.name,
    }));
    byName = (key) => index.get(key);
  });
  await put("rest", "indexed");
  await until(() => ticks >= 3, "three ticks");
  await until(() => byName("indexed").includes("rest"), "the index");
  await kubectl(cluster, ["delete", "configmap", "rest", "-n", namespace]);
  await until(() => events.includes("deleted"), "the event");
  expect(byName("indexed")).toEqual([]);
  await operator.stop();
});
