/**
 * A SecureWorkload is carried out by the operator, which holds far more than most authors: without these policies it would be their
 * deputy (DRIFT 77). What the author newly asks for, the author must hold.
 *
 * The API server counts an authorizer check as 350,000, and lets one expression cost 1,000,000 and one policy 10,000,000. So each
 * permission of the menu is a validation of its own, and the menu is spread over several policies; a check is made only when the
 * permission is asked for.
 */
import { GROUP, SECURE_WORKLOAD } from "../crds/group.ts";
import { PERMISSION_MENU } from "../crds/v1alpha1/permission-menu.ts";
import { all, any, celText } from "./cel.ts";
import type { Installation } from "./identities.ts";
import type { AdmissionPolicy, Validation } from "./policy.ts";
import { byOthers, listAt } from "./request.ts";

/** Leaves a tenth of the policy's budget for everything but the checks. */
const CHECKS_PER_POLICY = 25;

const authored = (
  installation: Installation,
): Pick<AdmissionPolicy, "cases" | "rules" | "conditions" | "bindings"> => ({
  cases: [77],
  rules: [
    { apiGroups: [GROUP], operations: ["CREATE", "UPDATE"], resources: [SECURE_WORKLOAD.plural], scope: "Namespaced" },
  ],
  conditions: [byOthers(installation)],
  bindings: [{ actions: ["Deny"] }],
});

interface Permission {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
}

const MENU: readonly Permission[] = Object.entries(PERMISSION_MENU).flatMap(([entry, verbs]) => {
  const slash = entry.indexOf("/");
  return verbs.map((verb) => ({ group: entry.slice(0, slash), resource: entry.slice(slash + 1), verb }));
});

function checkOf({ group, resource, verb }: Permission): string {
  const [plural = "", subresource] = resource.split("/");
  const of = `authorizer.group(${celText(group)}).resource(${celText(plural)})`;
  const part = subresource === undefined ? of : `${of}.subresource(${celText(subresource)})`;
  return `${part}.namespace(request.namespace).check(${celText(verb)}).allowed()`;
}

const isAsked = ({ group, resource, verb }: Permission): string =>
  `variables.asked.exists(p, ${all(`${celText(group)} in p.apiGroups`, `${celText(resource)} in p.resources`, `${celText(verb)} in p.verbs`)})`;

/** A permission that is asked for by names has to be held for all: the names may be too many to be checked one by one. */
const holdsPermission = (permission: Permission): Validation => {
  const { group, resource, verb } = permission;
  return {
    expression: any(`!${isAsked(permission)}`, checkOf(permission)),
    message: `spec.permissions asks for ${verb} on ${group === "" ? resource : `${resource}.${group}`}, which you do not hold in this namespace: take it off, or let somebody who holds it write this.`,
  };
};

/** An entry that stood before, exactly so, is not asked for anew; one that lost its names is. */
const ASKED = `${listAt("object", "spec", "permissions")}.filter(p, !(p in ${listAt("oldObject", "spec", "permissions")}))`;

const permissionPolicies = (installation: Installation): readonly AdmissionPolicy[] =>
  Array.from({ length: Math.ceil(MENU.length / CHECKS_PER_POLICY) }, (_, index) => ({
    ...authored(installation),
    name: `palisade-deputy-${index + 1}`,
    about: "Nobody gets more of the Kubernetes API by way of a SecureWorkload than he holds himself.",
    variables: [{ name: "asked", expression: ASKED }],
    validations: MENU.slice(index * CHECKS_PER_POLICY, (index + 1) * CHECKS_PER_POLICY).map(holdsPermission),
  }));

/** More containers than the API takes. */
const CONTAINERS = 9;
/** As many Secrets as are checked by name when the author may not read all of them. */
const SECRETS = 24;

/** Every Secret that one container names. CEL of older API servers cannot flatten a list: the parts are put one after another. */
const secretsOf = (container: string): string =>
  [
    `${container}.?env.orValue([]).filter(e, has(e.valueFrom) && has(e.valueFrom.secretKeyRef)).map(e, e.valueFrom.secretKeyRef.name)`,
    `${container}.?envFrom.orValue([]).filter(e, has(e.secret)).map(e, e.secret)`,
    `${container}.?files.orValue([]).filter(f, has(f.secret)).map(f, f.secret.name)`,
  ].join(" + ");

const namedBy = (spec: string): string =>
  [
    secretsOf(spec),
    ...Array.from(
      { length: CONTAINERS - 1 },
      (_, index) =>
        `(${spec}.?containers.orValue([]).size() > ${index} ? ${secretsOf(`${spec}.containers[${index}]`)} : [])`,
    ),
    `${spec}.?expose.orValue([]).filter(e, has(e.tls)).map(e, e.tls.secretName)`,
  ].join(" + ");

const SECRET = "authorizer.group('').resource('secrets').namespace(request.namespace)";

const identityOf = (side: string): string => {
  const at = (path: string): string => `${side}.?spec.?identity.?${path}`;
  return `(${side} == null ? '' : ${at("aws.?roleArn")}.or(${at("gcp.?serviceAccount")}).or(${at("azure.?clientId")}).orValue(''))`;
};

const namedThings = (installation: Installation): AdmissionPolicy => ({
  ...authored(installation),
  name: "palisade-deputy-secrets",
  about: "Nobody gets at a Secret or at a cloud identity by way of a SecureWorkload that he may not use himself.",
  variables: [
    { name: "oldSecrets", expression: `oldObject == null ? [] : ${namedBy("oldObject.spec")}` },
    { name: "named", expression: namedBy("object.spec") },
    {
      name: "secrets",
      expression: "variables.named.filter(s, !(s in variables.oldSecrets))",
    },
    { name: "mayReadAll", expression: `${SECRET}.check('get').allowed()` },
    { name: "identity", expression: identityOf("object") },
  ],
  validations: [
    {
      expression: `variables.secrets.size() <= ${SECRETS} || variables.mayReadAll`,
      message: `This names more than ${SECRETS} new Secrets at once: add them in several steps, or let somebody write this who may read all Secrets of the namespace.`,
    },
    ...Array.from(
      { length: SECRETS },
      (_, index): Validation => ({
        expression: `variables.secrets.size() <= ${index} || variables.mayReadAll || ${SECRET}.name(variables.secrets[${index}]).check('get').allowed()`,
        message:
          "This names a Secret that you may not read: use one that you may, or let somebody who may read it write this.",
        messageExpression: `variables.secrets.size() <= ${index} ? '' : 'Secret ' + variables.secrets[${index}] + ' may not be read by you: name one that you may read, or let somebody who may read it write this.'`,
      }),
    ),
    {
      expression: any(
        "variables.identity == ''",
        `variables.identity == ${identityOf("oldObject")}`,
        `authorizer.group(${celText(GROUP)}).resource('identities').namespace(request.namespace).name(variables.identity).check('use').allowed()`,
      ),
      message: `You may not use this cloud identity: let the platform team grant you the verb use on identities.${GROUP} of its name, or let somebody who has it write this.`,
    },
  ],
});

export const deputy = (installation: Installation): readonly AdmissionPolicy[] => [
  ...permissionPolicies(installation),
  namedThings(installation),
];
