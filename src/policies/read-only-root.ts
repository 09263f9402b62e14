import { exactly } from "./clauses.ts";
import { containerContexts, each } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, nsa, owasp } from "./sources.ts";

export const readOnlyRoot = policy(
  {
    id: "read-only-root",
    demand: "A container cannot write to its own image.",
    reason: "A payload needs somewhere to be written before it can run, and a changed program runs until the pod ends.",
    effect: "Sets `readOnlyRootFilesystem: true`.",
    fix: "Declare each directory that the application writes under `scratch`, with a size.",
    sources: [cis("5.6.3"), nsa("Pod security: Immutable container file systems"), owasp("K01"), drift(4), drift(68)],
    lifted: { gives: "an image that it can write to, as far as its user may and within the limit of local storage." },
  },
  each(containerContexts, exactly("readOnlyRootFilesystem", true)),
);
