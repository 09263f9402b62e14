/** A rule about objects that no pod rule judges: what breaks it and is in no chain is a finding of its own. */
import type { About, Graph } from "../edges/edge.ts";
import type { Place } from "../place.ts";
import type { Severity } from "../severity.ts";

export interface Broken {
  readonly severity: Severity;
  /** Of this object: `variable DB_PASSWORD`. */
  readonly words: string;
  /** `Kind/namespace/name`. */
  readonly object: string;
  readonly place: Place;
  /** What else tells this one from another of the same object. */
  readonly key: string;
}

export interface Rule extends Omit<About, "cost"> {
  /** `inChain` says whether a chain shows an object already. */
  readonly broken: (graph: Graph, inChain: (object: string) => boolean) => Iterable<Broken>;
}

export const brokenAt = (severity: Severity, words: string, place: Place, key: string = place.path): Broken => ({
  severity,
  words,
  object: place.object,
  place,
  key,
});
