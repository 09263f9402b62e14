/** What appeared and what went since an earlier report. */
import { describe, expect, test } from "@jest/globals";
import { aPod, audited, documents } from "../../test/support/audited.ts";
import { namedIn } from "../audit/named.ts";
import { auditData } from "../commands/audit/model.ts";
import { compared, earlierAnswer, withEarlier } from "./comparison.ts";
import type { HeldCorrection } from "./model.ts";

const answerOf = (text: string) => JSON.parse(JSON.stringify({ kind: "Audit", ...auditData(audited(text)) }));
const namedOf = (text: string) => namedIn(audited(text).findings);

const BEFORE = documents(aPod("web"), aPod("db", { hostPID: true }));
const NOW = documents(aPod("web"), aPod("cache", { hostNetwork: true }));

test("what is in both stayed, and each other one appeared or is gone", () => {
  const { appeared, gone, stayed, severities } = compared(earlierAnswer.parse(answerOf(BEFORE)), namedOf(NOW));
  const [before, now] = [namedOf(BEFORE), namedOf(NOW)];
  expect(appeared.length).toBeGreaterThan(0);
  expect(appeared.every(({ words }) => words.includes("cache"))).toBe(true);
  expect(gone.every(({ words }) => words.includes("db"))).toBe(true);
  expect([stayed + appeared.length, stayed + gone.length]).toEqual([now.length, before.length]);
  for (const { severity, before: then, now: today } of severities)
    expect([then, today]).toEqual([before, now].map((all) => all.filter((one) => one.severity === severity).length));
});

test("beside itself nothing appeared and nothing is gone", () => {
  const same = compared(earlierAnswer.parse(answerOf(NOW)), namedOf(NOW));
  expect(same).toMatchObject({ appeared: [], gone: [], corrections: undefined });
});

test.each([{ kind: "Checks" }, { kind: "Audit" }, [], "text"])("%j is no earlier report", (other) => {
  expect(earlierAnswer.safeParse(other).success).toBe(false);
});

describe("corrections", () => {
  const at = (time: string, object = "Deployment/web"): HeldCorrection => ({
    time,
    workload: "shop/web",
    times: 1,
    action: "Repair",
    object,
    fields: [],
  });

  test("of an earlier report are remembered, each once, newest first", () => {
    const old = [at("2026-11-29T10:00:00.250Z"), at("2026-11-30T10:00:00.100Z")];
    const now = [at("2026-11-30T10:00:00.900Z"), at("2026-11-30T11:00:00Z", "Service/web")];
    expect(withEarlier(now, old).map(({ time }) => time)).toEqual([
      "2026-11-30T11:00:00Z",
      "2026-11-30T10:00:00.900Z",
      "2026-11-29T10:00:00.250Z",
    ]);
  });
});
