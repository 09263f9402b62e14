/**
 * Which Secrets a SecureWorkload names, and who may name them: whoever may read one, `use` it, or write it. Whoever may create or update a Secret decides
 * what it holds, and `use` is a verb of our own (`palisade-app-team` has it) for those who may not read. All of it counts in the namespace alone where the
 * workload is, and what RBAC gives by `resourceNames` for those names.
 *
 * A check of the authorizer costs 350,000 of the 1,000,000 that an expression may cost, and of the 10,000,000 that a policy may: each is a variable, which
 * counts as an expression and is looked up once at most, and those by name are divided among policies.
 */
import { MAX_PERMISSIONS } from "../crds/v1alpha1/permissions.ts";
import { any, celText } from "../policies/cel.ts";
import type { Validation, Variable } from "./policy.ts";

/** More containers than the API takes. */
const CONTAINERS = 9;

/** Every Secret that a container names. CEL of older API servers cannot flatten lists, so the parts are concatenated. */
const secretsOf = (container: string): string =>
  [
    `${container}.?env.orValue([]).filter(e, has(e.valueFrom) && has(e.valueFrom.secretKeyRef)).map(e, e.valueFrom.secretKeyRef.name)`,
    `${container}.?envFrom.orValue([]).filter(e, has(e.secret)).map(e, e.secret)`,
    `${container}.?files.orValue([]).filter(f, has(f.secret)).map(f, f.secret.name)`,
  ].join(" + ");

/** Every Secret that a spec names, as CEL. */
export const namedBy = (spec: string): string =>
  [
    secretsOf(spec),
    ...Array.from(
      { length: CONTAINERS - 1 },
      (_, index) =>
        `(${spec}.?containers.orValue([]).size() > ${index} ? ${secretsOf(`${spec}.containers[${index}]`)} : [])`,
    ),
    `${spec}.?expose.orValue([]).filter(e, has(e.tls)).map(e, e.tls.secretName)`,
  ].join(" + ");

/** The Secrets that `permissions` of a spec name. */
const secretsOfPermissions = (spec: string): string =>
  Array.from({ length: MAX_PERMISSIONS }, (_, index) => {
    const entry = `${spec}.permissions[${index}]`;
    return `(${spec}.?permissions.orValue([]).size() > ${index} && 'secrets' in ${entry}.resources ? ${entry}.?resourceNames.orValue([]) : [])`;
  }).join(" + ");

const asksFor = (spec: string): string => `${namedBy(spec)} + ${secretsOfPermissions(spec)}`;

const ASKED = "authorizer.group('').resource('secrets').namespace(request.namespace)";
/** In the order in which most authors hold them. */
const VERBS = ["use", "get", "update", "create"] as const;
/** What is created has no name yet that RBAC could look at. */
const VERBS_BY_NAME = ["use", "get", "update"] as const;

const check = (name: string, who: string, verb: string): Variable => ({
  name,
  expression: `${who}.check(${celText(verb)}).allowed()`,
});
const MAY_ALL: readonly Variable[] = VERBS.map((verb) => check(`${verb}All`, ASKED, verb));
const anyOf = (variables: readonly Variable[]): string => any(...variables.map(({ name }) => `variables.${name}`));

const VARIABLES: readonly Variable[] = [
  { name: "oldSecrets", expression: `oldObject == null ? [] : ${asksFor("oldObject.spec")}` },
  { name: "named", expression: asksFor("object.spec") },
  { name: "secrets", expression: "variables.named.filter(s, !(s in variables.oldSecrets))" },
  ...MAY_ALL,
];

const WAY_OUT =
  "ask the platform team for the verb use on secrets, which palisade-app-team has, or ask somebody who may name it to apply this.";

/** Secrets checked by name in one policy. */
const PER_POLICY = 6;
const POLICIES = 4;
const CHECKED = PER_POLICY * POLICIES;

const nameable = (index: number): { readonly checks: readonly Variable[]; readonly validation: Validation } => {
  const secret = `variables.secrets[${index}]`;
  const isAbsent = `variables.secrets.size() <= ${index}`;
  const checks = VERBS_BY_NAME.map((verb) => check(`${verb}${index}`, `${ASKED}.name(${secret})`, verb));
  return {
    checks,
    validation: {
      expression: any(isAbsent, anyOf(MAY_ALL), anyOf(checks)),
      message: `This names a Secret that you may not use: ${WAY_OUT}`,
      messageExpression: `${isAbsent} ? '' : 'You may not use Secret ' + ${secret} + ': ${WAY_OUT}'`,
    },
  };
};

const tooMany: Validation = {
  expression: any(`variables.secrets.size() <= ${CHECKED}`, anyOf(MAY_ALL)),
  message: `This adds more than ${CHECKED} Secrets at once: add them in several steps, or ask somebody who may use all Secrets of the namespace to apply this.`,
};

/** For each policy, its share of the Secrets that a spec newly names. */
export const NAMED_SECRETS: readonly {
  readonly variables: readonly Variable[];
  readonly validations: readonly Validation[];
}[] = Array.from({ length: POLICIES }, (_, policy) => {
  const shares = Array.from({ length: PER_POLICY }, (_each, index) => nameable(policy * PER_POLICY + index));
  return {
    variables: [...VARIABLES, ...shares.flatMap(({ checks }) => checks)],
    validations: [...(policy === 0 ? [tooMany] : []), ...shares.map(({ validation }) => validation)],
  };
});
