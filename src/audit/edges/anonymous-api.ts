import { ANONYMOUS, type Edge, INTERNET } from "./edge.ts";

export const anonymousApi: Edge = {
  id: "anonymous-api",
  title: "API server without a name",
  reason: "A binding names callers without a name: whoever reaches the API server may do it.",
  fix: "Remove system:anonymous and system:unauthenticated from the binding.",
  attack: ["T1190", "T1078"],
  cis: ["5.1.1"],
  cost: 9,
  links: function* () {
    yield {
      from: INTERNET,
      to: ANONYMOUS,
      words: "API server, without a name",
      places: [],
      cut: "start the API server with --anonymous-auth=false",
    };
  },
};
