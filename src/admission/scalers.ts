import { GROUP, SECURE_WORKLOAD } from "../crds/group.ts";
import type { Installation } from "../installation.ts";
import { DEPLOYMENT, HORIZONTAL_POD_AUTOSCALER, VERTICAL_POD_AUTOSCALER } from "../kubernetes/kinds.ts";
import { all, any, celText } from "../policies/cel.ts";
import { isChildName, isTaken, WHERE_CLOSED, WORKLOADS } from "./enrolled.ts";
import { foreign } from "./marks.ts";
import { isReplicaSetNameOf } from "./ownership.ts";
import type { AdmissionPolicy } from "./policy.ts";
import { byOthers, isKeda } from "./request.ts";

/** Target of any kind of autoscaler. A ReplicaSet has its Deployment's name and a hash. */
const TARGET = "object.?spec.?scaleTargetRef.or(object.?spec.?targetRef)";
const DEPLOYMENT_KIND = celText(DEPLOYMENT.kind);
const name = "variables.target.?name.orValue('')";
const kind = "variables.target.?kind.orValue('')";
/** KEDA scales a Deployment unless told. */
const kindOrDefault = `(${kind} == '' ? ${DEPLOYMENT_KIND} : ${kind})`;
const scalesOurs = any(
  isChildName(kindOrDefault, name),
  all(
    `${kind} == 'ReplicaSet'`,
    `variables.workloads.split(',').exists(w, w != '' && ${isReplicaSetNameOf(name, "w")} && !${isTaken(DEPLOYMENT_KIND, "w")})`,
  ),
);

/** The SecureWorkload's scale subresource may set the number of pods, but not their size. */
const isThroughWorkload = all(
  `${kind} == ${celText(SECURE_WORKLOAD.kind)}`,
  `request.resource.group != ${celText(VERTICAL_POD_AUTOSCALER.group)}`,
);

/** A VerticalPodAutoscaler may recommend if it changes nothing. */
const onlyAdvises = all(
  `request.resource.group == ${celText(VERTICAL_POD_AUTOSCALER.group)}`,
  "object.?spec.?updatePolicy.?updateMode.orValue('') == 'Off'",
);

export const scalers = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-scalers",
  cases: [28],
  about: "Only the SecureWorkload sets the number and size of its pods; no autoscaler may bypass it.",
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
    // KEDA creates an autoscaler for each ScaledObject, and labels ours.
    { name: "not-by-keda", expression: `!(${isKeda(installation)})` },
    foreign,
  ],
  variables: [...WORKLOADS, { name: "target", expression: `${TARGET}.orValue({})` }],
  validations: [
    {
      expression: any(`!(${scalesOurs})`, isThroughWorkload, onlyAdvises),
      message: `This scales a workload and bypasses its SecureWorkload: use spec.autoscaling there, or target the ${SECURE_WORKLOAD.kind} of ${GROUP} itself.`,
    },
  ],
  bindings: [WHERE_CLOSED],
});
