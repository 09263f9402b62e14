/**
 * The API server is the only one that knows who asks. So it is asked: Palisade makes a ReplicaSet of one pod, and this policy refuses that pod a
 * node, in words that name who asked for it. Controllers report a refusal in the status of what they work on, where it can be read.
 */
import { controlPlaneUsers, type Installation, PROBE_NAME } from "../installation.ts";
import { all, any, celText } from "../policies/cel.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { isUser, nameOfObject } from "./request.ts";

export const CONTROL_PLANE_POLICY = "palisade-control-plane";

const isReplicaSet = "request.resource.resource == 'replicasets'";
const isBinding = any(
  "request.resource.resource == 'bindings'",
  "request.resource.resource == 'pods' && request.?subResource.orValue('') == 'binding'",
);
const isNewPod = all("request.resource.resource == 'pods'", "request.?subResource.orValue('') == ''");

const isPodOfProbe = `${nameOfObject}.startsWith(${celText(`${PROBE_NAME}-`)})`;

/** The probe's ReplicaSet and its pods; only to be used where the request is known to be in the installation's namespace. */
export const isProbe = any(
  all("request.resource.group == 'apps'", isReplicaSet, `${nameOfObject} == ${celText(PROBE_NAME)}`),
  all("request.resource.group == ''", "request.resource.resource in ['pods', 'bindings']", isPodOfProbe),
);

export type Part = "creates" | "schedules";

const says = (part: Part): string => `'Palisade asks who ${part} pods here: it is [' + request.userInfo.username + ']'`;

/** Who did a part, from a refusal as a controller reports it; undefined where another reason stands there. */
export function userNamedIn(message: string, part: Part): string | undefined {
  return new RegExp(`Palisade asks who ${part} pods here: it is \\[([^\\]]+)\\]`).exec(message)?.[1];
}

/** What {@link controlPlane} says of a second replica: by this it is known to be in force. */
export const ONE_REPLICA = "The probe has one replica and no more.";

export const controlPlane = (where: Installation): AdmissionPolicy => ({
  name: CONTROL_PLANE_POLICY,
  cases: [],
  about: "Tells Palisade who creates and schedules pods in this cluster: the pod of its probe never gets a node.",
  rules: [
    { apiGroups: [""], operations: ["CREATE"], resources: ["pods", "pods/binding", "bindings"] },
    { apiGroups: ["apps"], operations: ["CREATE", "UPDATE"], resources: ["replicasets"] },
  ],
  conditions: [{ name: "probe", expression: isProbe }],
  validations: [
    {
      expression: `!(${isBinding})`,
      message: "The pod of Palisade's probe never gets a node.",
      messageExpression: says("schedules"),
    },
    {
      expression: any(`!(${isNewPod})`, isUser(where, ...controlPlaneUsers(where))),
      message: "Only the control plane creates the pod of Palisade's probe.",
      messageExpression: says("creates"),
    },
    {
      expression: any(`!(${isNewPod})`, "object.spec.?nodeName.orValue('') == ''"),
      message: "The pod of Palisade's probe never gets a node.",
    },
    {
      expression: any(`!(${isReplicaSet})`, "object.spec.?replicas.orValue(1) <= 1"),
      message: ONE_REPLICA,
    },
  ],
  bindings: [{ actions: ["Deny"], namespaces: { label: "kubernetes.io/metadata.name", values: [where.namespace] } }],
});
