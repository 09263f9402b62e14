/** Every attack of the list where no admission policy is in its way: undone, told of, or harmless for a reason that is named here. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { until } from "../cluster/index.ts";
import { useCluster } from "../support/use-palisade.ts";
import { ADMISSION_ALONE, DRIFT_CASES } from "./cases/index.ts";
import { tryOnce } from "./matrix.ts";
import { Theatre } from "./theatre.ts";

/** Cases that the order of things or the next status undoes: nothing is corrected, so nothing is counted. */
const UNCOUNTED: ReadonlySet<number> = new Set([37, 38]);

const { cluster } = useCluster();
let theatre: Theatre;

beforeAll(async () => {
  theatre = await Theatre.open({ admission: [], cluster });
  await theatre.prepare(8);
}, 180_000);

afterAll(() => theatre?.close());

const CASES = DRIFT_CASES.map((drift) => ({
  ...drift,
  attacks: drift.attacks.filter(({ onlyGuarded }) => onlyGuarded !== true),
})).filter(({ attacks, number }) => attacks.length > 0 && !ADMISSION_ALONE.has(number));

describe.each(CASES)("case $number, $title", ({ number, attacks }) => {
  test.each(attacks)("$title: it does not stand, and its correction is counted", async (attack) => {
    const before = await theatre.corrections();
    const outcome = await tryOnce(theatre, attack);
    expect(outcome).not.toMatchObject({ kind: "stands" });
    if (outcome.kind === "undone" && !UNCOUNTED.has(number) && attack.undoneByKubernetes !== true)
      await until(async () => (await theatre.corrections()) > before, "the count");
  });
});
