/**
 * Who should hold which shard: rendezvous hashing (highest random weight), with no member above its even share. Pure, so that all
 * replicas that know the same members come to the same answer, and a member that comes or goes moves little beside its own share.
 */
import { hash } from "node:crypto";

/** Which of `shards` parts a text belongs to. */
export const shardOfText = (text: string, shards: number): number => numberOf(text) % shards;

/**
 * For each shard every member, in the order in which they should hold it: who should, and who should if that one does not. What the
 * members should hold differs by one shard at most.
 */
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

/** The heaviest pairs first, as long as their member has room. There is room for every shard, so each is chosen once. */
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

/** 48 bits, which a number holds exactly. */
const numberOf = (text: string): number => Number.parseInt(hash("sha256", text, "hex").slice(0, 12), 16);
