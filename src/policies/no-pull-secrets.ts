import { absent } from "./clauses.ts";
import { each, wholePod } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre, owasp } from "./sources.ts";

export const noPullSecrets = policy(
  {
    id: "no-pull-secrets",
    demand: "A pod brings no credentials of a registry.",
    reason:
      "It is a credential of the registry that whoever reads Secrets in the namespace can take; with an added one the pod runs images from somebody else's registry.",
    effect: "Takes out `imagePullSecrets`.",
    fix: "Nothing: the platform gives the nodes their registry credentials (the kubelet's credential providers).",
    sources: [owasp("K03"), mitre("T1525"), drift(12)],
  },
  each(wholePod, absent("imagePullSecrets")),
);
