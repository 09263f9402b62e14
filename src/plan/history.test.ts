import { describe, expect, test } from "@jest/globals";
import { isDone, KEPT_REVISIONS, type KnownRevision, planHistory } from "./history.ts";

const revision = (hash: string, number: number, isIntact = true): KnownRevision => ({
  name: `web.${hash}`,
  uid: `uid-${hash}`,
  number,
  hash,
  isIntact,
});

const names = (revisions: readonly KnownRevision[]) => revisions.map(({ hash }) => hash).sort();

/** What stands after a plan is carried out. */
function standing(hash: string, known: readonly KnownRevision[]): readonly KnownRevision[] {
  const { write, remove } = planHistory(hash, known);
  const kept = known.filter((one) => !remove.includes(one));
  if (write === undefined) return kept;
  if (write.verb === "create") return [...kept, revision(hash, write.number)];
  return kept.map((one) => (one === write.revision ? { ...one, number: write.number } : one));
}

const run = (...hashes: readonly string[]) =>
  hashes.reduce<readonly KnownRevision[]>((known, hash) => standing(hash, known), []);

describe("a history", () => {
  test("begins with the first spec, and a spec that stays in force changes nothing", () => {
    expect(run("a")).toEqual([revision("a", 1)]);
    expect(isDone(planHistory("a", run("a")))).toBe(true);
  });

  test("holds the last five, the one in force among them", () => {
    expect(KEPT_REVISIONS).toBe(5);
    expect(names(run("a", "b", "c", "d", "e"))).toEqual(["a", "b", "c", "d", "e"]);
    expect(names(run("a", "b", "c", "d", "e", "f"))).toEqual(["b", "c", "d", "e", "f"]);
  });

  test("holds each spec once: one that comes again is the latest, and nothing goes for it", () => {
    const known = run("a", "b", "c", "d", "e", "a");
    expect(names(known)).toEqual(["a", "b", "c", "d", "e"]);
    expect(known.find(({ hash }) => hash === "a")?.number).toBe(6);
    expect(names(standing("f", known))).toEqual(["a", "c", "d", "e", "f"]);
  });

  test("never loses the spec in force, however old it is", () => {
    const tooMany = Array.from({ length: 9 }, (_, index) => revision(`r${index}`, index + 1));
    const stood = standing("r0", tooMany);
    expect(names(stood)).toEqual(["r0", "r5", "r6", "r7", "r8"]);
    expect(stood.find(({ hash }) => hash === "r0")?.number).toBe(10);
  });

  test("takes out what is forged, counts it for nothing, and writes the spec in force anew", () => {
    const forged = revision("b", 900, false);
    const { write, remove } = planHistory("b", [revision("a", 1), forged]);
    expect(remove).toEqual([forged]);
    expect(write).toMatchObject({ verb: "create", number: 2 });
    expect(isDone(planHistory("a", [revision("a", 1), forged]))).toBe(false);
  });
});
