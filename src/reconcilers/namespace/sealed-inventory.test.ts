/** What is found in a sealed namespace, and when it is looked for. */
import { expect, test } from "@jest/globals";
import type { Client, Resource } from "kopf-ts";
import { pino } from "pino";
import { governed } from "../../../test/support/governed.ts";
import { DEPLOYMENT, SERVICE } from "../../kubernetes/kinds.ts";
import type { Deps } from "../deps.ts";
import { lookAgain, nothingYet } from "./sealed-inventory.ts";

test("it is looked through a moment after the seal, and again later; what is seen twice is found", async () => {
  const world = governed();
  let nowMs = 1_000;
  const asked: string[] = [];
  const list = (resource: Resource) => {
    asked.push(resource.plural);
    return Promise.resolve({ items: world.all(resource), resourceVersion: "1" });
  };
  const deps = {
    client: { list } as unknown as Client,
    state: world.state,
    clock: { monotonicMs: () => nowMs },
    logger: pino({ level: "silent" }),
  } as unknown as Deps;
  const look = () => lookAgain("shop", deps, new AbortController().signal);
  const justSealed = nothingYet(nowMs);
  world.state.memory.ofNamespace("shop").sealedInventory = justSealed;
  expect(justSealed.dueMs).toBeGreaterThan(nowMs);
  expect(await look()).toBe(justSealed);
  expect(asked).toEqual([]);
  world.foreign(DEPLOYMENT, "between", { spec: { replicas: 0 } });
  const going = world.foreign(SERVICE, "going", { spec: { clusterIP: "None" } });
  nowMs = justSealed.dueMs;
  const once = await look();
  expect(once.found).toEqual({ makers: [], others: [] });
  world.remove(SERVICE, going);
  nowMs = once.dueMs;
  const changed = await look();
  expect(changed.found).toEqual({ makers: ["Deployment/between"], others: [] });
  expect(changed.dueMs - nowMs).toBe(once.dueMs - justSealed.dueMs);
  nowMs = changed.dueMs;
  expect((await look()).found).toEqual({ makers: ["Deployment/between"], others: [] });
  const before = asked.length;
  const { dueMs } = await look();
  expect(asked).toHaveLength(before);
  nowMs = dueMs;
  await look();
  expect(asked.length).toBeGreaterThan(before);
  world.state.memory.ofNamespace("shop").sealedInventory = undefined;
  expect((await look()).found).toEqual({ makers: ["Deployment/between"], others: [] });
});
