/**
 * The operator acts on SecureWorkloads with far more permissions than most authors have. These policies prevent a confused deputy
 * (DRIFT 77): authors must themselves hold everything that they newly request.
 *
 * An authorizer check costs 350,000; the limits are 1,000,000 per expression and 10,000,000 per policy. So each
 * permission of the menu has its own validation, several policies share the menu, and a check runs only if the
 * permission is requested.
 */
import { GROUP, SECURE_WORKLOAD } from "../crds/group.ts";
import { PERMISSION_MENU } from "../crds/v1alpha1/permission-menu.ts";
import type { Installation } from "../installation.ts";
import { all, any, celText } from "../policies/cel.ts";
import { isOnMenu } from "./custom-resources.ts";
import { NAMED_SECRETS } from "./named-secrets.ts";
import type { AdmissionPolicy, Validation, Variable } from "./policy.ts";
import { byOthers, listAt } from "./request.ts";

/** Leaves a tenth of the policy's budget for everything else. */
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

/** A permission limited to names must be held for all names: there may be too many to check one by one. */
const holdsPermission = (permission: Permission): Validation => {
  const { group, resource, verb } = permission;
  return {
    expression: any(`!${isAsked(permission)}`, checkOf(permission)),
    message: `spec.permissions requests ${verb} on ${group === "" ? resource : `${resource}.${group}`}, which you do not have in this namespace: remove it, or ask somebody who has it to apply this.`,
  };
};

/** Unchanged entries need no new check; an entry that lost its names does. */
const ASKED = `${listAt("object", "spec", "permissions")}.filter(p, !(p in ${listAt("oldObject", "spec", "permissions")}))`;

const permissionPolicies = (installation: Installation): readonly AdmissionPolicy[] =>
  Array.from({ length: Math.ceil(MENU.length / CHECKS_PER_POLICY) }, (_, index) => ({
    ...authored(installation),
    name: `palisade-deputy-${index + 1}`,
    about: "The author of a SecureWorkload can request only permissions that he has himself.",
    variables: [{ name: "asked", expression: ASKED }],
    validations: MENU.slice(index * CHECKS_PER_POLICY, (index + 1) * CHECKS_PER_POLICY).map(holdsPermission),
  }));

/** Which entries go beyond the menu: what is granted to a workload, not everybody may ask for who writes workloads. */
const BEYOND = any(`variables.asked.exists(p, !${isOnMenu("p")})`, "variables.reads");

const identityOf = (side: string): string => {
  const at = (path: string): string => `${side}.?spec.?identity.?${path}`;
  return `(${side} == null ? '' : ${at("aws.?roleArn")}.or(${at("gcp.?serviceAccount")}).or(${at("azure.?clientId")}).orValue(''))`;
};

/** What stands beside the first Secrets: three more checks. */
const grantedThings = (): Pick<AdmissionPolicy, "validations"> & { readonly variables: readonly Variable[] } => ({
  variables: [
    { name: "identity", expression: identityOf("object") },
    { name: "asked", expression: ASKED },
    {
      name: "reads",
      expression:
        "object.spec.?clusterReads.orValue([]).exists(r, oldObject == null || !(r in oldObject.spec.?clusterReads.orValue([])))",
    },
  ],
  validations: [
    {
      expression: any(
        "variables.identity == ''",
        `variables.identity == ${identityOf("oldObject")}`,
        `authorizer.group(${celText(GROUP)}).resource('identities').namespace(request.namespace).name(variables.identity).check('use').allowed()`,
      ),
      message: `You may not use this cloud identity: ask the platform team for the verb use on identities.${GROUP} with its name, or ask somebody who has it to apply this.`,
    },
    {
      expression: any(
        `!(${BEYOND})`,
        `authorizer.group(${celText(GROUP)}).resource('permissions').namespace(request.namespace).name(object.metadata.name).check('use').allowed()`,
      ),
      message: `You may not ask for permissions beyond the menu here: ask the platform team for the verb use on permissions.${GROUP} with the workload's name, which palisade-app-team has, or ask somebody who has it to apply this.`,
    },
  ],
});

const secretPolicies = (installation: Installation): readonly AdmissionPolicy[] =>
  NAMED_SECRETS.map((named, index): AdmissionPolicy => {
    const beside = index === 0 ? grantedThings() : { variables: [], validations: [] };
    return {
      ...authored(installation),
      name: index === 0 ? "palisade-deputy-secrets" : `palisade-deputy-secrets-${index + 1}`,
      about:
        index === 0
          ? "The author of a SecureWorkload can name only Secrets and cloud identities that he may use himself, and ask for permissions beyond the menu only where he may use what is granted."
          : "The author of a SecureWorkload can name only Secrets that he may use himself.",
      variables: [...named.variables, ...beside.variables],
      validations: [...named.validations, ...beside.validations],
    };
  });

export const deputy = (installation: Installation): readonly AdmissionPolicy[] => [
  ...permissionPolicies(installation),
  ...secretPolicies(installation),
];
