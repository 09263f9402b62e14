/** The audit of some objects: facts, chains and posture, worst first. Pure. */
import type { Manifest, Unread } from "../manifests/parse.ts";
import { newAmong } from "./baseline.ts";
import { foldedFindings, unfoldedFindings } from "./chain-findings.ts";
import type { Graph } from "./edges/edge.ts";
import { Collector } from "./facts/collect.ts";
import type { Finding, Member } from "./finding.ts";
import { type Named, namedIn } from "./named.ts";
import { postureFindings } from "./posture/posture.ts";
import { LOGINS } from "./products/product.ts";
import { reachIn } from "./reach/reach.ts";
import { heldRights } from "./rights/rights.ts";
import { AttackGraph } from "./search.ts";
import { rankOf } from "./severity.ts";

export interface Audit {
  readonly findings: readonly Finding[];
  readonly unread: readonly Unread[];
  /** What was left out, since it was known. */
  readonly leftOut: readonly Named[];
  /** How many objects were read. */
  readonly objects: number;
  readonly workloads: readonly string[];
  /** What was judged, for whoever shows it. */
  readonly graph: Graph;
}

export interface AuditOptions {
  /** Of objects that name none. */
  readonly namespace: string;
  /** `Kind/namespace/name` of the workload that an attack is taken to begin in; from every start unless set. */
  readonly from?: string | undefined;
  /** Milliseconds since the epoch: whether a SecurityException is in force. */
  readonly nowMs: number;
}

/** Takes objects one after another and keeps little of each; {@link Auditor.finish} judges them together. */
export class Auditor {
  readonly #collector: Collector;
  readonly #from: string | undefined;

  constructor({ namespace, from, nowMs }: AuditOptions) {
    this.#collector = new Collector(namespace, nowMs);
    this.#from = from;
  }

  add(manifest: Manifest): void {
    this.#collector.add(manifest);
  }

  /** What has one of the `known` identities is left out of the findings, and named beside them. */
  finish(known: ReadonlySet<string> = new Set()): Audit {
    const { facts, unread } = this.#collector.finish();
    const graph: Graph = { facts, reach: reachIn(facts), rights: heldRights(facts) };
    const attacks = new AttackGraph(graph);
    const chains = unfoldedFindings(attacks, attacks.chains(this.#from));
    const posture =
      this.#from === undefined
        ? postureFindings(
            graph,
            chains.map(({ finding }) => finding),
          )
        : [];
    const isNew = ({ id }: Member): boolean => !known.has(id);
    const told = foldedFindings(chains.filter(({ finding }) => finding.members.some(isNew)));
    const findings = [...told, ...newAmong(posture, known)].sort(worstFirst);
    return {
      findings,
      leftOut: namedIn([...foldedFindings(chains), ...posture]).filter(({ id }) => known.has(id)),
      unread,
      objects: this.#collector.count,
      workloads: [...facts.workloads.keys()],
      graph,
    };
  }
}

function worstFirst(a: Finding, b: Finding): number {
  return (
    rankOf(a.severity) - rankOf(b.severity) ||
    kindRank(a) - kindRank(b) ||
    loginRank(a) - loginRank(b) ||
    (a.words < b.words ? -1 : Number(a.words > b.words))
  );
}

const kindRank = ({ kind }: Finding): number => (kind === "chain" ? 0 : 1);

const loginRank = ({ chain }: Finding): number =>
  chain?.login === undefined ? LOGINS.length : LOGINS.indexOf(chain.login);
