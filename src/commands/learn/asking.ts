/** What a cluster is asked with, and what it tells. */
import type { KubeObject } from "kopf-ts";
import type { AddressBook } from "../../learn/address-book.ts";
import type { SeenEdges } from "../../learn/edges.ts";
import type { Write } from "../../learn/edits-for.ts";
import type { Drafts } from "./drafts.ts";

/** What the files declare, and where edges and addresses go. */
export interface LiveAsking {
  readonly drafts: Drafts;
  readonly seen: SeenEdges;
  readonly book: AddressBook;
}

export interface Live {
  readonly namespace: string;
  readonly drafts: Drafts;
  readonly objects: readonly KubeObject[];
  readonly writes: readonly Write[];
  /** What could not be seen. */
  readonly left: readonly string[];
}
