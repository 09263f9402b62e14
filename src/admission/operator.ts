import { BREAK_GLASS_VERB, ENROLMENT_LABEL, GROUP, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../crds/group.ts";
import { ENROLMENTS, labelOfEnrolment } from "../crds/v1alpha1/enrolment.ts";
import { PERMISSION_MENU } from "../crds/v1alpha1/permission-menu.ts";
import { ROLE, ROLE_BINDING } from "../reconcilers/secure-workload/resources/kinds.ts";
import { rbacName } from "../reconcilers/secure-workload/resources/rbac.ts";
import { grantName } from "../reconcilers/security-exception/break-glass.ts";
import { all, any, celList, celText } from "./cel.ts";
import { inEnrolled, isRefusedName } from "./enrolled.ts";
import { type Installation, operatorUser } from "./identities.ts";
import { MARKS } from "./marks.ts";
import { podSecurityStandsOrIsPinned } from "./pod-security.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";
import { isUser, listAt, SUBRESOURCE } from "./request.ts";

const is = (...plurals: readonly string[]): string => `request.resource.resource in ${celList(plurals)}`;

/** What makes pods and is the operator's to write. */
const CONTROLLERS = ["deployments", "statefulsets", "daemonsets", "jobs", "cronjobs"];

const written = (group: string, ...resources: readonly string[]): ResourceRule => ({
  apiGroups: [group],
  operations: ["CREATE", "UPDATE"],
  resources,
});

/** Written by the operator never: what its token could be used for, were it stolen. */
const NEVER: readonly ResourceRule[] = [
  written("", "pods", "pods/*", "bindings", "podtemplates", "replicationcontrollers"),
  written("", "secrets", "serviceaccounts/token", "nodes", "nodes/*", "persistentvolumes"),
  { apiGroups: [""], operations: ["CONNECT"], resources: ["*/*"] },
  written("apps", "replicasets", "controllerrevisions"),
  written("rbac.authorization.k8s.io", "clusterroles", "clusterrolebindings"),
  written("certificates.k8s.io", "*/*"),
  written("apiregistration.k8s.io", "apiservices"),
  written("apiextensions.k8s.io", "customresourcedefinitions"),
];

/** Where the kinds of {@link NEVER} are told from the others that the policy looks at. */
const WRITTEN: readonly ResourceRule[] = [
  written("apps", "deployments", "statefulsets", "daemonsets"),
  written("batch", "jobs", "cronjobs"),
  written(ROLE.group, ROLE.plural, ROLE_BINDING.plural),
  written("networking.k8s.io", "networkpolicies"),
  written("", "namespaces", "namespaces/*"),
];
const isWritten = any(
  ...WRITTEN.map(({ apiGroups: [group = ""], resources }) =>
    all(`request.resource.group == ${celText(group)}`, is(...resources.filter((one) => !one.includes("/")))),
  ),
  // Pods that somebody was inside of are evicted, which asks their disruption budgets.
  all(is("pods"), `${SUBRESOURCE} == 'eviction'`),
);

const MENU = `{${Object.entries(PERMISSION_MENU)
  .map(([entry, verbs]) => `${celText(entry)}: ${celList(verbs)}`)
  .join(", ")}}`;
const onMenu = `${listAt("object", "rules")}.all(r, !has(r.nonResourceURLs) && r.apiGroups.all(g, r.resources.all(s, (g + '/' + s) in variables.menu && r.verbs.all(v, v in variables.menu[g + '/' + s]))))`;

/** While a SecurityException lets somebody break the glass. */
const breaksGlass = all(
  `object.metadata.name.startsWith(${celText(grantName(""))})`,
  `${listAt("object", "rules")}.all(r, r.apiGroups == [${celText(GROUP)}] && r.resources == [${celText(SECURE_WORKLOAD.plural)}] && r.verbs == [${celText(BREAK_GLASS_VERB)}])`,
);

const PREFIX = rbacName("");
/** To one person, whose verb gives nothing without the right to `exec`. */
const bindsGlass = all(
  `object.roleRef.name.startsWith(${celText(grantName(""))})`,
  "object.roleRef.name == object.metadata.name",
  "object.roleRef.kind == 'Role'",
  `${listAt("object", "subjects")}.all(s, s.kind == 'User' && !s.name.startsWith('system:'))`,
);
const bindsItsOwn = all(
  "object.roleRef.kind == 'Role'",
  `object.roleRef.name.startsWith(${celText(PREFIX)})`,
  `${listAt("object", "subjects")}.size() == 1`,
  `${listAt("object", "subjects")}.all(s, s.kind == 'ServiceAccount' && s.?namespace.orValue('') == request.namespace && ${celText(PREFIX)} + s.name == object.roleRef.name)`,
);

/** A rule without peers and without ports is one for everybody and everything. */
const isOpen = any(
  `${listAt("object", "spec", "ingress")}.exists(r, r.?from.orValue([]).size() == 0 && r.?ports.orValue([]).size() == 0)`,
  `${listAt("object", "spec", "egress")}.exists(r, r.?to.orValue([]).size() == 0 && r.?ports.orValue([]).size() == 0)`,
);

const ENFORCED = "variables.labels[?'pod-security.kubernetes.io/enforce'].orValue('')";

/** A SecurityException lowers `enforce` to `baseline`, never further; the platform team brings a namespace back to observing, where none is set. */
const isLoweredByPlatform = any(
  `${ENFORCED} == 'baseline'`,
  all(
    `variables.labels[?${celText(ENROLMENT_LABEL)}].orValue('') == ${celText(labelOfEnrolment("Observing"))}`,
    `${ENFORCED} != 'privileged'`,
  ),
);

/** Which state it is, and whether it may be, is for `palisade-enrolment-*` to say. */
const staysEnrolled = any(
  `!(${celText(ENROLMENT_LABEL)} in variables.labels) && !(${celText(ENROLMENT_LABEL)} in variables.oldLabels)`,
  `variables.labels[?${celText(ENROLMENT_LABEL)}].orValue('') in ${celList(ENROLMENTS.map(labelOfEnrolment))}`,
);

/** What workloads' pods may be is `palisade-pod-baseline`'s to say, and holds for the operator as for everybody. */
export const operator = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-operator",
  cases: [],
  about: "The operator's account does what the operator does and nothing else, whoever holds its token.",
  rules: [...NEVER, ...WRITTEN],
  conditions: [{ name: "by-operator", expression: isUser(operatorUser(installation)) }],
  variables: [...MARKS, { name: "menu", expression: MENU }],
  validations: [
    {
      expression: isWritten,
      message:
        "The operator writes no pod, token, Secret, cluster role, node or definition: if it is the operator that asked, its version and its policies do not fit together.",
    },
    {
      expression: any(`!(${is(...CONTROLLERS)})`, all(inEnrolled, `${celText(WORKLOAD_LABEL)} in variables.labels`)),
      message: "The operator runs pods in enrolled namespaces alone, and each of its objects names the workload.",
    },
    {
      expression: any(`!(${is(ROLE.plural)})`, onMenu, breaksGlass),
      message: "The operator writes no Role with more than the menu of permissions holds.",
    },
    {
      expression: any(`!(${is(ROLE_BINDING.plural)})`, bindsItsOwn, bindsGlass),
      message:
        "The operator binds the Role of one workload to the account of that workload, and a person to the verb that breaks the glass.",
    },
    {
      expression: any(`!(${is("networkpolicies")})`, `!(${isOpen})`),
      message: "The operator writes no NetworkPolicy that opens pods to everybody or for everything.",
    },
    {
      expression: any(
        `!(${is("namespaces")})`,
        all(
          "request.operation == 'UPDATE'",
          `!(${isRefusedName("object.metadata.name", installation)})`,
          any(podSecurityStandsOrIsPinned("variables.labels", "variables.oldLabels"), isLoweredByPlatform),
          staysEnrolled,
        ),
      ),
      message:
        "The operator creates no namespace, changes none of the cluster's own, lowers Pod Security to baseline at most, and takes none out of enrolment.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});
