import { exactly } from "./clauses.ts";
import { containerContexts, each } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, nsa, owasp } from "./sources.ts";

export const readOnlyRoot = policy(
  {
    id: "read-only-root",
    demand: "Containers must not write to their image.",
    reason: "Malware needs a writable place before it can run, and a modified program runs until the pod ends.",
    effect: "Sets `readOnlyRootFilesystem: true`.",
    fix: "Declare each writable directory under `scratch`, with a size.",
    sources: [cis("5.6.3"), nsa("Pod security: Immutable container file systems"), owasp("K01"), drift(4), drift(68)],
    lifted: { gives: "a writable image, as far as its user's permissions and the limit of local storage allow." },
  },
  each(containerContexts, exactly("readOnlyRootFilesystem", true)),
);
