import { exactly } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp } from "./sources.ts";

export const noApiToken = policy(
  {
    id: "no-api-token",
    demand: "No token for the Kubernetes API is mounted by itself.",
    reason: "A token that is not needed is a token that can be stolen.",
    effect: "Sets `automountServiceAccountToken: false`.",
    fix: "Declare what the application does with the API under `permissions`: a token that expires is mounted for exactly that.",
    sources: [
      cis("5.1.6"),
      nsa("Pod security: Protecting Pod service account tokens"),
      owasp("K01"),
      owasp("K09"),
      mitre("T1528"),
      drift(11),
    ],
  },
  each(wholePod, exactly("automountServiceAccountToken", false)),
);
