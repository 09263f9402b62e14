/**
 * Assigns shards to members by rendezvous hashing (highest random weight), with no member above its even share. Pure: replicas
 * that see the same members agree, and a member that joins or leaves moves few shards but its own.
 */
import { hash } from "node:crypto";

/** The shard of a text; 0 where there is no text. */
export const shardOfText = (text: string | undefined, shards: number): number =>
  text === undefined ? 0 : numberOf(text) % shards;

/** For each shard, all members in the order in which they should hold it. First places differ by one between members at most. */
export function rankMembers(shards: number, members: readonly string[]): readonly (readonly string[])[] {
  const ranked = Array.from({ length: shards }, (_, shard) =>
    members
      .map((member) => ({ shard, member, weight: numberOf(`${shard}/${member}`) }))
      .sort((a, b) => heavierFirst(a, b)),
  );
  const chosen = chooseEvenly(ranked.flat().sort(heavierFirst), shards, members);
  return ranked.map((pairs, shard) => {
    const first = chosen.get(shard);
    const others = pairs.map(({ member }) => member).filter((member) => member !== first);
    return first === undefined ? others : [first, ...others];
  });
}

interface Pair {
  readonly shard: number;
  readonly member: string;
  readonly weight: number;
}

/** Takes the heaviest pairs first, while their member has room. Every shard finds a member. */
function chooseEvenly(pairs: readonly Pair[], shards: number, members: readonly string[]): ReadonlyMap<number, string> {
  const share = Math.floor(shards / members.length);
  let extra = shards % members.length;
  const held = new Map<string, number>();
  const chosen = new Map<number, string>();
  for (const { shard, member } of pairs) {
    const count = held.get(member) ?? 0;
    if (chosen.has(shard) || count > share || (count === share && extra === 0)) continue;
    if (count === share) extra -= 1;
    held.set(member, count + 1);
    chosen.set(shard, member);
  }
  return chosen;
}

const heavierFirst = (a: Pair, b: Pair): number =>
  b.weight - a.weight || (a.member < b.member ? -1 : 1) || a.shard - b.shard;

/** 48 bits fit a number exactly. */
const numberOf = (text: string): number => Number.parseInt(hash("sha256", text, "hex").slice(0, 12), 16);
