/** A ValidatingAdmissionPolicy and its bindings as the API server stores them, with every default spelled out. */
import type { KubeObject } from "kopf-ts";
import { MANAGED_BY_LABEL } from "../crds/group.ts";

const API_VERSION = "admissionregistration.k8s.io/v1";

/** The policy controller identifies our objects by these, including those of other versions. */
export const POLICY_PREFIX = "palisade-";
export const POLICY_LABELS = { [MANAGED_BY_LABEL]: "palisade" } as const;

export interface ResourceRule {
  readonly apiGroups: readonly string[];
  /** Defaults to `*`: a rule applies to every API version. */
  readonly apiVersions?: readonly string[];
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE" | "CONNECT")[];
  readonly resources: readonly string[];
  readonly scope?: "Namespaced" | "Cluster" | "*";
}

export interface Validation {
  readonly expression: string;
  /** What is refused, and what to do instead. */
  readonly message: string;
  /** CEL for a message that names something; the API server uses `message` if it fails or is empty. */
  readonly messageExpression?: string;
  readonly reason?: "Forbidden" | "Invalid" | "Unauthorized" | "RequestEntityTooLarge";
}

/** Objects that have, or lack, a label. */
export interface Selection {
  readonly label: string;
  /** Defaults to any value. */
  readonly values?: readonly string[];
  readonly absent?: true;
}

/** Objects that the validations use as `params`. All of them must pass; without any, the request is refused unless said otherwise. */
export interface Parameters {
  readonly apiVersion: string;
  readonly kind: string;
  /** Name of a cluster-scoped object. By default all objects of the request's namespace; a Namespace counts as inside itself. */
  readonly name?: string;
  /** Conditions are asked only with parameters: what is refused without any is refused to everybody. */
  readonly whenMissing?: "Allow";
}

export interface Binding {
  /** Suffix of the policy's name; not needed for a single binding. */
  readonly suffix?: string;
  readonly actions: readonly ("Deny" | "Warn" | "Audit")[];
  /** Selects by labels of the object's namespace, or of the object if it is a Namespace. */
  readonly namespaces?: Selection;
}

/** A named CEL expression. */
export interface Named {
  readonly name: string;
  readonly expression: string;
}

export type Condition = Named;
export type Variable = Named;

export interface AdmissionPolicy {
  /** Starts with {@link POLICY_PREFIX}. */
  readonly name: string;
  /** The drift cases that it prevents. */
  readonly cases: readonly number[];
  /** Purpose in one sentence, for the reference page. */
  readonly about: string;
  readonly rules: readonly ResourceRule[];
  /** Only where the operator reports the same: a kind of parameters that is gone would refuse whatever the rules match. */
  readonly failurePolicy?: "Ignore";
  readonly parameters?: Parameters;
  /** As in a binding. Here, missing parameters affect only requests that match. */
  readonly namespaces?: Selection;
  /** Selects by labels of the old or new object; one match suffices. */
  readonly objects?: Selection;
  /** All must hold for the policy to apply; they cannot use variables. */
  readonly conditions: readonly Condition[];
  /** Later ones may use earlier ones. */
  readonly variables?: readonly Variable[];
  readonly validations: readonly Validation[];
  readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[];
  readonly bindings: readonly Binding[];
}

/** The policy, then its bindings. */
export function admissionObjects(policy: AdmissionPolicy): readonly KubeObject[] {
  const { name, rules, parameters, conditions, variables = [], validations, auditAnnotations = [], bindings } = policy;
  return [
    {
      apiVersion: API_VERSION,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name, labels: POLICY_LABELS },
      spec: {
        failurePolicy: policy.failurePolicy ?? "Fail",
        ...(parameters === undefined
          ? {}
          : { paramKind: { apiVersion: parameters.apiVersion, kind: parameters.kind } }),
        matchConstraints: {
          matchPolicy: "Equivalent",
          namespaceSelector: selectorOf(policy.namespaces),
          objectSelector: selectorOf(policy.objects),
          resourceRules: rules.map(({ apiVersions = ["*"], scope = "*", ...rule }) => ({
            ...rule,
            apiVersions,
            scope,
          })),
        },
        ...(conditions.length === 0 ? {} : { matchConditions: conditions }),
        ...(variables.length === 0 ? {} : { variables }),
        validations: validations.map(({ reason = "Forbidden", ...validation }) => ({ ...validation, reason })),
        ...(auditAnnotations.length === 0 ? {} : { auditAnnotations }),
      },
    },
    ...bindings.map((binding) => bindingObject(policy, binding)),
  ];
}

function selectorOf(selection: Selection | undefined): object {
  if (selection === undefined) return {};
  const { label: key, values, absent } = selection;
  if (absent) return { matchExpressions: [{ key, operator: "DoesNotExist" }] };
  return { matchExpressions: [values === undefined ? { key, operator: "Exists" } : { key, operator: "In", values }] };
}

function bindingObject({ name: policyName, parameters }: AdmissionPolicy, binding: Binding): KubeObject {
  const { suffix, actions, namespaces } = binding;
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: suffix === undefined ? policyName : `${policyName}-${suffix}`, labels: POLICY_LABELS },
    spec: {
      policyName,
      validationActions: actions,
      ...(parameters === undefined ? {} : { paramRef: paramRefOf(parameters) }),
      ...(namespaces === undefined
        ? {}
        : {
            matchResources: {
              matchPolicy: "Equivalent",
              namespaceSelector: selectorOf(namespaces),
              objectSelector: {},
            },
          }),
    },
  };
}

const paramRefOf = ({ name, whenMissing }: Parameters): object => ({
  ...(name === undefined ? { selector: {} } : { name }),
  parameterNotFoundAction: whenMissing ?? "Deny",
});
