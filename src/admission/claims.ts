/** Persistent volume claims are a workload's as Secrets are: by the name that it gives them, or names (`expand/claim-list.ts`). */
import { CLAIMS_ANNOTATION, GROUP, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../crds/group.ts";
import { EXISTING_CLAIM } from "../expand/claim-list.ts";
import type { Installation } from "../installation.ts";
import { PERSISTENT_VOLUME_CLAIM } from "../kubernetes/kinds.ts";
import { SERVER_METADATA } from "../plan/ignored-fields.ts";
import { all, any, celList, celText } from "../policies/cel.ts";
import { IN_ENROLLED, isObserved, isWorkload, WORKLOADS } from "./enrolled.ts";
import { MARKS, marksStand, sameBut } from "./marks.ts";
import type { AdmissionPolicy, Variable } from "./policy.ts";
import {
  byOthers,
  holds,
  isEveryName,
  mayManage,
  nameOfObject,
  namespaceList,
  protects,
  type Side,
} from "./request.ts";
import { POD_MAKERS, podSpecOf } from "./templates.ts";

export const CLAIMS: Variable = { name: "claims", expression: namespaceList(CLAIMS_ANNOTATION) };
export const MANAGES: Variable = { name: "manages", expression: mayManage };

const inSeries = (name: string, prefix: string): string =>
  all(
    `${name}.matches('-[0-9]+$')`,
    holds("variables.claims", `${prefix}${name}.substring(0, ${name}.lastIndexOf('-')) + '-*'`),
  );

/** Whether the list holds a name, or the series that the pods of a StatefulSet have it from. */
const isListed = (name: string): string => any(protects("variables.claims", name), inSeries(name, ""));

/** Whether it says that a workload may mount the claim. */
const isListedFor = (workload: string, name: string): string => {
  const prefix = `${workload} + '/' + `;
  return any(holds("variables.claims", prefix + name), inSeries(name, prefix));
};

const isNamed = (name: string): string => holds("variables.claims", `${celText(EXISTING_CLAIM)} + ${name}`);

/** While a namespace is only observed, what a team moves to a workload is still mounted by what ran before. */
export const isHeld = (name: string): string => any(isListed(name), all(`!(${isObserved})`, isNamed(name)));

/** What storage drivers hold a claim by while they copy it. */
const COPYING = celList([
  "provisioner.storage.kubernetes.io/cloning-protection",
  "provisioner.storage.kubernetes.io/volumesnapshot-as-source-protection",
  "snapshot.storage.kubernetes.io/pvc-as-source-protection",
]);
const finalizersAt = (side: Side): string => `${side}.metadata.?finalizers.orValue([]).filter(f, !(f in ${COPYING}))`;

/** A claim may ask for more, and tools may write labels and annotations of their own. */
const keepsItsData = all(
  sameBut("object.spec", "oldObject.spec", ["resources"]),
  sameBut("object.metadata", "oldObject.metadata", [...SERVER_METADATA, "labels", "annotations", "finalizers"]),
  `${finalizersAt("object")} == ${finalizersAt("oldObject")}`,
);

const sourceOf = (spec: string): string => `${spec}.?dataSourceRef.or(${spec}.?dataSource)`;
/** The API server writes an absent group as null. */
const isClaim = (source: string): string =>
  all(
    `${source}.?kind.orValue('') == ${celText(PERSISTENT_VOLUME_CLAIM.kind)}`,
    `${source}.?apiGroup.orValue(dyn('')) in [dyn(null), dyn('')]`,
  );
const copies = (spec: string): string => all(isClaim(sourceOf(spec)), isHeld(`${sourceOf(spec)}.?name.orValue('')`));

export const claims = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-claims",
  cases: [120, 121],
  about: "Nobody may delete, empty, prepare or copy the claims of a workload: they hold its data.",
  rules: [
    {
      apiGroups: [""],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: [PERSISTENT_VOLUME_CLAIM.plural, `${PERSISTENT_VOLUME_CLAIM.plural}/status`],
    },
  ],
  conditions: [byOthers(installation)],
  variables: [
    ...WORKLOADS,
    ...MARKS,
    CLAIMS,
    MANAGES,
    { name: "name", expression: nameOfObject },
    {
      name: "isOurs",
      expression: any(
        isListed("variables.name"),
        isNamed("variables.name"),
        isWorkload(`variables.oldLabels[?${celText(WORKLOAD_LABEL)}].orValue('')`),
      ),
    },
  ],
  validations: [
    {
      expression: any("request.operation != 'DELETE'", "!variables.isOurs", "variables.manages"),
      message:
        "This claim holds the data of a SecureWorkload: remove it from spec.claims there first, or ask the platform team to delete it.",
    },
    {
      expression: any("request.operation != 'UPDATE'", "!variables.isOurs", keepsItsData, "variables.manages"),
      message:
        "This claim holds the data of a SecureWorkload: only its size, and labels and annotations of your own, may change.",
    },
    {
      expression: any("request.operation != 'CREATE'", `!(${isListed("variables.name")})`, "variables.manages"),
      message:
        "A SecureWorkload makes the claim of this name: use another name, or ask the platform team to prepare it.",
    },
    {
      expression: any(
        "request.operation == 'DELETE'",
        all(
          marksStand("variables.labels", "variables.oldLabels"),
          marksStand("variables.annotations", "variables.oldAnnotations"),
        ),
        "variables.manages",
      ),
      message: `Labels and annotations of ${GROUP} say which SecureWorkload a claim belongs to: only Palisade and the platform team may write them.`,
    },
    {
      expression: any("request.operation != 'CREATE'", `!(${copies("object.spec")})`, "variables.manages"),
      message: "This would copy the data of a SecureWorkload: ask the platform team to do it.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});

const volumesAt = (side: Side): string => `${podSpecOf(side)}.?volumes.orValue([])`;
const templatesAt = (side: Side): string => `(${side} == null ? [] : ${side}.?spec.?volumeClaimTemplates.orValue([]))`;
const mountedAt = (side: Side): string =>
  `${volumesAt(side)}.map(v, v.?persistentVolumeClaim.?claimName.orValue('')).filter(n, n != '')`;
/** Kubernetes makes these claims for a pod, so that whoever writes the pod has them made. */
const ephemeralAt = (side: Side): string =>
  `${volumesAt(side)}.filter(v, has(v.ephemeral)).map(v, v.?ephemeral.?volumeClaimTemplate.?spec.orValue({}))`;
const copiedBy = (specs: string): string => `${specs}.exists(s, ${copies("s")})`;

/**
 * Kubernetes calls the claims of a StatefulSet's pods by the template's name, the StatefulSet's and a number: `data-a` of `db` are the claims that `data` of
 * a workload `a-db` has. It makes those that there are not, and mounts those that there are.
 */
const seriesAt = (side: Side): string =>
  `(request.resource.resource == 'statefulsets' ? ${templatesAt(side)}.map(t, t.metadata.name + '-' + ${side}.metadata.name) : [])`;
const isSeriesOfWorkload = (series: string): string =>
  any(
    isEveryName("variables.claims"),
    `variables.claims.matches(',' + ${series} + '-([0-9]+|[*]),')`,
    all(`!(${isObserved})`, `variables.claims.matches(${celText(`,${EXISTING_CLAIM}`)} + ${series} + '-[0-9]+,')`),
  );

/** Those of a pod's ephemeral volumes are called by the pod and the volume. Pods of controllers have names that nobody chooses. */
const EPHEMERAL = `(request.resource.resource == 'pods' && oldObject == null ? ${volumesAt("object")}.filter(v, has(v.ephemeral)).map(v, object.metadata.name + '-' + v.name) : [])`;

const isWorkloadRequest = `request.resource.resource == ${celText(SECURE_WORKLOAD.plural)}`;
const existingAt = (side: Side): string =>
  `(${side} == null ? [] : ${side}.?spec.?claims.orValue([]).map(c, c.?existing.orValue('')).filter(n, n != ''))`;

export const mounts = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-mounts",
  cases: [122, 123],
  about: "Only a workload's own pods, and those of workloads that it shares a claim with, may mount its claims.",
  rules: [...POD_MAKERS, { apiGroups: [GROUP], operations: ["CREATE", "UPDATE"], resources: [SECURE_WORKLOAD.plural] }],
  conditions: [
    byOthers(installation),
    {
      name: "uses-a-claim",
      expression: any(
        isWorkloadRequest,
        `${volumesAt("object")}.exists(v, has(v.persistentVolumeClaim) || has(v.ephemeral))`,
        `${templatesAt("object")}.size() > 0`,
      ),
    },
  ],
  variables: [
    CLAIMS,
    { name: "mounted", expression: `${mountedAt("object")}.filter(n, !(n in ${mountedAt("oldObject")}))` },
    { name: "named", expression: `${existingAt("object")}.filter(n, !(n in ${existingAt("oldObject")}))` },
    { name: "series", expression: `${seriesAt("object")}.filter(n, !(n in ${seriesAt("oldObject")}))` },
    { name: "ephemeral", expression: EPHEMERAL },
    { name: "isNew", expression: "oldObject == null || object.spec != oldObject.spec" },
  ],
  validations: [
    {
      expression: any(
        isWorkloadRequest,
        "variables.mounted.size() == 0",
        `!variables.mounted.exists(n, ${isHeld("n")})`,
      ),
      message:
        "This claim holds the data of a SecureWorkload, and only its pods may mount it: use a claim of your own.",
    },
    {
      expression: any(
        isWorkloadRequest,
        all(
          `!variables.series.exists(n, ${isSeriesOfWorkload("n")})`,
          `!variables.ephemeral.exists(n, ${isHeld("n")})`,
        ),
      ),
      message:
        "Kubernetes would give its pods the claims of a SecureWorkload, which have the same names: call it, or its volumes, something else.",
    },
    {
      expression: any(
        isWorkloadRequest,
        "!variables.isNew",
        all(`!(${copiedBy(ephemeralAt("object"))})`, `!(${copiedBy(`${templatesAt("object")}.map(t, t.spec)`)})`),
      ),
      message: "This would copy the data of a SecureWorkload: ask the platform team to do it.",
    },
    {
      expression: any(
        `!(${isWorkloadRequest})`,
        `variables.named.all(n, ${any(`!(${any(isListed("n"), isNamed("n"))})`, isListedFor("object.metadata.name", "n"))})`,
      ),
      message:
        "This claim belongs to another SecureWorkload, which named it first: ask its team to list yours in claims.sharedWith there, or use another claim.",
    },
  ],
  bindings: [IN_ENROLLED],
});
