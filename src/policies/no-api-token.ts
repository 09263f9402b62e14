import { exactly } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { cis, drift, mitre, nsa, owasp } from "./sources.ts";

export const noApiToken = policy(
  {
    id: "no-api-token",
    demand: "Pods must not mount a token for the Kubernetes API automatically.",
    reason: "An attacker can steal a token even if the application does not use it.",
    effect: "Sets `automountServiceAccountToken: false`.",
    fix: "Declare the needed API access under `permissions`: Palisade then mounts a token that expires and allows exactly that.",
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
