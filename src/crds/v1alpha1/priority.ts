/**
 * The fixed menu of priorities, and the PriorityClass behind each. The installation makes the classes; the operator may not touch them.
 *
 * No class preempts: a tenant who writes High waits in front, and never throws somebody else's pod out (KEP-902). The kubelet
 * evicts the lower ones first. Values stay above the cluster autoscaler's cut-off of -10, below which pods get no node.
 */
import { z } from "zod";

export interface PriorityClass {
  readonly className: string;
  readonly value: number;
  readonly description: string;
}

export const PRIORITIES = {
  Low: {
    className: "palisade-low",
    value: -5,
    description: "Gives way to everything else when a node runs short, and is scheduled last.",
  },
  Normal: {
    className: "palisade-normal",
    value: 0,
    description:
      "As pods without a class. It is named all the same: a class that is the cluster's default must not decide.",
  },
  High: {
    className: "palisade-high",
    value: 1_000,
    description: "Scheduled first, and evicted last. It throws no running pod out.",
  },
} as const satisfies Readonly<Record<string, PriorityClass>>;

export type Priority = keyof typeof PRIORITIES;

export const priority = z
  .enum(Object.keys(PRIORITIES) as [Priority, ...Priority[]])
  .default("Normal")
  .meta({
    description:
      "Which pods are scheduled first, and which give way first when a node runs short: Low, Normal or High. None throws running pods out. Normal unless set.",
  });
