import { absent } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre, owasp } from "./sources.ts";

export const noPullSecrets = policy(
  {
    id: "no-pull-secrets",
    demand: "Pods must not bring registry credentials.",
    reason:
      "Everybody who can read Secrets in the namespace can steal the credentials; added ones let the pod run images from another registry.",
    effect: "Removes `imagePullSecrets`.",
    fix: "Remove imagePullSecrets: the nodes hold the registry credentials (kubelet credential providers).",
    sources: [owasp("K03"), mitre("T1525"), drift(12)],
  },
  each(wholePod, absent("imagePullSecrets")),
);
