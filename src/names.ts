import type { KubeObject, Resource } from "kopf-ts";
import { WORKLOAD_LABEL } from "./crds/group.ts";
import { NETWORK_POLICY, ROLE, ROLE_BINDING } from "./kubernetes/kinds.ts";

export const workloadLabelOf = (object: KubeObject): string | undefined => object.metadata.labels?.[WORKLOAD_LABEL];

export const CALICO_TIER = "default";

/** A policy in a tier is called after it. */
export const calicoName = (workloadName: string): string => `${CALICO_TIER}.${workloadName}`;

/** The only labels of a SecureWorkload that its children carry too. */
export const INHERITED_LABELS = [
  "app.kubernetes.io/component",
  "app.kubernetes.io/part-of",
  "app.kubernetes.io/version",
] as const;

/** What the API server makes of a child is asked by a dry run under a name that begins so. */
export const DRY_RUN_PREFIX = "palisade-probe-";

export const DEFAULT_DENY_NAME = "palisade-default-deny";

/** A name no workload, and no Role that a person names by the usual convention, can collide with. */
export const rbacName = (workloadName: string): string => `palisade:${workloadName}`;

/** No workload's name ends so: the API refuses it. */
export const HEADLESS_SUFFIX = "-pods";

export const headlessName = (workloadName: string): string => `${workloadName}${HEADLESS_SUFFIX}`;

export const workloadOfHeadless = (name: string): string | undefined =>
  name.endsWith(HEADLESS_SUFFIX) ? name.slice(0, -HEADLESS_SUFFIX.length) : undefined;

/** The one claim of a Deployment; of the pods of a StatefulSet, what its controller puts their number behind. */
export const ownClaimName = (workloadName: string, claim: string): string => `${claim}-${workloadName}`;

/** The claim of one pod of a StatefulSet. */
export const podClaimName = (podName: string, claim: string): string => `${claim}-${podName}`;

/** No workload's name has a dot. */
const HANDOVER_SUFFIX = ".handover";

export const handoverName = (workloadName: string): string => `${workloadName}${HANDOVER_SUFFIX}`;

export const workloadOfHandover = (name: string): string | undefined =>
  name.endsWith(HANDOVER_SUFFIX) ? name.slice(0, -HANDOVER_SUFFIX.length) : undefined;

export const GRANT_RESOURCES: readonly Resource[] = [ROLE, ROLE_BINDING];

/** No workload can be called so: its name has no colon. */
export const PREFIX = "palisade:breakglass:";

export const grantName = (exception: string): string => `${PREFIX}${exception}`;

/** The exception that a Role or RoleBinding is the grant of; undefined for any other. */
export function exceptionOfGrant(resource: Resource, name: string): string | undefined {
  return GRANT_RESOURCES.includes(resource) && name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
}

export const isDefaultDeny = (resource: Resource, name: string): boolean =>
  resource === NETWORK_POLICY && name === DEFAULT_DENY_NAME;
