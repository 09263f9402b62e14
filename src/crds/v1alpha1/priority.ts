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
    description: "Scheduled last, and evicted first when a node runs short.",
  },
  Normal: {
    className: "palisade-normal",
    value: 0,
    description:
      "The same priority as pods without a class. Palisade sets it explicitly, so that the cluster's default class does not apply.",
  },
  High: {
    className: "palisade-high",
    value: 1_000,
    description: "Scheduled first, and evicted last. Does not preempt running pods.",
  },
} as const satisfies Readonly<Record<string, PriorityClass>>;

export type Priority = keyof typeof PRIORITIES;

export const priority = z
  .enum(Object.keys(PRIORITIES) as [Priority, ...Priority[]])
  .default("Normal")
  .meta({
    description:
      "Low, Normal or High: order of scheduling, and of eviction when a node runs short. Does not preempt running pods. Defaults to Normal.",
  });
