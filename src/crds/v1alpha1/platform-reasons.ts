/** Reasons that speak of what the platform team decides; part of the catalogue in `conditions.ts`. */
export const PLATFORM_REASONS = {
  ImageNotAllowed: "An image is not from a registry that the platform team allows; what ran before goes on.",
  IdentityNotGranted:
    "A cloud identity is asked for that the platform team does not grant this namespace; what ran before goes on.",
  HostNotGranted: "A host is exposed that the platform team does not grant this namespace.",
  HostTaken: "An older workload exposes the same host and path.",
  TLSRequired: "A host is exposed through an Ingress without a certificate.",
  ExposureUnavailable: "The cluster has no way to expose a host that the platform team names.",
} as const;
