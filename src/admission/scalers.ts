import { GROUP, SECURE_WORKLOAD } from "../crds/group.ts";
import { HORIZONTAL_POD_AUTOSCALER, VERTICAL_POD_AUTOSCALER } from "../reconcilers/secure-workload/resources/kinds.ts";
import { all, any, celText } from "./cel.ts";
import { IN_ENROLLED, isWorkload, WORKLOADS } from "./enrolled.ts";
import { type Installation, KEDA_USER } from "./identities.ts";
import { foreign } from "./marks.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, isUser } from "./request.ts";

/** Target and name of what an autoscaler of any kind scales. A ReplicaSet is called after its Deployment, and a hash. */
const TARGET = "object.?spec.?scaleTargetRef.or(object.?spec.?targetRef)";
const name = "variables.target.?name.orValue('')";
const kind = "variables.target.?kind.orValue('')";
const scalesOurs = any(
  isWorkload(name),
  all(`${kind} == 'ReplicaSet'`, `variables.workloads.split(',').exists(w, w != '' && ${name}.startsWith(w + '-'))`),
);

/** Through the scale subresource of the SecureWorkload itself the number of pods may be set, their size may not. */
const isThroughWorkload = all(
  `${kind} == ${celText(SECURE_WORKLOAD.kind)}`,
  `request.resource.group != ${celText(VERTICAL_POD_AUTOSCALER.group)}`,
);

/** A VerticalPodAutoscaler may say what it would do, as long as it does nothing. */
const onlyAdvises = all(
  `request.resource.group == ${celText(VERTICAL_POD_AUTOSCALER.group)}`,
  "object.?spec.?updatePolicy.?updateMode.orValue('') == 'Off'",
);

export const scalers = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-scalers",
  cases: [28],
  about:
    "How many pods a workload has, and of what size, is said in its SecureWorkload; no autoscaler reaches past it.",
  rules: [
    {
      apiGroups: [HORIZONTAL_POD_AUTOSCALER.group],
      operations: ["CREATE", "UPDATE"],
      resources: [HORIZONTAL_POD_AUTOSCALER.plural],
    },
    { apiGroups: ["keda.sh"], operations: ["CREATE", "UPDATE"], resources: ["scaledobjects"] },
    {
      apiGroups: [VERTICAL_POD_AUTOSCALER.group],
      operations: ["CREATE", "UPDATE"],
      resources: [VERTICAL_POD_AUTOSCALER.plural],
    },
  ],
  conditions: [
    byOthers(installation),
    // It makes an autoscaler of each ScaledObject, and marks ours.
    { name: "not-by-keda", expression: `!(${isUser(KEDA_USER)})` },
    foreign,
  ],
  variables: [...WORKLOADS, { name: "target", expression: `${TARGET}.orValue({})` }],
  validations: [
    {
      expression: any(`!(${scalesOurs})`, isThroughWorkload, onlyAdvises),
      message: `This scales a workload past its SecureWorkload: use spec.autoscaling there, or let the target be the ${SECURE_WORKLOAD.kind} of ${GROUP} itself.`,
    },
  ],
  bindings: [IN_ENROLLED],
});
