/** The two kinds of prevention, and their display name. */
import type { KubeObject, Resource } from "kopf-ts";
import { VALIDATING_ADMISSION_POLICY, VALIDATING_ADMISSION_POLICY_BINDING } from "../../kubernetes/kinds.ts";

export const ADMISSION_KINDS: readonly Resource[] = [VALIDATING_ADMISSION_POLICY, VALIDATING_ADMISSION_POLICY_BINDING];

/** `ValidatingAdmissionPolicy/palisade-sealed`. */
export const keyOfPolicy = (kind: string, name: string): string => `${kind}/${name}`;

export const keysOf = (objects: readonly KubeObject[]): readonly string[] =>
  objects.map(({ kind, metadata }) => keyOfPolicy(kind, metadata.name));
