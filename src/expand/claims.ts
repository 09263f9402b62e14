/** Persistent volume claims that a workload's spec declares by their size: of each pod of a StatefulSet, and the one of a Deployment. */
import type { KubeObject } from "kopf-ts";
import { PERSISTENT_VOLUME_CLAIM } from "../kubernetes/kinds.ts";
import { canonicalQuantity } from "../kubernetes/quantity.ts";
import { ownClaimName } from "../names.ts";
import { type ExpandInput, ownLabels, type WorkloadRef } from "./input.ts";

type Declared = NonNullable<ExpandInput["spec"]["claims"]>[number];

/** A claim that is declared by its size. */
export type SizedClaim = Declared & { readonly size: string };

export const sizedClaims = ({ claims = [] }: Pick<ExpandInput["spec"], "claims">): readonly SizedClaim[] =>
  claims.flatMap((claim) => (claim.size === undefined ? [] : [{ ...claim, size: claim.size }]));

/** As the API server stores it. */
export const claimSpec = ({ size, storageClass, accessMode }: SizedClaim) => ({
  accessModes: [accessMode ?? "ReadWriteOnce"],
  resources: { requests: { storage: canonicalQuantity(size) } },
  ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
  volumeMode: "Filesystem",
});

/** Of a Deployment. It has no owner, so that data outlives the workload: only a person deletes it. */
export const buildOwnClaim = (workload: WorkloadRef, claim: SizedClaim): KubeObject => ({
  apiVersion: "v1",
  kind: PERSISTENT_VOLUME_CLAIM.kind,
  metadata: {
    name: ownClaimName(workload.name, claim.name),
    namespace: workload.namespace,
    labels: ownLabels(workload),
  },
  spec: claimSpec(claim),
});
