import { GROUP, WORKLOAD_TYPES_ANNOTATION } from "../crds/group.ts";
import type { Installation } from "../installation.ts";
import { DEPLOYMENT } from "../kubernetes/kinds.ts";
import { SERVER_METADATA } from "../plan/ignored-fields.ts";
import { all, any, celText } from "../policies/cel.ts";
import { isTaken, WORKLOADS } from "./enrolled.ts";
import { GATE_VARIABLES, onlyGatesGo, onlyPluginsAnnotate } from "./live-pods.ts";
import { bearsMark, claimsOwner, MARKS, sameBut } from "./marks.ts";
import { isPodNameOf } from "./ownership.ts";
import type { AdmissionPolicy, Variable } from "./policy.ts";
import { byOthers, isNode, namespaceList, SUBRESOURCE } from "./request.ts";

/**
 * What proves, as long as it stands, that pods and what they are made from were created by the control plane and never changed. `palisade-namespaces`
 * keeps the label that binds the others.
 */
export const POD_GUARDS = [
  "palisade-pods",
  "palisade-pod-baseline-pods",
  "palisade-owned-objects",
  "palisade-namespaces",
] as const;

const isBinding = `request.resource.resource == 'bindings' || ${SUBRESOURCE} == 'binding'`;

const DEPLOYMENT_KIND = celText(DEPLOYMENT.kind);

/**
 * A Binding carries no label of the pod that it binds: a workload's pods are known by the names that its controller gives them. A name that
 * only begins as a workload's is somebody else's, and so is every pod of a controller that is. Types stand for those that are no Deployment.
 */
export const isPodOfWorkload = (name: string): string =>
  any(
    `variables.workloads.split(',').exists(w, ${all(
      "w != ''",
      isPodNameOf(name, "w", DEPLOYMENT_KIND),
      `!${isTaken(DEPLOYMENT_KIND, "w")}`,
      "!variables.types.contains('/' + w + ',')",
    )})`,
    `variables.types.split(',').exists(t, ${all(
      "t != ''",
      isPodNameOf(name, "t.split('/')[1]", "t.split('/')[0]"),
      "!variables.taken.contains(',' + t + ',')",
    )})`,
  );
const bindsOurs = isPodOfWorkload("object.metadata.name");

/** The types of the namespace's workloads, but for Deployments. */
export const TYPES: Variable = { name: "types", expression: namespaceList(WORKLOAD_TYPES_ANNOTATION) };

/** For {@link isPodOfWorkload}. */
export const POD_NAMES: NonNullable<AdmissionPolicy["variables"]> = [...WORKLOADS, TYPES];

const conditionsOf = (side: string): string => `${side}.?status.?conditions.orValue([])`;
const IS_GATE = "object.spec.?readinessGates.orValue([]).exists(g, g.conditionType == c.type)";

/** A load balancer says of a pod that it takes part in it (KEP-580): nothing but conditions that the pod waits for. */
const reportsGate = all(
  sameBut("object", "oldObject", ["metadata", "status"]),
  sameBut("object.metadata", "oldObject.metadata", [...SERVER_METADATA]),
  sameBut("object.?status.orValue({})", "oldObject.?status.orValue({})", ["conditions"]),
  `${conditionsOf("object")}.all(c, c in ${conditionsOf("oldObject")} || ${IS_GATE})`,
  `${conditionsOf("oldObject")}.all(c, c in ${conditionsOf("object")} || ${IS_GATE})`,
);

export const pods = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-pods",
  cases: [3, 14, 17, 19, 21, 22, 23, 24, 26, 30, 35, 124, 126],
  about:
    "Only its controllers may create a workload's pods, and nobody may change them. Deleting and evicting is allowed.",
  rules: [
    {
      apiGroups: [""],
      operations: ["CREATE", "UPDATE"],
      resources: ["pods", "pods/status", "pods/ephemeralcontainers", "pods/resize", "pods/binding", "bindings"],
    },
  ],
  conditions: [byOthers(installation), { name: "ours", expression: any(isBinding, bearsMark([]), claimsOwner) }],
  variables: [...POD_NAMES, ...MARKS, ...GATE_VARIABLES],
  validations: [
    {
      expression: any("request.operation != 'CREATE'", isBinding),
      message: `Only the controllers of a workload may create pods with ${GROUP} labels or annotations: create a SecureWorkload, or remove them from this pod.`,
    },
    {
      expression: any(`!(${isBinding})`, `!(${bindsOurs})`),
      message: "Only the scheduler may bind a workload's pods to nodes: use spec.placement of the SecureWorkload.",
    },
    {
      expression: `${SUBRESOURCE} != 'ephemeralcontainers'`,
      message:
        "Pods of a SecureWorkload allow no ephemeral container: use kubectl logs, or debug a copy in a namespace without workloads.",
    },
    {
      expression: `${SUBRESOURCE} != 'resize'`,
      message: "Resources of this pod are set by its SecureWorkload: change spec.resources there.",
    },
    {
      expression: any(`${SUBRESOURCE} != 'status'`, isNode, onlyPluginsAnnotate(installation), reportsGate),
      message: "Only their node and the control plane may write the status of a workload's pods.",
    },
    {
      expression: any(
        `request.operation != 'UPDATE' || ${SUBRESOURCE} != ''`,
        onlyPluginsAnnotate(installation),
        onlyGatesGo(installation),
      ),
      message:
        "Pods of a SecureWorkload cannot be changed: change the SecureWorkload, or delete the pod to restart it.",
    },
  ],
  // Elsewhere too, since other workloads' policies let in pods by these labels.
  bindings: [{ actions: ["Deny"] }],
});
