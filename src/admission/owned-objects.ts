import { GROUP, WORKLOAD_LABEL } from "../crds/group.ts";
import type { Resource } from "../kopf/resource.ts";
import { KEDA_FINALIZER, KEDA_LABEL, RESTARTED_AT_ANNOTATION } from "../plan/tolerated.ts";
import { CHILD_RESOURCES } from "../reconcilers/secure-workload/expand.ts";
import {
  CONFIG_MAP,
  CONTROLLER_REVISION,
  DAEMON_SET,
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  REPLICA_SET,
  SCALED_OBJECT,
  STATEFUL_SET,
} from "../reconcilers/secure-workload/resources/kinds.ts";
import { all, any, celList, celText } from "./cel.ts";
import { type Installation, KEDA_USER } from "./identities.ts";
import { bearsMark, isDefaultDeny, isOwned, MARKS, onlyMarksDiffer, sameBut } from "./marks.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";
import { byOthers, isUser, SIDES, SUBRESOURCE } from "./request.ts";

const GUARDED: readonly Resource[] = [...CHILD_RESOURCES, REPLICA_SET, CONTROLLER_REVISION, CONFIG_MAP];

/** One rule for each API group; subresources with it, `scale` and `status` above all. */
const rules = (): readonly ResourceRule[] =>
  [...new Set(GUARDED.map(({ group }) => group))].map((group) => ({
    apiGroups: [group],
    operations: ["CREATE", "UPDATE", "DELETE"],
    resources: GUARDED.filter((one) => one.group === group).flatMap(({ plural }) => [plural, `${plural}/*`]),
  }));

/** Where a pod template's marks stand, in every kind that has one. */
const TEMPLATES = [
  ["spec", "template"],
  ["spec", "jobTemplate"],
  ["spec", "jobTemplate", "spec", "template"],
] as const;

/** A Scale bears no mark: what it scales is in its selector, of which only the old side is the server's. */
const isScaleOfOurs = `${SUBRESOURCE} == 'scale' && oldObject != null && oldObject.?status.?selector.orValue('').contains(${celText(WORKLOAD_LABEL)})`;

const isOf = (...resources: readonly Resource[]): string =>
  `request.resource.resource in ${celList(resources.map(({ plural }) => plural))}`;

/** `kubectl rollout restart`, and nothing beside it. */
const onlyRestarts = all(
  isOf(DEPLOYMENT, STATEFUL_SET, DAEMON_SET),
  `${SUBRESOURCE} == ''`,
  onlyMarksDiffer({ fields: ["spec", "status"] }),
  sameBut("object.spec", "oldObject.spec", ["template"]),
  sameBut("object.spec.template", "oldObject.spec.template", ["metadata"]),
  sameBut("object.spec.template.metadata", "oldObject.spec.template.metadata", ["annotations"]),
  sameBut(
    "object.spec.template.metadata.?annotations.orValue({})",
    "oldObject.spec.template.metadata.?annotations.orValue({})",
    [RESTARTED_AT_ANNOTATION],
  ),
);

/** Groups of which Kubernetes' own controllers write every status; those of the others are written by whoever serves the kind. */
const BUILT_IN = ["apps", "autoscaling", "batch", "policy"];
const writesStatus = all(
  `${SUBRESOURCE} == 'status'`,
  `!(request.resource.group in ${celList(BUILT_IN)})`,
  onlyMarksDiffer({ fields: ["status"] }),
);

const withoutKeda = (side: string): string =>
  `${side}.metadata.?finalizers.orValue([]).filter(f, f != ${celText(KEDA_FINALIZER)})`;

/** KEDA marks its ScaledObjects, makes an autoscaler of each that bears the same labels, and scales to and from zero itself. */
const isKedas = all(
  isUser(KEDA_USER),
  any(
    isOf(HORIZONTAL_POD_AUTOSCALER),
    `${SUBRESOURCE} == 'scale'`,
    all(
      isOf(SCALED_OBJECT),
      "request.operation == 'UPDATE'",
      onlyMarksDiffer({ fields: ["status"], metadata: ["finalizers"], labels: [KEDA_LABEL] }),
      `${withoutKeda("object")} == ${withoutKeda("oldObject")}`,
    ),
  ),
);

export const ownedObjects = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-owned-objects",
  cases: [
    1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 27, 29, 31, 32, 33, 34, 35, 36, 41, 47, 59, 63, 64, 82,
  ],
  about:
    "Only the operator and the control plane write what belongs to a workload, and only they make what looks like it.",
  rules: rules(),
  conditions: [
    byOthers(installation),
    {
      name: "ours",
      expression: any(bearsMark([], ...TEMPLATES), isOwned, isScaleOfOurs, ...SIDES.map(isDefaultDeny)),
    },
  ],
  variables: MARKS,
  validations: [
    {
      expression: any(`request.operation != 'CREATE' || ${SUBRESOURCE} != ''`, isKedas),
      message: `Marks of ${GROUP} and owner references to its kinds are the operator's: declare a SecureWorkload, or take them off this object.`,
    },
    {
      expression: any("request.operation != 'DELETE'", isKedas),
      message:
        "This object belongs to a SecureWorkload and would be made anew: delete the SecureWorkload, or change its spec.",
    },
    {
      expression: any(`${SUBRESOURCE} != 'scale'`, isKedas),
      message:
        "This belongs to a SecureWorkload, which says how many pods run: use kubectl scale secureworkload, or its spec.replicas.",
    },
    {
      expression: any(
        `request.operation != 'UPDATE' || ${SUBRESOURCE} == 'scale'`,
        onlyMarksDiffer(),
        onlyRestarts,
        writesStatus,
        isKedas,
      ),
      message:
        "This object belongs to a SecureWorkload, whose spec says what it is: change the SecureWorkload. kubectl rollout restart works.",
    },
    {
      expression: "!(request.operation == 'UPDATE' && request.?options.?fieldManager.orValue('') == 'palisade')",
      message: "The field manager palisade is the operator's: write under a name of your own.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
