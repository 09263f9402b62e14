/** Every attack of the list where no admission policy is in its way: undone, told of, or harmless for a reason that is named here. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DRIFT_CASES } from "./cases/index.ts";
import { tryOnce } from "./matrix.ts";
import { Theatre } from "./theatre.ts";

/** Cases that only admission answers: they leave nothing behind, or nothing that the operator may see or touch. */
const ADMISSION_ALONE: ReadonlySet<number> = new Set([7, 25, 43, 52, 60, 61, 66, 71, 72, 81]);

let theatre: Theatre;

beforeAll(async () => {
  theatre = await Theatre.open({ admission: [] });
  await theatre.prepare(8);
}, 540_000);

afterAll(() => theatre?.close());

const CASES = DRIFT_CASES.map((drift) => ({
  ...drift,
  attacks: drift.attacks.filter(({ onlyGuarded }) => onlyGuarded !== true),
})).filter(({ attacks, number }) => attacks.length > 0 && !ADMISSION_ALONE.has(number));

describe.each(CASES)("case $number, $title", ({ attacks }) => {
  test.each(attacks)("$title: it does not stand", async (attack) => {
    const outcome = await tryOnce(theatre, attack);
    expect(outcome).not.toMatchObject({ kind: "stands" });
  });
});
