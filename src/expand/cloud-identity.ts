/** What a granted cloud identity adds to the children: keys that the cloud's webhook or agent reads, and egress to that agent. */
import { type Identity, namedIdentity } from "../crds/v1alpha1/identity.ts";
import type { ExpandInput } from "./input.ts";

type Asking = Pick<ExpandInput, "spec" | "platform">;

/** The declared identity, and only while the platform team grants it. */
export function grantedIdentity({ spec, platform }: Asking): Identity | undefined {
  const named = spec.identity === undefined ? undefined : namedIdentity(spec.identity);
  const isGranted =
    named !== undefined &&
    platform.identities.some(({ provider, name }) => provider === named.provider && name === named.name);
  return isGranted ? spec.identity : undefined;
}

/** The shortest lifetime that both webhooks accept. */
export const CLOUD_TOKEN_SECONDS = 3_600;

/** Annotations of the ServiceAccount. Defaults of the webhooks are written out, so that no flag of a cluster decides them. */
export function identityAnnotations(asking: Asking): Readonly<Record<string, string>> {
  const { aws, gcp, azure } = grantedIdentity(asking) ?? {};
  if (aws !== undefined) {
    return {
      "eks.amazonaws.com/role-arn": aws.roleArn,
      "eks.amazonaws.com/audience": "sts.amazonaws.com",
      "eks.amazonaws.com/sts-regional-endpoints": "true",
      "eks.amazonaws.com/token-expiration": String(CLOUD_TOKEN_SECONDS),
    };
  }
  if (gcp !== undefined) return { "iam.gke.io/gcp-service-account": gcp.serviceAccount };
  if (azure === undefined) return {};
  return {
    "azure.workload.identity/client-id": azure.clientId,
    "azure.workload.identity/service-account-token-expiration": String(CLOUD_TOKEN_SECONDS),
    ...(azure.tenantId === undefined ? {} : { "azure.workload.identity/tenant-id": azure.tenantId }),
  };
}

/** Azure's webhook acts only on pods with this label. */
export const identityPodLabels = (asking: Asking): Readonly<Record<string, string>> =>
  grantedIdentity(asking)?.azure === undefined ? {} : { "azure.workload.identity/use": "true" };

/**
 * Egress to the agent that issues the identity, where that is not the cloud's own API.
 *
 * GKE's metadata server answers at this address and these ports alone with nothing but the workload's own identity. The
 * address that applications ask, 169.254.169.254, stays closed: on a node without that agent it is the node's own metadata
 * server, and gives away the node's credentials. Where policies are judged before the node redirects the packet
 * (Dataplane V2), a GCP identity is therefore not reachable.
 */
export const identityEgress = (asking: Asking): readonly Readonly<Record<string, unknown>>[] =>
  grantedIdentity(asking)?.gcp === undefined
    ? []
    : [
        {
          to: [{ ipBlock: { cidr: "169.254.169.252/32" } }],
          ports: [987, 988].map((port) => ({ port, protocol: "TCP" })),
        },
      ];
