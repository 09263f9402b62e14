/** What a front end makes of a document of its format. */
import type { Manifest } from "../manifests/parse.ts";
import type { Edge } from "./peers.ts";

/** A document as Kubernetes would say it; the ledger has its own keys. */
export interface Translation {
  readonly manifests: readonly Manifest[];
  readonly edges: readonly Edge[];
  /** By the name of the workload. */
  readonly decisions: readonly { readonly name: string; readonly decision: string }[];
}
