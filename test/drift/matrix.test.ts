/** Every attack of the list, as the weakest user able to: undone or told of where it arrives. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DRIFT_CASES } from "./cases/index.ts";
import { tryAttack } from "./outcome.ts";
import { Theatre } from "./theatre.ts";

let theatre: Theatre;

beforeAll(async () => {
  theatre = await Theatre.open({ admission: [] });
  await theatre.prepare(4);
}, 540_000);

afterAll(() => theatre?.close());

describe.each(DRIFT_CASES.filter(({ attacks }) => attacks.length > 0))("case $number, $title", ({ attacks }) => {
  test.each(attacks)("$title: without admission it does not stand", async (attack) => {
    const stage = await theatre.take();
    const outcome = await tryAttack(attack, stage, theatre.clients);
    expect(outcome.kind).not.toBe("stands");
    theatre.giveBack(stage);
  });
});
