/** Every attack of the list on Palisade as it is installed; then with the operator stopped; and a while of ordinary life. */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { useCluster } from "../support/use-palisade.ts";
import { DRIFT_CASES } from "./cases/index.ts";
import { judged } from "./guards/judged.ts";
import { unjudged } from "./guards/page.ts";
import { tryEveryPath } from "./guards/run.ts";
import { OF_EVERY_STAGE, standing } from "./guards/stage.ts";
import { coverageOf, isOpen, onOf, readCluster } from "./guards/verbs.ts";
import { tryOnce } from "./matrix.ts";
import { live } from "./ordinary-life.ts";
import type { Outcome } from "./outcome.ts";
import { Theatre } from "./theatre.ts";

const { cluster } = useCluster();
let theatre: Theatre;

beforeAll(async () => {
  theatre = await Theatre.open({ admission: ADMISSION_POLICIES, cluster });
  await theatre.untilGuarded();
}, 180_000);

afterAll(() => theatre?.close());

test("ordinary life is neither refused nor undone", async () => {
  const lived = await live(theatre, { durationMs: 10_000 });
  expect(lived.refused).toEqual([]);
  expect(lived.undone).toEqual([]);
}, 120_000);

test("whatever else writes a field of what is guarded is refused, or on the list: make drift writes the deeper ones", async () => {
  const stage = await theatre.take();
  const objects = await standing(stage.admin, stage.namespace, OF_EVERY_STAGE);
  const client = () => theatre.clients.of("mallory");
  const results = await tryEveryPath(objects, stage.namespace, { client, users: ["wide"], depth: 2 });
  theatre.giveBack(stage);
  expect(unjudged({ version: "", results, verbs: [] }, judged())).toEqual([]);
  expect(results.filter(({ outcome }) => outcome.kind === "refused").length).toBeGreaterThan(results.length / 4);
}, 120_000);

test("before each verb of each resource stands a policy, RBAC, or a line that says why it does no harm", async () => {
  const served = await readCluster(theatre.clients.of("admin"));
  const open = coverageOf(served, ADMISSION_POLICIES, judged()).filter(isOpen);
  expect(open.map((verb) => `${verb.verb} ${onOf(verb)}`)).toEqual([]);
});

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
