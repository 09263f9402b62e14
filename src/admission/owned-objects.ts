import type { Resource } from "kopf-ts";
import { GROUP, REWRITTEN_ANNOTATION, WORKLOAD_LABEL } from "../crds/group.ts";
import { CHILD_RESOURCES, RESTARTABLE } from "../expand/child-kinds.ts";
import type { Installation } from "../installation.ts";
import {
  CONFIG_MAP,
  CONTROLLER_REVISION,
  HORIZONTAL_POD_AUTOSCALER,
  POD_TEMPLATE,
  REPLICA_SET,
  REPLICATION_CONTROLLER,
  SCALED_OBJECT,
} from "../kubernetes/kinds.ts";
import { KEDA_FINALIZER, KEDA_LABEL, RESTARTED_AT_ANNOTATION } from "../plan/ignored-fields.ts";
import { all, any, celList, celText } from "../policies/cel.ts";
import {
  bearsMark,
  claimsOwner,
  isDefaultDeny,
  MARKS,
  marksTolerated,
  onlyForeignMetadataDiffers,
  onlyMarksDiffer,
  onlyPlatformFinalizersDiffer,
  sameBut,
} from "./marks.ts";
import { isScaleOfOurs } from "./ownership.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";
import { byOthers, holds, isKeda, nameOfObject, namespaceList, REQUEST_NAME, SIDES, SUBRESOURCE } from "./request.ts";

const GUARDED: readonly Resource[] = [
  ...CHILD_RESOURCES,
  REPLICA_SET,
  CONTROLLER_REVISION,
  REPLICATION_CONTROLLER,
  POD_TEMPLATE,
  CONFIG_MAP,
];

/** One rule per API group, with subresources such as `scale` and `status`. */
const rules = (): readonly ResourceRule[] =>
  [...new Set(GUARDED.map(({ group }) => group))].map((group) => ({
    apiGroups: [group],
    operations: ["CREATE", "UPDATE", "DELETE"],
    resources: GUARDED.filter((one) => one.group === group).flatMap(({ plural }) => [plural, `${plural}/*`]),
  }));

/** Paths of pod templates with our labels, in every kind that has one. */
const TEMPLATES = [
  ["template"],
  ["spec", "template"],
  ["spec", "jobTemplate"],
  ["spec", "jobTemplate", "spec", "template"],
] as const;

/** As people write it: `Deployment/web`. */
const OBJECT = `request.kind.kind + '/' + ${nameOfObject}`;

/** Only for objects that name their workload; the API server uses the plain message where this is empty. */
const ofOwner = (message: string): string => `variables.owner == '' ? '' : ${message}`;

const isOf = (...resources: readonly Resource[]): string =>
  `request.resource.resource in ${celList(resources.map(({ plural }) => plural))}`;

const TOLERATED = "variables.marksTolerated";
const TEMPLATE = "object.spec.template";
const OLD_TEMPLATE = "oldObject.spec.template";
const annotationsOf = (template: string): string => `${template}.metadata.?annotations.orValue({})`;

const restartedAt = (template: string): string =>
  `${annotationsOf(template)}[?${celText(RESTARTED_AT_ANNOTATION)}].orValue('')`;

/** `kubectl rollout restart`, as far as the template's metadata goes. */
const restarts = all(
  isOf(...RESTARTABLE),
  `${SUBRESOURCE} == ''`,
  sameBut("object.spec", "oldObject.spec", ["template"]),
  sameBut(`${TEMPLATE}.metadata`, `${OLD_TEMPLATE}.metadata`, ["annotations"]),
  sameBut(annotationsOf(TEMPLATE), annotationsOf(OLD_TEMPLATE), [RESTARTED_AT_ANNOTATION]),
);

/** The restart and no other change. */
const onlyRestarts = all(
  "variables.restarts",
  onlyMarksDiffer({ fields: ["spec", "status"], marks: TOLERATED }),
  sameBut(TEMPLATE, OLD_TEMPLATE, ["metadata"]),
);

const IMAGE = "c.image.split('@')[0]";
/** An image that its tag named, by a digest: `isPinned` of `plan/harmless-mutations.ts`. */
const isPinned = all(
  "!o.image.contains('@')",
  "c.image.contains('@sha')",
  any(
    `${IMAGE} == o.image`,
    all(`o.image.startsWith(${IMAGE} + ':')`, `!o.image.substring(${IMAGE}.size()).contains('/')`),
  ),
);
const isSameContainer = all(
  "o.name == c.name",
  sameBut("c", "o", ["image", "imagePullPolicy"]),
  any("c.image == o.image", isPinned),
  any("c.?imagePullPolicy == o.?imagePullPolicy", "c.?imagePullPolicy.orValue('') == 'Always'"),
);
const sameContainers = (list: string): string => {
  const [now, before] = [TEMPLATE, OLD_TEMPLATE].map((template) => `${template}.spec.?${list}.orValue([])`);
  return all(`${now}.size() == ${before}.size()`, `${now}.all(c, ${before}.exists(o, ${isSameContainer}))`);
};

/**
 * The restart with what the cluster's own admission may add to any write of such an object, where it is set up to: labels and annotations of its own,
 * digests, pulls at every start. What was the writer's after all, the operator puts back: it asks by dry run what admission makes of its own write.
 */
const restartsRewritten = all(
  holds(namespaceList(REWRITTEN_ANNOTATION), "request.kind.kind"),
  "variables.restarts",
  `${restartedAt(TEMPLATE)} != ${restartedAt(OLD_TEMPLATE)}`,
  onlyForeignMetadataDiffers(["spec", "status"]),
  sameBut(TEMPLATE, OLD_TEMPLATE, ["metadata", "spec"]),
  sameBut(`${TEMPLATE}.spec`, `${OLD_TEMPLATE}.spec`, ["containers", "initContainers"]),
  sameContainers("containers"),
  sameContainers("initContainers"),
);

/** In these groups Kubernetes' own controllers write every status; in others the controller of the kind does. */
const BUILT_IN = ["apps", "autoscaling", "batch", "policy"];
const writesStatus = all(
  `${SUBRESOURCE} == 'status'`,
  `!(request.resource.group in ${celList(BUILT_IN)})`,
  onlyMarksDiffer({ fields: ["status"], marks: TOLERATED }),
);

const mayEverywhere = (verb: string): string =>
  `authorizer.group(request.resource.group).resource(request.resource.resource).check(${celText(verb)}).allowed()`;

/** A controller of the platform holds the object, or lets go of it. */
const holdsObject = all(
  `${SUBRESOURCE} == ''`,
  onlyMarksDiffer({ metadata: ["finalizers"], marks: TOLERATED }),
  onlyPlatformFinalizersDiffer,
);

const withoutKedas = (side: string): string =>
  `${side}.metadata.?finalizers.orValue([]).filter(f, f != ${celText(KEDA_FINALIZER)})`;

/** KEDA labels its ScaledObjects, creates an autoscaler with the same labels for each, and scales to and from zero itself. */
const isKedas = all(
  "variables.byKeda",
  any(
    isOf(HORIZONTAL_POD_AUTOSCALER),
    `${SUBRESOURCE} == 'scale'`,
    all(
      isOf(SCALED_OBJECT),
      "request.operation == 'UPDATE'",
      onlyMarksDiffer({ fields: ["status"], metadata: ["finalizers"], labels: [KEDA_LABEL] }),
      `${withoutKedas("object")} == ${withoutKedas("oldObject")}`,
    ),
  ),
);

export const ownedObjects = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-owned-objects",
  cases: [
    1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 27, 29, 31, 32, 33, 34, 35, 36, 41, 47, 59, 63, 64, 82,
  ],
  about:
    "Only the operator and the control plane may write a workload's objects, or create objects with its labels or owner.",
  rules: rules(),
  conditions: [
    byOthers(installation),
    {
      name: "ours",
      expression: any(bearsMark([], ...TEMPLATES), claimsOwner, isScaleOfOurs, ...SIDES.map(isDefaultDeny)),
    },
  ],
  variables: [
    ...MARKS,
    { name: "marksTolerated", expression: marksTolerated() },
    { name: "restarts", expression: restarts },
    { name: "byKeda", expression: isKeda(installation) },
    { name: "updatesEverywhere", expression: mayEverywhere("update") },
    { name: "patchesEverywhere", expression: mayEverywhere("patch") },
    { name: "owner", expression: `variables.oldLabels[?${celText(WORKLOAD_LABEL)}].orValue('')` },
    {
      name: "scaled",
      expression: `oldObject == null ? '' : oldObject.?status.?selector.orValue('').split(',').filter(s, s.startsWith(${celText(`${WORKLOAD_LABEL}=`)})).map(s, s.split('=')[1]).join('')`,
    },
  ],
  validations: [
    {
      expression: any(`request.operation != 'CREATE' || ${SUBRESOURCE} != ''`, isKedas),
      message: `Only the operator may create objects with ${GROUP} labels, annotations or owners: create a SecureWorkload, or remove them from this object.`,
    },
    {
      expression: any("request.operation != 'DELETE'", isKedas),
      message:
        "This object is managed by Palisade, which would recreate it: change or delete the SecureWorkload instead.",
      messageExpression: ofOwner(
        `${OBJECT} + ' is managed by SecureWorkload ' + variables.owner + ', and Palisade would recreate it: change or delete the SecureWorkload instead.'`,
      ),
    },
    {
      expression: any(`${SUBRESOURCE} != 'scale'`, isKedas),
      message: "The replicas are set by a SecureWorkload: run kubectl scale secureworkload/NAME --replicas=N.",
      messageExpression: `variables.scaled == '' ? '' : 'Replicas of ' + request.resource.resource + '/' + ${REQUEST_NAME} + ' are set by SecureWorkload ' + variables.scaled + ': run kubectl scale secureworkload/' + variables.scaled + ' --replicas=N.'`,
    },
    {
      expression: any(
        `request.operation != 'UPDATE' || ${SUBRESOURCE} == 'scale'`,
        onlyMarksDiffer({ marks: TOLERATED }),
        onlyRestarts,
        restartsRewritten,
        writesStatus,
        holdsObject,
        isKedas,
      ),
      message:
        "This object is managed by Palisade: change the SecureWorkload instead. kubectl rollout restart is allowed.",
      messageExpression: ofOwner(
        `${OBJECT} + ' is managed by SecureWorkload ' + variables.owner + ': run kubectl edit secureworkload/' + variables.owner + ' instead. kubectl rollout restart is allowed.'`,
      ),
    },
    {
      expression: "!(request.operation == 'UPDATE' && request.?options.?fieldManager.orValue('') == 'palisade')",
      message: "Only the operator may use the field manager palisade: use a name of your own.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
