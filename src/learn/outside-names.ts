/** Which names that are asked of DNS are of the outside. Pure. */
import { dnsName } from "../crds/v1alpha1/dns-names.ts";

/** Names that only the cluster or this machine knows, and those of addresses. */
const INSIDE = /(^|\.)(svc|local|internal|localhost|arpa|localdomain)$/;

/** In lower case and without the last dot: a name that `access.outbound.host` takes. */
export const isOutsideName = (name: string): boolean =>
  !INSIDE.test(name) && !name.startsWith("*") && dnsName.safeParse(name).success;
