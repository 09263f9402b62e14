/** What the audit says: a chain, or something that breaks a rule and is in none. Every format tells the same of it. */
import { hashOf } from "kopf-ts";
import type { End, Technique } from "./edges/edge.ts";
import type { Place } from "./place.ts";
import type { Login } from "./products/product.ts";
import type { Start } from "./search.ts";
import type { Severity } from "./severity.ts";

/** One of those that are equal but for their names. */
export interface Member {
  /** The same for the same objects, wherever they stand in a file. */
  readonly id: string;
  /** `Kind/namespace/name`. */
  readonly object: string;
  readonly place: Place;
  readonly words: string;
}

export interface FindingLink {
  readonly edge: string;
  readonly words: string;
  readonly places: readonly Place[];
}

export interface Finding {
  readonly kind: "chain" | "posture";
  readonly severity: Severity;
  /** Of a chain the edge that reaches the end, else the rule that is broken. */
  readonly rule: string;
  /** After the severity. */
  readonly words: string;
  readonly reason: string;
  readonly fix: string;
  /** What as a SecureWorkload makes it impossible. */
  readonly palisade: string | undefined;
  readonly attack: readonly Technique[];
  readonly cis: readonly string[];
  readonly driftCases: readonly number[];
  readonly chain: FoundChain | undefined;
  /** Every place that a link of it, or of one that is equal, stands on. */
  readonly evidence: readonly Place[];
  /** Never empty; the first is the one that the words name. */
  readonly members: readonly [Member, ...Member[]];
}

export interface FoundChain {
  readonly start: Start;
  readonly end: End;
  /** Undefined where the chain passes no program. */
  readonly login: Login | undefined;
  readonly links: readonly FindingLink[];
  /** The cheapest link that all chains to this end share. */
  readonly cut: string;
}

/** Of names and kinds alone. */
export const identityOf = (...parts: readonly (string | readonly string[])[]): string => hashOf(parts).slice(0, 16);
