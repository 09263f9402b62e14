/**
 * What the operator's account may write, kind by kind: what the builders of `expand/` make, said again in CEL. A stolen token can write these forms
 * and no others. Values that follow from a spec are held by `operator-spec.ts`.
 */
import type { Resource } from "kopf-ts";
import {
  GRANT_LABEL,
  GROUP,
  HISTORY_LABEL,
  MANAGED_BY_LABEL,
  SECURE_WORKLOAD,
  SECURITY_EXCEPTION,
  SERVICES_ANNOTATION,
  WORKLOAD_LABEL,
} from "../crds/group.ts";
import { CHILD_RESOURCES, CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { type Installation, operatorUser } from "../installation.ts";
import {
  CALICO_NETWORK_POLICY,
  CILIUM_NETWORK_POLICY,
  CONFIG_MAP,
  CONTROLLER_REVISION,
  FQDN_NETWORK_POLICY,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  NETWORK_POLICY,
  PERSISTENT_VOLUME_CLAIM,
  POD_DISRUPTION_BUDGET,
  POD_MONITOR,
  ROLE,
  ROLE_BINDING,
  SCALED_OBJECT,
  SERVICE,
  SERVICE_ACCOUNT,
  SERVICE_MONITOR,
  STATEFUL_SET,
} from "../kubernetes/kinds.ts";
import { DEFAULT_DENY_NAME, DRY_RUN_PREFIX, grantName, HEADLESS_SUFFIX } from "../names.ts";
import {
  all,
  any,
  at,
  celList,
  celText,
  hasOnly,
  isAbsent,
  listIn,
  podVariables,
  saysNothing,
} from "../policies/cel.ts";
import { isPlatformKey, MARKS } from "./marks.ts";
import { isOurs } from "./ownership.ts";
import type { AdmissionPolicy, ResourceRule, Validation } from "./policy.ts";
import { finalizersAt, isUser, listAt, namespaceList, protects } from "./request.ts";
import { accountOf, podSpecOf } from "./templates.ts";

const WRITTEN: readonly Resource[] = [...CHILD_RESOURCES, CONFIG_MAP, PERSISTENT_VOLUME_CLAIM, CONTROLLER_REVISION];

const kindOf = ({ group, plural }: Resource): string => `${group}/${plural}`;
const isOf = (...resources: readonly Resource[]): string => `variables.kind in ${celList(resources.map(kindOf))}`;

/** One rule per API group. */
export const writtenByOperator = (operations: ResourceRule["operations"]): readonly ResourceRule[] =>
  [...new Set(WRITTEN.map(({ group }) => group))].map((group) => ({
    apiGroups: [group],
    operations,
    resources: WRITTEN.filter((one) => one.group === group).map(({ plural }) => plural),
  }));

const NAME = "object.metadata.name";
const OWNER = "variables.owner";
const SPEC = "object.spec";
const OURS = `{${celText(WORKLOAD_LABEL)}: ${OWNER}}`;
/** `matchLabels` of nothing but the workload. */
const selectsOwn = (...path: readonly string[]): string =>
  `${at(SPEC, ...path)}.orValue({}) == {'matchLabels': ${OURS}}`;

/** Each object has one owner, and it is the workload or the exception that it is made for. */
const isOwnedBy = (kind: string): string =>
  all(
    "variables.owners.size() == 1",
    `variables.owners[0].kind == ${celText(kind)}`,
    `variables.owners[0].apiVersion.startsWith(${celText(`${GROUP}/`)})`,
    "variables.owners[0].?controller.orValue(false)",
  );

/** The hash of its content ends a copy's name. */
const COPY = "^[a-z][-a-z0-9]*[.][-.a-z0-9]+[.][0-9a-f]{20}$";
const isCopy = all(
  isOf(CONFIG_MAP),
  isOwnedBy(SECURE_WORKLOAD.kind),
  `${NAME}.startsWith(${OWNER} + '.')`,
  `${NAME}.matches(${celText(COPY)})`,
  "object.?immutable.orValue(false)",
);
const LABEL = `variables.labels[?${celText(WORKLOAD_LABEL)}].orValue('')`;
const isChild = all("variables.owners.size() == 1", any(isOurs("object"), isCopy), `${LABEL} == ${OWNER}`);
const isDeny = all(isOf(NETWORK_POLICY), `${NAME} == ${celText(DEFAULT_DENY_NAME)}`, "variables.owners.size() == 0");
const isGrant = all(
  isOf(ROLE, ROLE_BINDING),
  isOwnedBy(SECURITY_EXCEPTION.kind),
  `${NAME} == ${celText(grantName(""))} + ${OWNER}`,
  `${celText(GRANT_LABEL)} in variables.labels`,
);
/** A spec of a workload, by its hash; under no label that selects pods. */
const isRevision = all(
  isOf(CONTROLLER_REVISION),
  isOwnedBy(SECURE_WORKLOAD.kind),
  `${NAME}.matches('^' + ${OWNER} + ${celText("[.][0-9a-f]{20}$")})`,
  `variables.labels[?${celText(HISTORY_LABEL)}].orValue('') == ${OWNER}`,
  `!(${celText(WORKLOAD_LABEL)} in variables.labels)`,
);
/** What a claim may be and become is said by `palisade-operator`. */
const isClaim = all(
  isOf(PERSISTENT_VOLUME_CLAIM),
  any("request.operation == 'UPDATE'", all(`${LABEL} != ''`, `${NAME}.endsWith('-' + ${LABEL})`)),
);

/** The API server's own admission puts it on every claim (plugin StorageObjectInUseProtection). */
const IN_USE = "kubernetes.io/pvc-protection";

/** An object keeps those by which the controllers of the platform hold it. */
const keepsFinalizers = `${finalizersAt("object")}.all(f, ${any(
  `f in ${finalizersAt("oldObject")}`,
  all(isOf(PERSISTENT_VOLUME_CLAIM), `f == ${celText(IN_USE)}`),
)})`;

const isPeer = any(
  "has(p.ipBlock)",
  "p.?namespaceSelector.?matchLabels[?'kubernetes.io/metadata.name'].hasValue() && has(p.podSelector)",
);
const isClosed = all(
  `${listIn(SPEC, "policyTypes")}.size() == 2`,
  `${listIn(SPEC, "ingress")}.all(r, r.?from.orValue([]).size() > 0 && r.from.all(p, ${isPeer}))`,
  `${listIn(SPEC, "egress")}.all(r, r.?to.orValue([]).size() > 0 && r.?ports.orValue([]).size() > 0 && r.to.all(p, ${isPeer}))`,
);
const EXISTS = `{'matchExpressions': [{'key': ${celText(WORKLOAD_LABEL)}, 'operator': 'Exists'}]}`;
const deniesAll = all(
  `${SPEC}.podSelector == {} || ${SPEC}.podSelector == ${EXISTS}`,
  `${listIn(SPEC, "ingress")}.size() == 0`,
);

/** Of a name that a spec chose, admission knows by the list on the namespace: nothing is made before the API server protects it. */
const isOwnName = (name: string): string =>
  any(
    `${name} == ${OWNER}`,
    `${name} == ${OWNER} + ${celText(HEADLESS_SUFFIX)}`,
    protects(namespaceList(SERVICES_ANNOTATION), name),
  );
const SERVICE_NAME = `${at(SPEC, "serviceName")}.orValue('')`;

const isInternal = all(
  `${at(SPEC, "type")}.orValue('') == 'ClusterIP'`,
  `${at(SPEC, "selector")}.orValue({}) == ${OURS}`,
  ...["externalIPs", "externalName", "loadBalancerIP", "loadBalancerClass"].map((field) => saysNothing(SPEC, field)),
  any(`!${at(SPEC, "publishNotReadyAddresses")}.orValue(false)`, `${at(SPEC, "clusterIP")}.orValue('') == 'None'`),
  isOwnName(NAME),
);

const IDENTITY_KEYS = ["eks.amazonaws.com/", "iam.gke.io/", "azure.workload.identity/"];
const holdsNoToken = all(
  "!object.?automountServiceAccountToken.orValue(true)",
  saysNothing("object", "secrets"),
  saysNothing("object", "imagePullSecrets"),
  `variables.annotations.all(k, ${celList(IDENTITY_KEYS)}.exists(d, k.startsWith(d)) || (k in variables.oldAnnotations && variables.annotations[k] == variables.oldAnnotations[k]))`,
);

const POD = "variables.pod";
const TEMPLATE = `${at(SPEC, "jobTemplate", "spec", "template")}.or(${at(SPEC, "template")})`;
/** The copies that it was made, and the certificate authority of the API server. */
const isOwnConfig = (name: string): string => `${name}.startsWith(${OWNER} + '.')`;
const runsOwnPods = all(
  `${TEMPLATE}.?metadata.?labels[?${celText(WORKLOAD_LABEL)}].orValue('') == ${OWNER}`,
  `${accountOf(POD)} == ${OWNER}`,
  `${listIn(POD, "volumes")}.all(v, ${all(
    `v.?configMap.?name.optMap(n, ${isOwnConfig("n")}).orValue(true)`,
    `v.?projected.?sources.orValue([]).all(s, !has(s.secret) && s.?configMap.?name.orValue('kube-root-ca.crt') == 'kube-root-ca.crt')`,
  )})`,
);
const SELECTED = CONTROLLER_KINDS.map(({ resource }) => resource).filter(({ group }) => group === "apps");

const scalesOwn = all(
  `${at(SPEC, "scaleTargetRef", "name")}.orValue('') == ${OWNER}`,
  `${at(SPEC, "scaleTargetRef", "kind")}.orValue('') == 'Deployment'`,
  `${listIn(SPEC, "triggers")}.all(t, t.type in ['cpu', 'memory', 'cron'] && !has(t.authenticationRef))`,
);

const ENDPOINT = ["port", "path", "interval", "scrapeTimeout", "honorLabels", "followRedirects", "scheme"];
const scrapesOwn = all(
  selectsOwn("selector"),
  isAbsent(SPEC, "namespaceSelector"),
  ...["endpoints", "podMetricsEndpoints"].map((field) => `${listIn(SPEC, field)}.all(e, ${hasOnly("e", ENDPOINT)})`),
);

/** Annotations of routes steer what serves them. */
const steersNothing = `variables.annotations.all(k, ${isPlatformKey("k", "annotations")} || (k in variables.oldAnnotations && variables.annotations[k] == variables.oldAnnotations[k]))`;
const leadsToOwn = all(
  steersNothing,
  isAbsent(SPEC, "defaultBackend"),
  `${listIn(SPEC, "rules")}.all(r, ${all(
    `r.?http.?paths.orValue([]).all(p, p.?backend.?service.?name.orValue('') == ${OWNER})`,
    `r.?backendRefs.orValue([]).all(b, b.name == ${OWNER} && b.?kind.orValue('Service') == 'Service' && b.?namespace.orValue(request.namespace) == request.namespace)`,
    saysNothing("r", "filters"),
  )})`,
);

const only = (resources: readonly Resource[], expression: string, message: string): Validation => ({
  expression: any(`!(${isOf(...resources)})`, expression),
  message,
});

const FORMS: readonly Validation[] = [
  only(
    [NETWORK_POLICY],
    all(isClosed, any(all(isDeny, deniesAll), all(isChild, selectsOwn("podSelector")))),
    "The operator may write NetworkPolicies only for the pods of one workload, with named peers, and the default deny.",
  ),
  only(
    [FQDN_NETWORK_POLICY],
    selectsOwn("podSelector"),
    "The operator may write policies of DNS names only for the pods of one workload.",
  ),
  only(
    [CILIUM_NETWORK_POLICY],
    `${at(SPEC, "endpointSelector")}.orValue({}) == {'matchLabels': {${celText(`k8s:${WORKLOAD_LABEL}`)}: ${OWNER}}} && ${isAbsent(SPEC, "ingress")}`,
    "The operator may write policies of DNS names only for the pods of one workload.",
  ),
  only(
    [CALICO_NETWORK_POLICY],
    `${at(SPEC, "selector")}.orValue('') == ${celText(`${WORKLOAD_LABEL} == '`)} + ${OWNER} + ${celText("'")} && ${isAbsent(SPEC, "ingress")}`,
    "The operator may write policies of DNS names only for the pods of one workload.",
  ),
  only(
    [SERVICE],
    isInternal,
    "The operator may write Services only inside the cluster, for the pods of one workload, and under names that are its.",
  ),
  only([ROLE_BINDING], `object.roleRef.name == ${NAME}`, "The operator may bind only the Role of the same name."),
  only(
    [SERVICE_ACCOUNT],
    holdsNoToken,
    "The operator may write ServiceAccounts only without tokens, Secrets and annotations other than the cloud identity. If a webhook annotates accounts, exempt this namespace from it.",
  ),
  only(
    [POD_DISRUPTION_BUDGET],
    selectsOwn("selector"),
    "The operator may write disruption budgets only for the pods of one workload.",
  ),
  only(
    CONTROLLER_KINDS.map(({ resource }) => resource),
    runsOwnPods,
    "The operator may run pods only with the label, the ServiceAccount and the ConfigMap copies of their workload.",
  ),
  only(SELECTED, selectsOwn("selector"), "The operator may run pods only under the selector of their workload."),
  only([STATEFUL_SET], isOwnName(SERVICE_NAME), "The operator may run a StatefulSet only behind its own Service."),
  only(
    [HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT],
    scalesOwn,
    "The operator may write autoscalers only for the Deployment of their workload.",
  ),
  only(
    [SERVICE_MONITOR, POD_MONITOR],
    scrapesOwn,
    "The operator may write monitors only for the pods of one workload, and without credentials.",
  ),
  only(
    [INGRESS, HTTP_ROUTE],
    leadsToOwn,
    "The operator may write routes only to the Service of their workload, and without annotations.",
  ),
];

const wasCopy = `oldObject.metadata.name.matches(${celText(COPY)})`;
const wasRevision = `${celText(HISTORY_LABEL)} in variables.oldLabels`;

/** A dry run under a name that nothing has, by which the operator learns what the API server makes of a child. Stores nothing. */
const asksForDefaults = all(
  "request.operation == 'CREATE'",
  "request.?dryRun.orValue(false)",
  `object.metadata.?generateName.orValue('') == ${celText(DRY_RUN_PREFIX)}`,
);

export const operatorForms = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-operator-forms",
  cases: [87, 88, 89],
  about:
    "The operator's account can write each kind only in the form that Palisade gives it, even if its token is stolen.",
  rules: [
    ...writtenByOperator(["CREATE", "UPDATE"]),
    ...[CONFIG_MAP, CONTROLLER_REVISION].map(
      ({ group, plural }): ResourceRule => ({ apiGroups: [group], operations: ["DELETE"], resources: [plural] }),
    ),
  ],
  conditions: [
    { name: "by-operator", expression: isUser(installation, operatorUser(installation)) },
    { name: "not-asking", expression: `!(${asksForDefaults})` },
  ],
  variables: [
    ...MARKS,
    { name: "kind", expression: "request.resource.group + '/' + request.resource.resource" },
    { name: "owners", expression: listAt("object", "metadata", "ownerReferences") },
    { name: "owner", expression: "variables.owners.size() == 1 ? variables.owners[0].name : ''" },
    ...podVariables(podSpecOf("object")).filter(({ name }) => name !== "containers"),
  ],
  validations: [
    {
      expression: any(
        all(
          "request.operation == 'DELETE'",
          any(all(isOf(CONFIG_MAP), wasCopy), all(isOf(CONTROLLER_REVISION), wasRevision)),
        ),
        all(
          "request.operation != 'DELETE'",
          `variables.labels[?${celText(MANAGED_BY_LABEL)}].orValue('') == 'palisade' || (${isOf(PERSISTENT_VOLUME_CLAIM)} && request.operation == 'UPDATE')`,
          any(isChild, isDeny, isGrant, isClaim, isRevision),
        ),
      ),
      message:
        "The operator may write only what belongs to one SecureWorkload or SecurityException, under the name, labels and owner that Palisade gives it. If this was the operator, its version does not match the installed policies.",
    },
    {
      expression: any("request.operation == 'DELETE'", keepsFinalizers),
      message: "The operator may not add finalizers.",
    },
    ...FORMS.map(({ expression, message }) => ({
      expression: any("request.operation == 'DELETE'", expression),
      message,
    })),
  ],
  bindings: [{ actions: ["Deny"] }],
});
