/** Signs of a program that mines coins. Pure. */
import type { Place } from "../place.ts";
import type { Container } from "./container.ts";

export interface MiningSign {
  readonly words: string;
  readonly place: Place;
}

const IMAGE =
  /(^|[/_-])(xmrig|xmr-stak|minerd|cpuminer|cgminer|ethminer|nbminer|t-rex|phoenixminer|monero|lolminer|xmr|minergate(-cli)?|cryptonight|crypto-?miner)([/_:-]|$)/;
const PROGRAM =
  /(^|[/\s"'])(xmrig|xmr-stak|minerd|cpuminer|ethminer|nbminer|minergate-cli|lolminer|cryptonight|randomx)\b/i;
const POOL =
  /stratum\+?(tcp|ssl|tls|udp|http)?:\/\/|\b(minexmr|supportxmr|nanopool|moneroocean|hashvault|f2pool|ethermine|2miners|nicehash|minergate|dwarfpool|c3pool|herominers)\.(com|org|pro|stream|net)\b|--(donate-level|nicehash|coin[= ](monero|xmr))|\b(pool\.[a-z0-9.-]{1,253}):(3333|4444|5555|7777|14444|14433)\b/i;

/** Image, program, pool and port; each once. */
export function miningSigns({ repository, place, words, variables }: Container): readonly MiningSign[] {
  const said = [...words, ...[...variables.values()].map(({ value = "", place: at }) => ({ text: value, place: at }))];
  const first = (pattern: RegExp, what: string): readonly MiningSign[] => {
    const found = said.find(({ text }) => pattern.test(text));
    return found === undefined ? [] : [{ words: what, place: found.place }];
  };
  return [
    ...(IMAGE.test(repository) ? [{ words: "an image of a miner", place }] : []),
    ...first(PROGRAM, "a program that mines"),
    ...first(POOL, "a pool of miners, or its protocol"),
  ];
}
