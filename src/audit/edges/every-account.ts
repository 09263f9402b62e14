import { ANY_POD, type Edge, groupNode } from "./edge.ts";

const EVERY = "system:serviceaccounts";

export const everyAccount: Edge = {
  id: "every-account",
  title: "group of every account",
  reason: "What the group of all ServiceAccounts may do, every pod with a token may do.",
  fix: "Bind to the one account that needs it.",
  palisade: "a right that only a group gives is told of as a surplus of each workload",
  attack: ["T1528", "T1078"],
  cis: ["5.1.5"],
  driftCase: 57,
  cost: 9,
  links: function* ({ facts }) {
    const groups = new Set(
      facts.bindings.flatMap(({ bound }) => bound.subjects).filter((subject) => subject.startsWith(`Group ${EVERY}`)),
    );
    for (const subject of groups) {
      const name = subject.slice("Group ".length);
      yield {
        from: ANY_POD,
        to: groupNode(name),
        words: name === EVERY ? "any account" : `any account of ${name.slice(EVERY.length + 1)}`,
        places: [],
        cut: `remove ${name} from its bindings`,
      };
    }
  },
};
