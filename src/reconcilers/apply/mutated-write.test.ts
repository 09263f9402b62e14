import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { FakeClock } from "kopf-ts/testing";
import { SERVICE } from "../../kubernetes/kinds.ts";
import { type Change, mutatedWriteProblem } from "./mutated-write.ts";
import { MutatedWrites } from "./mutated-writes.ts";

const service = (annotations: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop", resourceVersion: "1", annotations },
});

/** The Service as a webhook stored it, and what the API server makes of our write by now. */
function written(stored: string, becomes: Readonly<Record<string, string>>) {
  const clock = new FakeClock();
  const rewrites = new MutatedWrites(clock);
  const asked: unknown[] = [];
  const client = {
    replace: (_resource: unknown, _object: unknown, options: unknown) => {
      asked.push(options);
      return Promise.resolve(service(becomes));
    },
  };
  const desired = { object: service({}), digest: "d" };
  const differences = [{ kind: "foreign", path: ["metadata", "annotations", "example.com/at"] }];
  const live = service({ "example.com/at": stored });
  const change = { desired, record: {}, deviation: { live, wanted: desired.object, digest: "d", differences } };
  const target = { resource: SERVICE, name: { namespace: "shop", name: "web" } };
  const ask = () =>
    mutatedWriteProblem(
      target as never,
      change as unknown as Change,
      { rewrites, client } as never,
      new AbortController().signal,
    );
  const note = () => rewrites.note("Service/shop/web", desired, (change as unknown as Change).deviation);
  return { clock, asked, ask, note };
}

test("a value that is another one at every write is asked about ever more rarely, and not written again", async () => {
  const { clock, asked, ask, note } = written("monday", { "example.com/at": "tuesday" });
  expect(await ask()).toBeUndefined();
  note();
  for (const [minutes, dryRuns] of [
    [1, 1],
    [1, 1],
    [1, 2],
    [4, 3],
  ]) {
    await clock.advance((minutes ?? 0) * 60_000);
    expect([(await ask())?.reason, asked.length]).toEqual(["WriteChanged", dryRuns]);
  }
});

test("what the webhook leaves alone by now is written", async () => {
  const { clock, ask, note } = written("monday", {});
  note();
  expect((await ask())?.reason).toBe("WriteChanged");
  await clock.advance(60_000);
  expect(await ask()).toBeUndefined();
});
