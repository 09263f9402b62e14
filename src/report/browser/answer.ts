/** What the script reads of the answer that the page carries. */
import { dataOf } from "./elements.ts";

export interface Member {
  readonly id: string;
  readonly object: string;
  readonly words: string;
  readonly place: { readonly object: string; readonly file: string; readonly line: number };
}

export interface Finding {
  readonly kind: "chain" | "posture";
  readonly severity: string;
  readonly rule: string;
  readonly members: readonly [Member, ...Member[]];
  readonly chain?: {
    readonly start: string;
    readonly end: string;
    readonly links: readonly { readonly words: string; readonly places: readonly { readonly object: string }[] }[];
  };
}

interface Answer {
  readonly findings?: readonly Finding[];
  readonly audit?: { readonly findings: readonly Finding[] };
}

export function findingsOfPage(): readonly Finding[] {
  const answer = dataOf<Answer>("answer");
  return answer?.findings ?? answer?.audit?.findings ?? [];
}
