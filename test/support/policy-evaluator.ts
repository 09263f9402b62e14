/** Asks cyclonus who may connect to whom, through the program in `test/reachability`, which says what it does not see. */
import { join } from "node:path";
import type { LabelSelector } from "../../src/kubernetes/selectors.ts";
import { goBinary, requiredVersion } from "../cluster/go-binary.ts";
import { askProgram } from "./ask-program.ts";

const SOURCES = join(import.meta.dirname, "..", "reachability");

export interface Port {
  readonly name?: string | undefined;
  readonly port: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ip: string;
  readonly ports: readonly Port[];
}

/** An address that no pod has. */
export interface Outsider {
  readonly name: string;
  readonly ip: string;
  readonly ports: readonly Port[];
}

/** A cluster as far as NetworkPolicies see it. */
export interface World {
  readonly policies: readonly object[];
  readonly namespaces: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[];
  readonly pods: readonly Pod[];
  readonly outsiders: readonly Outsider[];
}

/**
 * `+` both ends allow it, `>` only the source does, `<` only the destination does, `.` neither does;
 * `-` where no end is a pod, so that no policy has a say.
 */
export type Mark = "+" | ">" | "<" | "." | "-";

/** One connection that could be tried. Pods are numbered first, outsiders after them. */
export interface Flow {
  readonly source: Pod | Outsider;
  readonly destination: Pod | Outsider;
  readonly port: Port;
  readonly mark: Mark;
}

export interface SelectorQuestion {
  readonly selector: LabelSelector;
  readonly labels: Readonly<Record<string, string>>;
}

export interface PolicyEvaluator {
  /** Every flow of each world, source by source. The row and column of one pod speak of two pods that are alike. */
  flows(worlds: readonly World[]): Promise<readonly (readonly Flow[])[]>;
  /** Whether each selector matches these labels, by Kubernetes' own code. */
  matches(questions: readonly SelectorQuestion[]): Promise<readonly boolean[]>;
}

export const policyEvaluatorBinary = (): Promise<string> =>
  goBinary({
    name: "reachability",
    title: `the NetworkPolicy evaluator (cyclonus ${requiredVersion(SOURCES, "github.com/mattfenwick/cyclonus")})`,
    duration: "two or three minutes on two cores, seconds where Kubernetes was built before",
    sources: SOURCES,
  });

/** The evaluator, built first where needed. */
export async function policyEvaluator(): Promise<PolicyEvaluator> {
  const binary = await policyEvaluatorBinary();
  return {
    flows: async (worlds) => {
      const { worlds: rows } = await askProgram<Answer>(binary, { worlds, selectors: [] });
      return worlds.map((world, index) => flowsOf(world, rows[index] ?? []));
    },
    matches: async (selectors) => (await askProgram<Answer>(binary, { worlds: [], selectors })).selectors,
  };
}

function flowsOf({ pods, outsiders }: World, rows: readonly string[]): readonly Flow[] {
  const peers = [...pods, ...outsiders];
  const columns = peers.flatMap((destination) => destination.ports.map((port) => ({ destination, port })));
  return peers.flatMap((source, row) => {
    const marks = rows[row] ?? "";
    if (marks.length !== columns.length) throw new Error("the evaluator answered another question");
    return columns.map((column, index) => ({ source, ...column, mark: marks.charAt(index) as Mark }));
  });
}

interface Answer {
  readonly worlds: readonly (readonly string[])[];
  readonly selectors: readonly boolean[];
}
