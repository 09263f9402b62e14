/** What the parts of the matrix share. */
import type { Counts, Pairs, ReachMatrix } from "../pairs.ts";

export interface View {
  readonly matrix: ReachMatrix;
  readonly pairs: Pairs;
  /** Positions of the workloads of each namespace. */
  readonly inNamespace: readonly (readonly number[])[];
  readonly grid: HTMLElement;
  readonly tools: HTMLElement;
  readonly evidence: HTMLElement;
}

export const countsText = ({ open, declared, closed }: Counts): string =>
  `${open} open, ${declared} declared, ${closed} closed`;
