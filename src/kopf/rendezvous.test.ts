import { expect, test } from "@jest/globals";
import { rankMembers, shardOfText } from "./rendezvous.ts";

const members = (count: number, salt: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `replica-${salt}-${index}`);

const holders = (shards: number, alive: readonly string[]): readonly (string | undefined)[] =>
  rankMembers(shards, alive).map(([first]) => first);

test("what members hold differs by one shard at most, and every shard has a holder", () => {
  for (let salt = 0; salt < 50; salt += 1) {
    for (const [shards, count] of [
      [3, 3],
      [4, 3],
      [12, 5],
      [2, 3],
      [64, 7],
    ] as const) {
      const held = holders(shards, members(count, salt));
      expect(held).not.toContain(undefined);
      const counts = members(count, salt).map((member) => held.filter((one) => one === member).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  }
});

test("everybody comes to the same answer, in whatever order members are known", () => {
  const alive = members(5, 1);
  expect(rankMembers(8, alive.toReversed())).toEqual(rankMembers(8, alive));
});

test("each shard has every member in its order, once", () => {
  const alive = members(4, 2);
  for (const order of rankMembers(16, alive)) expect([...order].sort()).toEqual(alive);
});

test("a member that goes moves its own shards, and few others", () => {
  const shards = 32;
  let moved = 0;
  let needed = 0;
  for (let salt = 0; salt < 50; salt += 1) {
    const before = holders(shards, members(4, salt));
    const gone = members(4, salt)[0];
    const after = holders(
      shards,
      members(4, salt).filter((member) => member !== gone),
    );
    needed += before.filter((holder) => holder === gone).length;
    moved += before.filter((holder, shard) => holder !== after[shard]).length;
  }
  expect(needed).toBe(50 * 8);
  // Placing everything anew would move three quarters of all: three times as much as must move.
  expect(moved / needed).toBeLessThan(1.5);
});

test("namespaces spread over the shards", () => {
  const counts = [0, 0, 0];
  for (let index = 0; index < 3_000; index += 1)
    counts[shardOfText(`team-${index}`, 3)] = (counts[shardOfText(`team-${index}`, 3)] ?? 0) + 1;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(120);
});

test("nobody is no member", () => {
  expect(rankMembers(2, [])).toEqual([[], []]);
});
