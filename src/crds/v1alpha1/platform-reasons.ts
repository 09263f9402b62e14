/** Reasons about decisions of the platform team; part of the catalogue in `conditions.ts`. */
export const PLATFORM_REASONS = {
  ImageNotAllowed: "An image is not from an allowed registry. The previous revision keeps running.",
  IdentityNotGranted:
    "The platform team has not granted this cloud identity to the namespace. The previous revision keeps running.",
  PermissionNotGranted:
    "The platform team has not granted a declared permission beyond the menu; the account does not have it.",
  PermissionNotHeld:
    "A declared permission is granted, but the operator does not hold it in this namespace and so cannot give it.",
  HostNotGranted: "The platform team has not granted an exposed host to this namespace.",
  HostTaken: "Another workload exposes the same host and path already.",
  TLSRequired: "A host is exposed through an Ingress without a certificate.",
  ExposureUnavailable: "The SecurityBaseline names no Gateway or IngressClass, or it does not exist.",
} as const;
