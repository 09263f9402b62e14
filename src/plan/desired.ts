import type { KubeObject } from "kopf-ts";
import type { ReplicaRange } from "./replicas.ts";

export interface Desired {
  readonly object: KubeObject;
  readonly digest: string;
  /** Where an autoscaler decides how many pods there are. */
  readonly replicas?: ReplicaRange | undefined;
  /** Metadata that the platform team tolerates on it: whole keys, or domains with their slash. */
  readonly toleratedMetadata?: readonly string[] | undefined;
  /** Annotations that it has from its workload where that has them: whole keys, or domains with their slash. */
  readonly handedAnnotations?: readonly string[] | undefined;
  /** What the platform team expects admission to add to its pods. */
  readonly expectedInjections?: readonly string[] | undefined;
}
