import type { V1Volume, V1VolumeProjection } from "@kubernetes/client-node";
import { all, hasOnly, listIn, numberIn } from "./cel.ts";
import { findingIf, kept } from "./clauses.ts";
import { each, volumes } from "./places.ts";
import { type Finding, policy } from "./policy.ts";
import { drift, mitre, nsa, owasp } from "./sources.ts";

/** A trust bundle is public certificates. A pod certificate would be an identity that nobody declared. */
const SAFE: ReadonlySet<string> = new Set([
  "clusterTrustBundle",
  "configMap",
  "downwardAPI",
  "secret",
  "serviceAccountToken",
]);

/** One day: what cloud identity asks for at most. The kubelet renews long before. */
const MAX_TOKEN_SECONDS = 86_400;

const isSafe = (source: V1VolumeProjection): boolean => Object.keys(source).every((kind) => SAFE.has(kind));

const livesLong = ({ serviceAccountToken }: V1VolumeProjection): boolean =>
  (serviceAccountToken?.expirationSeconds ?? 0) > MAX_TOKEN_SECONDS;

function broken({ projected }: V1Volume): readonly Finding[] {
  return (projected?.sources ?? []).flatMap((source, index) => [
    ...Object.keys(source)
      .filter((kind) => !SAFE.has(kind))
      .map((kind) => ({
        path: `projected.sources[${index}].${kind}`,
        message: "is not an allowed source of a projected volume",
      })),
    ...findingIf(
      livesLong(source),
      `projected.sources[${index}].serviceAccountToken.expirationSeconds`,
      `must be at most ${MAX_TOKEN_SECONDS}`,
    ),
  ]);
}

const withShortToken = (source: V1VolumeProjection): V1VolumeProjection =>
  source.serviceAccountToken !== undefined && livesLong(source)
    ? { ...source, serviceAccountToken: { ...source.serviceAccountToken, expirationSeconds: MAX_TOKEN_SECONDS } }
    : source;

/** CEL that is true of a source without anything to find. */
const obeying = (source: string): string =>
  all(hasOnly(source, SAFE), `${numberIn(source, "serviceAccountToken", "expirationSeconds")} <= ${MAX_TOKEN_SECONDS}`);

export const safeProjections = policy(
  {
    id: "safe-projections",
    demand: "Projected volumes may contain only configuration, Secrets and tokens that expire within a day.",
    reason:
      "A projection can create identities: a certificate of the pod, or a token that is valid anywhere for years.",
    effect: "Removes other sources, and shortens tokens to 86,400 seconds.",
    fix: "Declare `permissions`: Palisade mounts a one-hour token for them and renews it.",
    sources: [
      nsa("Pod security: Protecting Pod service account tokens"),
      owasp("K03"),
      owasp("K09"),
      mitre("T1528"),
      drift(5),
    ],
  },
  each(volumes, {
    broken,
    repair: (volume) => ({
      ...volume,
      projected: {
        ...volume.projected,
        sources: kept(volume.projected?.sources, isSafe).map(withShortToken),
      },
    }),
    obeys: (volume) => `${listIn(volume, "projected", "sources")}.all(source, ${obeying("source")})`,
  }),
);
