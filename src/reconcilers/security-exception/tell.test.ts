import { expect, test } from "@jest/globals";
import { anException } from "../../../test/support/exceptions.ts";
import { type ExceptionRecord, shapeException } from "../../state/records/security-exception.ts";
import { turnsOf } from "./tell.ts";

function record(spec: object = {}): ExceptionRecord {
  const shaped = shapeException(anException("legacy", spec, { creationTimestamp: "2026-01-01T00:00:00Z" }));
  if (shaped === undefined) throw new Error("not kept");
  return shaped;
}

const GLASS = { lifts: undefined, breakGlass: { user: "kim" }, validFor: "1h" };

test.each([
  { before: undefined, now: "InForce", lifts: ["ExceptionActive"], glass: ["BreakGlassOpened"] },
  { before: "WorkloadMissing", now: "InForce", lifts: ["ExceptionActive"], glass: ["BreakGlassOpened"] },
  { before: "InForce", now: "InForce", lifts: [], glass: [] },
  { before: "InForce", now: "ExpiresSoon", lifts: ["ExceptionExpiring"], glass: ["ExceptionExpiring"] },
  {
    before: undefined,
    now: "ExpiresSoon",
    lifts: ["ExceptionActive", "ExceptionExpiring"],
    glass: ["BreakGlassOpened", "ExceptionExpiring"],
  },
  {
    before: "ExpiresSoon",
    now: "Expired",
    lifts: ["ExceptionExpired"],
    glass: ["ExceptionExpired", "BreakGlassClosed"],
  },
  { before: "InForce", now: "Deleted", lifts: ["ExceptionDeleted"], glass: ["ExceptionDeleted", "BreakGlassClosed"] },
  { before: "InForce", now: "WorkloadMissing", lifts: [], glass: ["BreakGlassClosed"] },
  { before: "Expired", now: "Deleted", lifts: [], glass: [] },
  { before: undefined, now: "Expired", lifts: [], glass: [] },
] as const)("from $before to $now tells $lifts, and of break-glass $glass", ({ before, now, lifts, glass }) => {
  expect(turnsOf(record(), before, now).map(({ reason }) => reason)).toEqual(lifts);
  expect(turnsOf(record(GLASS), before, now).map(({ reason }) => reason)).toEqual(glass);
});

test("who asked, for whom and why is told when it opens", () => {
  expect(turnsOf(record(GLASS), undefined, "InForce")[0]?.note).toBe(
    "until 2026-01-01T01:00:00Z kim may enter the pods of shop/web: the vendor's program unpacks itself into its own folder (requested by jane)",
  );
});
