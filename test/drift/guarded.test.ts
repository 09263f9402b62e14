/** Every attack of the list on Palisade as it is installed; then with the operator stopped; and a while of ordinary life. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ADMISSION_POLICIES } from "../../src/admission/index.ts";
import { DRIFT_CASES } from "./cases/index.ts";
import { tryOnce } from "./matrix.ts";
import { live } from "./ordinary-life.ts";
import type { Outcome } from "./outcome.ts";
import { Theatre } from "./theatre.ts";

let theatre: Theatre;

beforeAll(async () => {
  theatre = await Theatre.open({ admission: ADMISSION_POLICIES });
  await theatre.untilGuarded();
}, 540_000);

afterAll(() => theatre?.close());

test("ordinary life is neither refused nor undone", async () => {
  const lived = await live(theatre, { durationMs: 10_000 });
  expect(lived.refused).toEqual([]);
  expect(lived.undone).toEqual([]);
}, 120_000);

const CASES = DRIFT_CASES.filter(({ attacks }) => attacks.length > 0);
const shipped = new Map<string, Outcome["kind"]>();

describe("as installed", () => {
  describe.each(CASES)("case $number, $title", ({ number, attacks }) => {
    test.each(attacks)("$title: it does not stand", async (attack) => {
      const outcome = await tryOnce(theatre, attack);
      shipped.set(`${number} ${attack.title}`, outcome.kind);
      expect(outcome).not.toMatchObject({ kind: "stands" });
    });
  });
});

describe("with the operator stopped", () => {
  beforeAll(async () => {
    await theatre.prepare(16);
    await theatre.stopOperator();
  }, 120_000);

  describe.each(CASES)("case $number, $title", ({ number, attacks }) => {
    test.each(attacks)("$title: what was refused still is", async (attack) => {
      if (shipped.get(`${number} ${attack.title}`) !== "refused") return;
      expect(await tryOnce(theatre, attack, { patienceMs: 0 })).toMatchObject({ kind: "refused" });
    });
  });
});
