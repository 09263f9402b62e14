import { describe, expect, test } from "@jest/globals";
import type { Cache, CacheOptions } from "kopf-ts";
import { FakeClock } from "kopf-ts/testing";
import { anException } from "../../../test/support/exceptions.ts";
import { Exceptions } from "../active-exceptions.ts";
import { Memory } from "../memory.ts";
import { type ExceptionRecord, isFor, nextStageInMs, shapeException, stageAt } from "./security-exception.ts";
import type { WorkloadRecord } from "./workload.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CREATED = "2026-01-01T00:00:00Z";
const createdMs = Date.parse(CREATED);

function shaped(spec: object = {}, metadata: object = {}): ExceptionRecord {
  const record = shapeException(anException("legacy", spec, { creationTimestamp: CREATED, ...metadata }));
  if (record === undefined) throw new Error("not kept");
  return record;
}

test.each([
  { validFor: "720h", what: "a month", soonMs: 23 * DAY_MS, endMs: 30 * DAY_MS },
  { validFor: "336h", what: "two weeks", soonMs: 7 * DAY_MS, endMs: 14 * DAY_MS },
  { validFor: "48h", what: "two days", soonMs: DAY_MS, endMs: 2 * DAY_MS },
  { validFor: "30m", what: "half an hour", soonMs: HOUR_MS / 4, endMs: HOUR_MS / 2 },
])("of $what, the last week or the second half is soon, and the end is the end", ({ validFor, soonMs, endMs }) => {
  const record = shaped({ validFor });
  const stages = [0, soonMs - 1, soonMs, endMs - 1, endMs].map((ms) => stageAt(record, createdMs + ms));
  expect(stages).toEqual(["InForce", "InForce", "ExpiresSoon", "ExpiresSoon", "Expired"]);
  expect(nextStageInMs(record, "InForce", createdMs)).toBe(soonMs);
  expect(nextStageInMs(record, "ExpiresSoon", createdMs + soonMs)).toBe(endMs - soonMs);
  expect(nextStageInMs(record, "Expired", createdMs + endMs)).toBeUndefined();
});

test("one of a rule that this version does not know lifts nothing, and says so", () => {
  const record = shaped({ lifts: ["read-only-root", "rule-of-tomorrow"] });
  expect(stageAt(record, createdMs)).toBe("InvalidSpec");
  expect(record.lifts).toEqual([]);
  expect(record.invalid).toContain("spec.lifts[1]");
});

test("one that is being deleted is none, whatever finalizer holds it", () => {
  expect(shapeException(anException("legacy", {}, { deletionTimestamp: CREATED }))).toBeUndefined();
});

/** A cache of fixed records. */
function cacheOf(records: readonly ExceptionRecord[]) {
  return <R>({ indices = {} }: CacheOptions<R>): Cache<R> =>
    ({
      onChange: () => () => {},
      get: (key: string) => records.find(({ name }) => name === key),
      entries: () => records.map((record) => [record.name, record]),
      byIndex: (index: string, value: string) =>
        records
          .filter((record) => (indices[index]?.(record as R, { name: record.name }) ?? []).includes(value))
          .map(({ name }) => name),
    }) as unknown as Cache<R>;
}

test("rules and levels follow what is in force, and a clock that is set back opens nothing again", () => {
  const clock = new FakeClock();
  clock.stepWall(createdMs - clock.now());
  const records = [
    shaped({ lifts: ["read-only-root"], validFor: "2h" }, { name: "a", uid: "a" }),
    shaped({ lifts: ["non-root"], validFor: "1h" }, { name: "b", uid: "b" }),
  ];
  const exceptions = new Exceptions({
    cache: cacheOf(records),
    clock,
    memory: new Memory(),
    hasWorkload: ({ workload }) => workload === "shop/web",
  });
  const now = () => [[...exceptions.lifted("shop/web")], exceptions.podSecurityLevel("shop")];
  expect(now()).toEqual([["read-only-root", "non-root"], "baseline"]);
  expect([...exceptions.lifted("shop/other")]).toEqual([]);
  expect(exceptions.podSecurityLevel("other")).toBe("restricted");
  clock.stepWall(HOUR_MS);
  expect(now()).toEqual([["read-only-root"], "restricted"]);
  expect(exceptions.formerPodSecurityLevel("shop")).toBe("baseline");
  clock.stepWall(-HOUR_MS / 2);
  expect(now()).toEqual([["read-only-root"], "restricted"]);
});

test("one of a workload that is not there opens nothing, and lowers no level", () => {
  const exceptions = new Exceptions({
    cache: cacheOf([shaped({ lifts: ["non-root"], validFor: "2160h" })]),
    clock: new FakeClock(),
    memory: new Memory(),
    hasWorkload: () => false,
  });
  expect(exceptions.podSecurityLevel("shop")).toBe("restricted");
  expect(exceptions.allActive()).toEqual([]);
  expect(exceptions.cache.entries()).toHaveLength(1);
});

describe("an exception that names more than its workload's name", () => {
  const running = {
    ref: { uid: "one" },
    spec: { image: "registry.example.com/shop/web:1" },
  } as unknown as WorkloadRecord;
  test.each([
    { only: {}, expected: true },
    { only: { uid: "one" }, expected: true },
    { only: { uid: "another" }, expected: false },
    { only: { image: "registry.example.com/shop/web" }, expected: true },
    { only: { image: "registry.example.com/shop" }, expected: false },
    { only: { image: "no image" }, expected: false },
  ])("holds for $only: $expected", ({ only, expected }) => {
    const workload = { namespace: "shop", name: "web", ...only };
    expect(isFor(shaped({ workload, lifts: ["non-root"], validFor: "1h" }), running)).toBe(expected);
    expect(isFor(shaped({ workload, lifts: ["non-root"], validFor: "1h" }), undefined)).toBe(false);
  });
});
