import { BREAK_GLASS_VERB, ENROLMENT_LABEL, GROUP, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../crds/group.ts";
import { ENROLMENTS, labelOfEnrolment } from "../crds/v1alpha1/enrolment.ts";
import { GRANTED_MENU, PERMISSION_MENU, PERMISSION_VERBS } from "../crds/v1alpha1/permission-menu.ts";
import { type Installation, operatorUser, PROBE_NAME } from "../installation.ts";
import { REPLICA_SET, ROLE, ROLE_BINDING } from "../kubernetes/kinds.ts";
import { grantName, rbacName } from "../names.ts";
import { SERVER_METADATA } from "../plan/ignored-fields.ts";
import { all, any, celList, celText } from "../policies/cel.ts";
import { isCustom } from "./custom-resources.ts";
import { inEnrolled, isRefusedName } from "./enrolled.ts";
import { MARKS, sameBut, sameUnless } from "./marks.ts";
import { podSecurityStandsOrIsPinned } from "./pod-security.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";
import { isUser, listAt, SUBRESOURCE } from "./request.ts";

const is = (...plurals: readonly string[]): string => `request.resource.resource in ${celList(plurals)}`;

/** Pod controllers that the operator may write. */
const CONTROLLERS = ["deployments", "statefulsets", "daemonsets", "jobs", "cronjobs"];

const written = (group: string, ...resources: readonly string[]): ResourceRule => ({
  apiGroups: [group],
  operations: ["CREATE", "UPDATE"],
  resources,
});

/** Kinds that the operator never writes, but a stolen token could use. */
const NEVER: readonly ResourceRule[] = [
  written("", "pods", "pods/*", "bindings", "podtemplates", "replicationcontrollers"),
  written("", "secrets", "serviceaccounts/token", "nodes", "nodes/*", "persistentvolumes"),
  { apiGroups: [""], operations: ["CONNECT"], resources: ["*/*"] },
  written("apps", "replicasets"),
  written("rbac.authorization.k8s.io", "clusterroles", "clusterrolebindings"),
  written("certificates.k8s.io", "*/*"),
  written("apiregistration.k8s.io", "apiservices"),
  written("apiextensions.k8s.io", "customresourcedefinitions"),
];

/** Separates the kinds of {@link NEVER} from the others that the policy matches. */
const WRITTEN: readonly ResourceRule[] = [
  written("apps", "deployments", "statefulsets", "daemonsets", "controllerrevisions"),
  written("batch", "jobs", "cronjobs"),
  written(ROLE.group, ROLE.plural, ROLE_BINDING.plural),
  written("networking.k8s.io", "networkpolicies"),
  written("", "namespaces", "namespaces/*"),
  written("", "persistentvolumeclaims"),
];
/** Stores nothing: it shows what admission adds to the pods of a template. */
const asksByDryRun = all(
  is("pods"),
  "request.operation == 'CREATE'",
  `${SUBRESOURCE} == ''`,
  "request.?dryRun.orValue(false)",
  inEnrolled,
);
const isWritten = any(
  asksByDryRun,
  ...WRITTEN.map(({ apiGroups: [group = ""], resources }) =>
    all(`request.resource.group == ${celText(group)}`, is(...resources.filter((one) => !one.includes("/")))),
  ),
  // Evicts pods with past break-glass access, which respects disruption budgets.
  all(is("pods"), `${SUBRESOURCE} == 'eviction'`),
);
const makesProbe = ({ namespace }: Installation): string =>
  all(
    "request.resource.group == 'apps'",
    is(REPLICA_SET.plural),
    `request.namespace == ${celText(namespace)}`,
    `object.metadata.name == ${celText(PROBE_NAME)}`,
  );

/** What `palisade-operator-grants` asks the SecurityBaseline about is on it too. */
const MENU = `{${Object.entries({ ...PERMISSION_MENU, ...GRANTED_MENU })
  .map(([entry, verbs]) => `${celText(entry)}: ${celList(verbs)}`)
  .join(", ")}}`;
const isOfMenu = "(g + '/' + s) in variables.menu && r.verbs.all(v, v in variables.menu[g + '/' + s])";
const onMenu = `${listAt("object", "rules")}.all(r, !has(r.nonResourceURLs) && r.apiGroups.all(g, r.resources.all(s, (${isOfMenu}) || (${isCustom("g", "s")} && r.verbs.all(v, v in ${celList(PERMISSION_VERBS)})))) && (!('secrets' in r.resources) || r.?resourceNames.orValue([]).size() > 0))`;

/** For break-glass SecurityExceptions. */
const isGrant = `object.metadata.name.startsWith(${celText(grantName(""))})`;
const breaksGlass = all(
  `${listAt("object", "rules")}.all(r, r.apiGroups == [${celText(GROUP)}] && r.resources == [${celText(SECURE_WORKLOAD.plural)}] && r.verbs == [${celText(BREAK_GLASS_VERB)}])`,
);

const PREFIX = rbacName("");
/** Binds one person. The verb grants nothing without permission for `exec`. */
const bindsGlass = all(
  "object.roleRef.name == object.metadata.name",
  "object.roleRef.kind == 'Role'",
  `${listAt("object", "subjects")}.size() == 1`,
  `${listAt("object", "subjects")}.all(s, s.kind == 'User' && !s.name.startsWith('system:'))`,
);
const bindsItsOwn = all(
  "object.roleRef.kind == 'Role'",
  `object.roleRef.name.startsWith(${celText(PREFIX)})`,
  `${listAt("object", "subjects")}.size() == 1`,
  `${listAt("object", "subjects")}.all(s, s.kind == 'ServiceAccount' && s.?namespace.orValue('') == request.namespace && ${celText(PREFIX)} + s.name == object.roleRef.name)`,
);

/** Its labels for Pod Security and its own, and its own lists: the garbage collector deletes what has an owner that is gone, and a finalizer holds a namespace for ever. */
const isOwnLabel = (key: string): string =>
  `${key} == ${celText(ENROLMENT_LABEL)} || ${key}.startsWith('pod-security.kubernetes.io/')`;
const isOwnList = (key: string): string => `${key}.startsWith(${celText(`${GROUP}/`)})`;
const changesOwnMarks = all(
  sameBut("object", "oldObject", ["metadata"]),
  sameBut("object.metadata", "oldObject.metadata", [...SERVER_METADATA, "labels", "annotations"]),
  sameUnless("variables.labels", "variables.oldLabels", isOwnLabel),
  sameUnless("variables.annotations", "variables.oldAnnotations", isOwnList),
);

const ENFORCED = "variables.labels[?'pod-security.kubernetes.io/enforce'].orValue('')";

/** A SecurityException lowers `enforce` at most to `baseline`; moving back to observing, which the platform team decides, removes it. */
const isLoweredByPlatform = any(
  `${ENFORCED} == 'baseline'`,
  all(
    `variables.labels[?${celText(ENROLMENT_LABEL)}].orValue('') == ${celText(labelOfEnrolment("Observing"))}`,
    `${ENFORCED} != 'privileged'`,
  ),
);

/** `palisade-enrolment-*` decide whether the new state is allowed. */
const staysEnrolled = any(
  `!(${celText(ENROLMENT_LABEL)} in variables.labels) && !(${celText(ENROLMENT_LABEL)} in variables.oldLabels)`,
  `variables.labels[?${celText(ENROLMENT_LABEL)}].orValue('') in ${celList(ENROLMENTS.map(labelOfEnrolment))}`,
);

const STORAGE = (object: string): string => `quantity(string(${object}.spec.resources.requests.storage))`;

/** What would hand a claim's data to somebody, or let it go with another object. */
const PINNED = ["labels", "annotations", "finalizers", "ownerReferences"];
const isUnchanged = PINNED.map((field) => `object.metadata.?${field} == oldObject.metadata.?${field}`);

/** A new, empty claim that nothing deletes, or one that grows and changes in nothing else. */
const keepsData = any(
  all(
    "request.operation == 'CREATE'",
    `${celText(WORKLOAD_LABEL)} in variables.labels`,
    "!has(object.metadata.ownerReferences)",
    "!has(object.spec.dataSource)",
    "!has(object.spec.dataSourceRef)",
    "object.spec.?volumeName.orValue('') == ''",
  ),
  all(
    "request.operation == 'UPDATE'",
    `${STORAGE("object")}.isGreaterThan(${STORAGE("oldObject")})`,
    "object.spec.?volumeAttributesClassName == oldObject.spec.?volumeAttributesClassName",
    ...isUnchanged,
  ),
);

/** `palisade-pod-baseline` checks the pods, for the operator too. */
export const operator = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-operator",
  cases: [87, 91],
  about: "The operator's account can do only what the operator does, even if its token is stolen.",
  rules: [...NEVER, ...WRITTEN],
  conditions: [{ name: "by-operator", expression: isUser(installation, operatorUser(installation)) }],
  variables: [...MARKS, { name: "menu", expression: MENU }],
  validations: [
    {
      expression: any(isWritten, makesProbe(installation)),
      message:
        "The operator may create pods only by dry run in enrolled namespaces, and may not write tokens, Secrets, cluster roles, nodes or CRDs. If this was the operator, its version does not match the installed policies.",
    },
    {
      expression: any(`!(${is(...CONTROLLERS)})`, all(inEnrolled, `${celText(WORKLOAD_LABEL)} in variables.labels`)),
      message: "The operator may run pods only in enrolled namespaces, and each of its objects must name the workload.",
    },
    {
      expression: any(`!(${is(ROLE.plural)})`, `${isGrant} ? (${breaksGlass}) : (${onMenu})`),
      message: "The operator may not write a Role with permissions that no workload may have.",
    },
    {
      expression: any(`!(${is(ROLE_BINDING.plural)})`, `${isGrant} ? (${bindsGlass}) : (${bindsItsOwn})`),
      message:
        "The operator may bind only the Role of a workload to that workload's account, and a break-glass Role to one person.",
    },
    {
      expression: any(`!(${is("jobs")})`, "!has(object.spec.ttlSecondsAfterFinished)"),
      message:
        "Something adds ttlSecondsAfterFinished to this Job on its way in: Kubernetes would delete it once it is done, and it would run again. Exempt the workload's Jobs from that rule.",
    },
    {
      expression: any(`!(${is("persistentvolumeclaims")})`, keepsData),
      message:
        "The operator may create a claim that is new, empty and without an owner, and make one larger; it may change nothing else of a claim.",
    },
    {
      expression: any(
        `!(${is("namespaces")})`,
        all(
          "request.operation == 'UPDATE'",
          `${SUBRESOURCE} == ''`,
          `!(${isRefusedName("object.metadata.name", installation)})`,
          changesOwnMarks,
          any(podSecurityStandsOrIsPinned("variables.labels", "variables.oldLabels"), isLoweredByPlatform),
          staysEnrolled,
        ),
      ),
      message:
        "The operator may change nothing of a namespace but Palisade's own labels and lists; it may not create namespaces, change the cluster's own, lower Pod Security below baseline, or end an enrolment. If a webhook labels or annotates namespaces, let it mark this one first, with a write of your own: kubectl annotate namespace NAME example.com/touched=yes.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
