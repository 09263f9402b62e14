/**
 * What the operator's account may write follows from SecureWorkloads that the API server itself sees: it cannot create one. Of several objects that a
 * policy has as parameters every one must pass, so each speaks for the objects of its own name alone. What names no SecureWorkload that there is
 * belongs to a uid that there is not, and the garbage collector deletes it. Parameters are collected before any condition is asked, so these policies
 * match by Palisade's own labels, and only the kinds in which a spec decides over more than its own pods.
 */
import {
  API_VERSION,
  GRANT_LABEL,
  MANAGED_BY_LABEL,
  SECURE_WORKLOAD,
  SECURITY_EXCEPTION,
  WORKLOAD_LABEL,
} from "../crds/group.ts";
import { CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { type Installation, operatorUser } from "../installation.ts";
import { HTTP_ROUTE, INGRESS, ROLE, ROLE_BINDING, SERVICE_ACCOUNT } from "../kubernetes/kinds.ts";
import { grantName } from "../names.ts";
import { all, any, celList, celText, listIn } from "../policies/cel.ts";
import { namedBy } from "./named-secrets.ts";
import type { AdmissionPolicy, ResourceRule } from "./policy.ts";
import { isUser, listAt, mapAt } from "./request.ts";
import { podSpecOf } from "./templates.ts";

const FOLLOWING: readonly ResourceRule[] = (
  [...CONTROLLER_KINDS.map(({ resource }) => resource), ROLE, SERVICE_ACCOUNT, INGRESS, HTTP_ROUTE] as const
).map(({ group, plural }) => ({ apiGroups: [group], operations: ["CREATE", "UPDATE"], resources: [plural] }));

const is = (...plurals: readonly string[]): string => `request.resource.resource in ${celList(plurals)}`;

const DECLARED = "variables.secrets";
const isDeclaredIn = (container: string): string =>
  all(
    `${container}.?env.orValue([]).all(e, e.?valueFrom.?secretKeyRef.?name.orValue('') in ${DECLARED})`,
    `${container}.?envFrom.orValue([]).all(f, f.?secretRef.?name.orValue('') in ${DECLARED})`,
  );
/** A spec that waits leaves its predecessor in force: what the template had already stays. */
const namesDeclaredSecrets = all(
  `${listIn("variables.pod", "volumes")}.all(v, v in ${listIn("variables.oldPod", "volumes")} || v.?secret.?secretName.orValue('') in ${DECLARED})`,
  ...["containers", "initContainers"].map(
    (field) =>
      `${listIn("variables.pod", field)}.all(c, c in ${listIn("variables.oldPod", field)} || (${isDeclaredIn("c")}))`,
  ),
);
const CLAIMS = `${listIn("params", "spec", "claims")}.map(c, c.?existing.orValue(c.name + '-' + params.metadata.name))`;
const mountsDeclaredClaims = `${listIn("variables.pod", "volumes")}.all(v, v in ${listIn("variables.oldPod", "volumes")} || !has(v.persistentVolumeClaim) || v.persistentVolumeClaim.claimName in ${CLAIMS})`;

const isDeclaredRule = `${listIn("params", "spec", "permissions")}.exists(p, ${all(
  ...["apiGroups", "resources", "verbs"].map((field) => `p.${field} == r.${field}`),
  "p.?resourceNames.orValue([]) == r.?resourceNames.orValue([])",
)})`;
const grantsDeclared = `${listAt("object", "rules")}.all(r, r in ${listAt("oldObject", "rules")} || ${isDeclaredRule})`;

const IDENTITIES = [
  ["eks.amazonaws.com/role-arn", "aws.?roleArn"],
  ["iam.gke.io/gcp-service-account", "gcp.?serviceAccount"],
  ["azure.workload.identity/client-id", "azure.?clientId"],
] as const;
const annotationOf = (side: "object" | "oldObject", key: string): string =>
  `${mapAt(side, "metadata", "annotations")}[?${celText(key)}].orValue('')`;
const takesDeclaredIdentity = all(
  ...IDENTITIES.map(
    ([key, field]) =>
      `${annotationOf("object", key)} in [dyn(''), dyn(${annotationOf("oldObject", key)}), dyn(params.?spec.?identity.?${field}.orValue(''))]`,
  ),
);

const HOSTS = `${listIn("params", "spec", "expose")}.map(e, e.host)`;
const exposesDeclared = all(
  `${listAt("object", "spec", "hostnames")}.all(h, h in ${HOSTS} || h in ${listAt("oldObject", "spec", "hostnames")})`,
  any(
    `!(${is(INGRESS.plural)})`,
    `${listAt("object", "spec", "rules")}.all(r, r.?host.orValue('') in ${HOSTS} || r in ${listAt("oldObject", "spec", "rules")})`,
  ),
);

const follows = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-operator-follows-spec",
  cases: [89, 90],
  about:
    "The operator's account can give a workload only the Secrets, claims, permissions, identities and hosts that its SecureWorkload names.",
  parameters: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, whenMissing: "Allow" },
  objects: { label: MANAGED_BY_LABEL, values: ["palisade"] },
  rules: FOLLOWING,
  conditions: [
    { name: "by-operator", expression: isUser(installation, operatorUser(installation)) },
    {
      name: "of-this-workload",
      expression: `object.metadata.?labels[?${celText(WORKLOAD_LABEL)}].orValue('') == params.metadata.name`,
    },
  ],
  variables: [
    { name: "pod", expression: podSpecOf("object") },
    { name: "oldPod", expression: podSpecOf("oldObject") },
    { name: "secrets", expression: `${namedBy("params.spec")} + ['']` },
  ],
  validations: [
    {
      expression: `${listAt("object", "metadata", "ownerReferences")}.all(o, o.kind != ${celText(SECURE_WORKLOAD.kind)} || o.uid == params.metadata.uid)`,
      message: "The operator may write only what belongs to the SecureWorkload that exists now.",
    },
    {
      expression: namesDeclaredSecrets,
      message: "The operator may give pods only the Secrets that their SecureWorkload names.",
    },
    {
      expression: mountsDeclaredClaims,
      message: "The operator may give pods only the claims that their SecureWorkload names.",
    },
    {
      expression: any(
        `!(${is(ROLE.plural)})`,
        `${listAt("object", "metadata", "ownerReferences")}.all(o, o.kind != ${celText(SECURE_WORKLOAD.kind)})`,
        grantsDeclared,
      ),
      message: "The operator may grant a workload only the permissions that its SecureWorkload declares.",
    },
    {
      expression: any(`!(${is(SERVICE_ACCOUNT.plural)})`, takesDeclaredIdentity),
      message: "The operator may give a workload only the cloud identity that its SecureWorkload names.",
    },
    {
      expression: any(`!(${is(INGRESS.plural, HTTP_ROUTE.plural)})`, exposesDeclared),
      message: "The operator may expose a workload only under the hosts that its SecureWorkload names.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});

const GRANTED = "timestamp(object.metadata.creationTimestamp)";
/**
 * The owner of a grant is an exception, and where there is none of its name and uid the garbage collector deletes the grant. The API server has no
 * clock for its rules, but writes down when an object is made.
 */
const grants = (installation: Installation): AdmissionPolicy => ({
  name: "palisade-operator-break-glass",
  cases: [87],
  about:
    "The operator's account can let into pods only whom a SecurityException names, where it says, and while it is in force.",
  parameters: { apiVersion: API_VERSION, kind: SECURITY_EXCEPTION.kind },
  objects: { label: GRANT_LABEL },
  rules: [{ apiGroups: [ROLE.group], operations: ["CREATE", "UPDATE"], resources: [ROLE.plural, ROLE_BINDING.plural] }],
  conditions: [
    { name: "by-operator", expression: isUser(installation, operatorUser(installation)) },
    {
      name: "of-this-exception",
      expression: `object.metadata.name == ${celText(grantName(""))} + params.metadata.name`,
    },
  ],
  validations: [
    {
      expression: all(
        `${listAt("object", "metadata", "ownerReferences")}.all(o, o.uid == params.metadata.uid)`,
        "params.?spec.?workload.?namespace.orValue('') == request.namespace",
        `${listAt("object", "subjects")}.all(s, s.name == params.?spec.?breakGlass.?user.orValue(''))`,
        "has(params.spec.breakGlass)",
      ),
      message:
        "The operator may grant break-glass access only to the user and in the namespace that the SecurityException names.",
    },
    {
      expression: any(
        "request.operation != 'CREATE'",
        `${GRANTED} < timestamp(params.metadata.creationTimestamp) + duration(params.spec.validFor)`,
      ),
      message: "The operator may grant break-glass access only while the SecurityException is in force.",
    },
  ],
  bindings: [{ actions: ["Deny"] }],
});

/** The API server must read SecureWorkloads and SecurityExceptions for these; policies from a folder cannot (KEP-5793). */
export const operatorSpec = (installation: Installation): readonly AdmissionPolicy[] => [
  follows(installation),
  grants(installation),
];
