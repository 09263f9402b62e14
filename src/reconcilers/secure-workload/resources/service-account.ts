import type { KubeObject } from "../../../kopf/object.ts";
import { identityAnnotations } from "./cloud-identity.ts";
import { child, type ExpandInput } from "./input.ts";
import { SERVICE_ACCOUNT } from "./kinds.ts";

/** An identity of the workload's own that mounts nothing by itself (CIS 5.1.5, 5.1.6). */
export function buildServiceAccount(input: ExpandInput): KubeObject {
  const account = child(SERVICE_ACCOUNT, input.workload, input.workload.name, { automountServiceAccountToken: false });
  const annotations = identityAnnotations(input);
  return Object.keys(annotations).length === 0
    ? account
    : { ...account, metadata: { ...account.metadata, annotations } };
}
