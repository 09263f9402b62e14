/** A ValidatingAdmissionPolicy and its bindings, as the API server stores them: every default is written out, so that nothing is learned. */
import { MANAGED_BY_LABEL } from "../crds/group.ts";
import type { KubeObject } from "../kopf/object.ts";

const API_VERSION = "admissionregistration.k8s.io/v1";

/** By these the keeper knows what is ours to keep, or to take away when this version has no such policy. */
export const POLICY_PREFIX = "palisade-";
export const POLICY_LABELS = { [MANAGED_BY_LABEL]: "palisade" } as const;

export interface ResourceRule {
  readonly apiGroups: readonly string[];
  /** `*` unless set: a rule holds for whatever version somebody writes. */
  readonly apiVersions?: readonly string[];
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE" | "CONNECT")[];
  readonly resources: readonly string[];
  readonly scope?: "Namespaced" | "Cluster" | "*";
}

export interface Validation {
  readonly expression: string;
  /** What is refused and what to do instead. */
  readonly message: string;
  /** CEL that gives the message, where it must name something; `message` is said when it fails. */
  readonly messageExpression?: string;
  readonly reason?: "Forbidden" | "Invalid" | "Unauthorized" | "RequestEntityTooLarge";
}

/** Labels that have this one, or have it not. */
export interface Selection {
  readonly label: string;
  /** Any unless set. */
  readonly values?: readonly string[];
  readonly absent?: true;
}

/** Objects that the validations read as `params`. All of them have to satisfy those, and a request for which there is none is refused. */
export interface Parameters {
  readonly apiVersion: string;
  readonly kind: string;
  /** Of one object of the cluster; all those of the request's namespace unless set, and a Namespace is in itself. */
  readonly name?: string;
}

export interface Binding {
  /** Added to the policy's name; a policy with one binding needs none. */
  readonly suffix?: string;
  readonly actions: readonly ("Deny" | "Warn" | "Audit")[];
  /** Selects by the labels of the namespace that the object is in, or is. */
  readonly namespaces?: Selection;
}

/** CEL by a name. */
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
  /** What it is for, in one sentence: the reference page says it. */
  readonly about: string;
  readonly rules: readonly ResourceRule[];
  readonly parameters?: Parameters;
  /** As in a binding. Here they keep a failure to find the parameters from every other request too. */
  readonly namespaces?: Selection;
  /** Selects by the labels of the object, as it was or as it is to be: either will do. */
  readonly objects?: Selection;
  /** All must hold for the policy to look at a request; variables are not known to them. */
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
        failurePolicy: "Fail",
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

const paramRefOf = ({ name }: Parameters): object => ({
  ...(name === undefined ? { selector: {} } : { name }),
  parameterNotFoundAction: "Deny",
});
