import type { KubeObject } from "kopf-ts";
import { SERVICE_ACCOUNT } from "../kubernetes/kinds.ts";
import { identityAnnotations } from "./cloud-identity.ts";
import { child, type ExpandInput } from "./input.ts";

/** A ServiceAccount for this workload alone, whose token is not mounted automatically (CIS 5.1.5, 5.1.6). */
export function buildServiceAccount(input: ExpandInput): KubeObject {
  const account = child(SERVICE_ACCOUNT, input.workload, input.workload.name, { automountServiceAccountToken: false });
  const annotations = identityAnnotations(input);
  return Object.keys(annotations).length === 0
    ? account
    : { ...account, metadata: { ...account.metadata, annotations } };
}
