/** The two kinds that prevention is made of, and how one object of them is called. */
import type { KubeObject } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import {
  VALIDATING_ADMISSION_POLICY,
  VALIDATING_ADMISSION_POLICY_BINDING,
} from "../secure-workload/resources/kinds.ts";

export const ADMISSION_KINDS: readonly Resource[] = [VALIDATING_ADMISSION_POLICY, VALIDATING_ADMISSION_POLICY_BINDING];

/** `ValidatingAdmissionPolicy/palisade-sealed`. */
export const keyOfPolicy = (kind: string, name: string): string => `${kind}/${name}`;

export const keysOf = (objects: readonly KubeObject[]): readonly string[] =>
  objects.map(({ kind, metadata }) => keyOfPolicy(kind, metadata.name));
