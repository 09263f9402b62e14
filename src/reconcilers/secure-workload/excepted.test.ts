import { expect, test } from "@jest/globals";
import { anException } from "../../../test/support/exceptions.ts";
import { aMemory, aRemembered } from "../../../test/support/memory.ts";
import { EnteredPods } from "../../state/break-glass-sessions.ts";
import { type Stage, shapeException } from "../../state/records/security-exception.ts";
import { type ExceptionEntry, exceptionEntries, exceptionNotices, type Staged } from "./excepted.ts";

const WEB = aRemembered("web");
const CREATED = "2026-01-01T00:00:00Z";
const atMs = (time: string): number => Date.parse(`2026-01-01T${time}Z`);
const pods = (...times: readonly string[]) => times.map((time) => ({ uid: time, createdMs: atMs(time) }));

/** What is listed when these pods are there, and nothing was seen before. */
const listed = (
  all: readonly Staged[],
  before: readonly ExceptionEntry[],
  there: ReturnType<typeof pods>,
  now: string,
) =>
  exceptionEntries(
    all,
    before,
    (entry) => new EnteredPods(aMemory().memory).among(WEB, entry, there).size > 0,
    atMs(now),
  );

function staged(stage: Stage, name = "inside", spec: object = {}): Staged {
  const glass = { lifts: undefined, breakGlass: { user: "jane" }, validFor: "1h", ...spec };
  const exception = shapeException(anException(name, glass, { uid: name, creationTimestamp: CREATED }));
  if (exception === undefined) throw new Error("not kept");
  return { exception, stage };
}

const OPEN: ExceptionEntry = { name: "inside", user: "jane", expires: "2026-01-01T01:00:00Z" };

test("what is in force is listed with its end", () => {
  const all = [staged("ExpiresSoon"), staged("InForce", "legacy", { lifts: ["non-root"], breakGlass: undefined })];
  expect(listed(all, [], [], "00:40:00")).toEqual([
    OPEN,
    { name: "legacy", lifts: ["non-root"], expires: "2026-01-01T01:00:00Z" },
  ]);
});

test("break-glass that has expired stands as long as a pod of that time does, even if nobody wrote it down", () => {
  const entries = (...times: readonly string[]) => listed([staged("Expired")], [], pods(...times), "09:00:00");
  expect(entries("00:10:00", "01:30:00")).toEqual([{ ...OPEN, closed: "2026-01-01T01:00:00Z" }]);
  expect(entries("01:30:00")).toEqual([]);
});

test("break-glass that was deleted ended when that was first seen, and keeps that instant", () => {
  const first = listed([], [OPEN], pods("00:10:00"), "00:30:00");
  expect(first).toEqual([{ ...OPEN, closed: "2026-01-01T00:30:00Z" }]);
  expect(listed([], first, pods("00:10:00"), "00:45:00")).toEqual(first);
  expect(listed([], first, pods("00:30:01"), "00:45:00")).toEqual([]);
});

test("one that was deleted while nobody looked ended with its time at the latest", () => {
  const [entry] = listed([], [OPEN], pods("00:10:00"), "20:00:00");
  expect(entry?.closed).toBe("2026-01-01T01:00:00Z");
});

test("an exception of the same name, made anew, does not hide that one before it is over", () => {
  const before = { ...OPEN, expires: "2025-12-31T23:00:00Z" };
  const entries = listed([staged("InForce")], [before], pods("00:00:00"), "00:10:00");
  expect(entries).toEqual([OPEN]);
  const older = [{ uid: "older", createdMs: Date.parse("2025-12-31T22:00:00Z") }];
  expect(listed([staged("InForce")], [before], older, "00:10:00")).toHaveLength(2);
});

test("lifted rules leave nothing to be replaced: the template rolls the pods", () => {
  const lifts = { name: "legacy", lifts: ["non-root"], expires: "2026-01-01T01:00:00Z" };
  expect(listed([], [lifts], pods("00:10:00"), "00:30:00")).toEqual([]);
});

test("pods that come after the end was seen are new, whatever the clocks say", () => {
  const entered = new EnteredPods(aMemory().memory);
  const closed = { ...OPEN, closed: "2026-01-01T00:10:00Z" };
  const among = (...times: readonly string[]) => [...entered.among(WEB, closed, pods(...times))];
  expect(among("00:09:00", "00:10:00", "00:10:01")).toEqual(["00:09:00", "00:10:00"]);
  expect(among("00:10:00", "00:05:00")).toEqual(["00:10:00"]);
  expect(among("00:05:00")).toEqual([]);
});

test("the conditions are there only while something is relaxed, and name it with its reason", () => {
  expect(exceptionNotices([staged("Expired"), staged("InvalidSpec")])).toEqual([]);
  const [relaxed, soon] = exceptionNotices([staged("InForce", "a"), staged("ExpiresSoon", "b")]);
  expect(relaxed).toMatchObject({ type: "Relaxed", holds: true, reason: "ExceptionInForce" });
  expect(relaxed?.message).toContain(
    "SecurityException a lets jane enter the pods until 2026-01-01T01:00:00Z: the vendor",
  );
  expect(relaxed?.message).toContain("SecurityException b");
  expect(soon?.type).toBe("ExceptionExpiring");
  expect(soon?.message).not.toContain("SecurityException a ");
});
