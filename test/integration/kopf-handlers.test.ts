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
  const operator = createOperator({ name, transport, logger: pino({ level: "silent" }), drainMs: 500 });
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
  const ended = runGreeter(await kubeconfigConnection({ path: cluster.kubeconfig() }), stop.signal);
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
  await operator.stop();
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
    const index = handlers.index((object) => ({
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

const named =
  (...names: readonly string[]) =>
  ({ metadata }: { readonly metadata: { readonly name: string } }) =>
    names.includes(metadata.name);

const metadataOf = async (name: string): Promise<{ annotations?: Record<string, string>; finalizers?: string[] }> =>
  (
    JSON.parse(await kubectl(cluster, ["get", "configmap", name, "-n", namespace, "-o", "json"])) as {
      metadata: object;
    }
  ).metadata;

test("an object that no handler is for is not written to", async () => {
  const seen: string[] = [];
  const operator = await running("spare.example", (handlers) => {
    handlers
      .on("create", "note", ({ name }) => void seen.push(name), { when: named("spare-mine") })
      .on("delete", "note", () => {}, { when: named("spare-mine") });
  });
  await put("spare-other", "x");
  await put("spare-mine", "x");
  await until(
    async () => (await metadataOf("spare-mine")).annotations?.["spare.example/last-handled"] !== undefined,
    "the mark",
  );
  await operator.stop();
  const other = await metadataOf("spare-other");
  expect(Object.keys(other.annotations ?? {})).not.toContain("spare.example/last-handled");
  expect(other.finalizers).toBeUndefined();
  expect((await metadataOf("spare-mine")).finalizers).toEqual(["spare.example/finalizer"]);
  expect(seen).toEqual(["spare-mine"]);
  await kubectl(cluster, [
    "patch",
    "configmap",
    "spare-mine",
    "-n",
    namespace,
    "-p",
    '{"metadata":{"finalizers":null}}',
  ]);
});

test("the finalizer goes when no delete handler is for the object any more", async () => {
  const deleted: string[] = [];
  const operator = await running("leaves.example", (handlers) => {
    handlers.on("delete", "note", ({ name }) => void deleted.push(name), {
      labels: { leaves: "yes" },
      when: named("leaves"),
    });
  });
  await put("leaves", "x");
  await kubectl(cluster, ["label", "configmap", "leaves", "-n", namespace, "leaves=yes"]);
  await until(async () => (await metadataOf("leaves")).finalizers !== undefined, "the finalizer");
  await kubectl(cluster, ["label", "configmap", "leaves", "-n", namespace, "leaves-"]);
  await until(async () => (await metadataOf("leaves")).finalizers === undefined, "the finalizer to go");
  await kubectl(cluster, ["delete", "configmap", "leaves", "-n", namespace]);
  await operator.stop();
  expect(deleted).toEqual([]);
});

test("what changed between two runs is both updated and resumed, and its field handler sees the value of now", async () => {
  const seen: string[] = [];
  const register = (handlers: ResourceHandlers): void => {
    const only = { when: named("between") };
    handlers
      .on("update", "note", () => void seen.push("update"), only)
      .on("resume", "note", () => void seen.push("resume"), only)
      .field("data.name", "note", ({ value }) => void seen.push(`field ${value}`), only);
  };
  const first = await running("between.example", register);
  await put("between", "one");
  await until(
    async () => (await metadataOf("between")).annotations?.["between.example/last-handled"] !== undefined,
    "the mark",
  );
  await first.stop();
  await put("between", "two");
  const second = await running("between.example", register);
  await until(() => seen.length >= 4, "both");
  await second.stop();
  expect(seen).toEqual(["field one", "update", "resume", "field two"]);
});

test("a timer that fails is retried when it asks to be, and one that gives up rests until the object changes", async () => {
  const runs = { failing: 0, givingUp: 0 };
  const operator = await running("timers.example", (handlers) => {
    const only = { when: named("timers") };
    handlers
      .timer(
        "failing",
        { everyMs: 3_600_000 },
        () => {
          runs.failing += 1;
          if (runs.failing < 3) throw new TemporaryError("not yet", 20);
        },
        only,
      )
      .timer(
        "giving-up",
        { everyMs: 10 },
        () => {
          runs.givingUp += 1;
          throw new PermanentError("never");
        },
        only,
      );
  });
  await put("timers", "x");
  await until(() => runs.failing === 3, "the third try");
  expect(runs.givingUp).toBe(1);
  await put("timers", "y");
  await until(() => runs.givingUp === 2, "another try after the change");
  await operator.stop();
});

test("a raw event handler that rejects ends nothing", async () => {
  const good: string[] = [];
  const operator = await running("raw.example", (handlers) => {
    handlers
      .event(() => Promise.reject(new Error("broken")), { when: named("raw") })
      .event(({ type }) => void good.push(type), { when: named("raw") });
  });
  await put("raw", "x");
  await until(() => good.length > 0, "the other handler");
  await operator.stop();
});

test("a handler that outlives its drain cannot write beside the next leader", async () => {
  const gate = Promise.withResolvers<void>();
  const late = Promise.withResolvers<unknown>();
  const transport = createTransport(await kubeconfigConnection({ path: cluster.kubeconfig() }));
  const name = "late.example";
  const election = { namespace };
  const operator = createOperator({ name, transport, logger: pino({ level: "silent" }), drainMs: 100, election });
  let isRunning = false;
  new ResourceHandlers(operator, CONFIG_MAP, { name, namespace }).timer(
    "late",
    { everyMs: 1_000 },
    async ({ client }) => {
      isRunning = true;
      await gate.promise;
      await client.create(CONFIG_MAP, configMap("late-write", "x")).catch(late.resolve);
    },
    { when: named("late") },
  );
  const stop = new AbortController();
  const ended = operator.run(stop.signal);
  await put("late", "x");
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

test("readiness: not ready before every cache is in sync, ready on a standby, not ready once told to stop", async () => {
  const start = async (identity: string) => {
    const transport = createTransport(await kubeconfigConnection({ path: cluster.kubeconfig() }));
    const operator = createOperator({
      name: "ready.example",
      identity,
      transport,
      logger: pino({ level: "silent" }),
      drainMs: 30_000,
      election: { namespace },
      health: { port: 0, host: "127.0.0.1" },
    });
    return operator;
  };
  const leader = await start("leader");
  const standby = await start("standby");
  const gate = Promise.withResolvers<void>();
  let isRunning = false;
  new ResourceHandlers(leader, CONFIG_MAP, { namespace }).on(
    "create",
    "hold",
    async () => {
      isRunning = true;
      await gate.promise;
    },
    { when: named("ready") },
  );
  new ResourceHandlers(standby, CONFIG_MAP, { namespace });
  const stop = new AbortController();
  const ended = [leader.run(stop.signal)];
  await put("ready", "x");
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
