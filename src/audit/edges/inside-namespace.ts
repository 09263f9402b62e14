/** From all the accounts, or workloads, of a namespace to each of them: what a right on all of them leads to. */
import { nameOf } from "kopf-ts";
import { accountIn } from "../../rbac/subjects.ts";
import type { Facts } from "../facts/model.ts";
import { accountNode, accountsNode, type Edge, workloadNode, workloadsNode } from "./edge.ts";

const about = {
  reason: "A right on all objects of a kind is a right on the most powerful of them.",
  fix: "Give the right on named objects, or in a namespace that holds nothing else.",
  attack: ["T1078"],
  cis: ["5.1.4"],
  cost: 9,
} as const;

export const accountsInside: Edge = {
  ...about,
  id: "accounts-inside",
  title: "an account of the namespace",
  links: function* ({ facts }) {
    for (const key of accountsIn(facts)) {
      const { namespace = "", name } = nameOf(key);
      yield { from: accountsNode(namespace), to: accountNode(key), words: `account ${name}`, places: [], cut: CUT };
    }
  },
};

export const workloadsInside: Edge = {
  ...about,
  id: "workloads-inside",
  title: "a workload of the namespace",
  links: function* ({ facts }) {
    for (const { id, namespace, place } of facts.workloads.values())
      yield { from: workloadsNode(namespace), to: workloadNode(id), words: id, places: [place], cut: CUT };
  },
};

const CUT = "give the right on named objects";

/** Those that were read, and those that pods and bindings name. */
function accountsIn({ accounts, workloads, bindings }: Facts): ReadonlySet<string> {
  return new Set([
    ...accounts.keys(),
    ...[...workloads.values()].map(({ account }) => account),
    ...bindings.flatMap(({ bound }) => bound.subjects.flatMap((subject) => accountIn(subject) ?? [])),
  ]);
}
