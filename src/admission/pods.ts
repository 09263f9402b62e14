import { GROUP } from "../crds/group.ts";
import { any } from "./cel.ts";
import { IN_ENROLLED, WORKLOADS } from "./enrolled.ts";
import type { Installation } from "./identities.ts";
import { onlyAnnotationsDiffer } from "./live-pods.ts";
import { bearsMark, isOwned, MARKS } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, isNode, SUBRESOURCE } from "./request.ts";

const isBinding = `request.resource.resource == 'bindings' || ${SUBRESOURCE} == 'binding'`;

/** A Binding bears no label of the pod it binds: pods of a workload are called after it. */
const bindsOurs = `variables.workloads.split(',').exists(w, w != '' && object.metadata.name.startsWith(w + '-'))`;

export const pods = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-pods",
  cases: [3, 14, 17, 19, 21, 22, 23, 24, 26, 30, 35],
  about:
    "Pods of a workload come from its controllers and stay as those made them. Deleting and evicting them stays possible.",
  rules: [
    {
      apiGroups: [""],
      operations: ["CREATE", "UPDATE"],
      resources: ["pods", "pods/status", "pods/ephemeralcontainers", "pods/resize", "pods/binding", "bindings"],
    },
  ],
  conditions: [byOthers(installation), { name: "ours", expression: any(isBinding, bearsMark([]), isOwned) }],
  variables: [...WORKLOADS, ...MARKS],
  validations: [
    {
      expression: any("request.operation != 'CREATE'", isBinding),
      message: `Pods with marks of ${GROUP} are made by the controllers of a workload: declare a SecureWorkload, or take the marks off this pod.`,
    },
    {
      expression: any(`!(${isBinding})`, `!(${bindsOurs})`),
      message: "Where a workload's pods run is the scheduler's to decide: use spec.placement of the SecureWorkload.",
    },
    {
      expression: `${SUBRESOURCE} != 'ephemeralcontainers'`,
      message:
        "This pod belongs to a SecureWorkload and takes no ephemeral container: look at its logs, or copy what you need to see into a namespace without workloads.",
    },
    {
      expression: `${SUBRESOURCE} != 'resize'`,
      message: "This pod belongs to a SecureWorkload: change spec.resources there.",
    },
    {
      expression: any(`${SUBRESOURCE} != 'status'`, isNode, onlyAnnotationsDiffer),
      message: "The status of a workload's pods is written by their node and by the control plane alone.",
    },
    {
      expression: any(`request.operation != 'UPDATE' || ${SUBRESOURCE} != ''`, onlyAnnotationsDiffer),
      message:
        "This pod belongs to a SecureWorkload and stays as its controller made it: change the SecureWorkload, or delete the pod to restart it.",
    },
  ],
  bindings: [IN_ENROLLED],
});
