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

export interface Binding {
  /** Added to the policy's name; a policy with one binding needs none. */
  readonly suffix?: string;
  readonly actions: readonly ("Deny" | "Warn" | "Audit")[];
  /** Selects by the labels of the namespace that the object is in, or is. */
  readonly namespaces?: { readonly label: string; readonly values?: readonly string[] };
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
  const { name, rules, conditions, variables = [], validations, auditAnnotations = [], bindings } = policy;
  return [
    {
      apiVersion: API_VERSION,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name, labels: POLICY_LABELS },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          matchPolicy: "Equivalent",
          namespaceSelector: {},
          objectSelector: {},
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
    ...bindings.map((binding) => bindingObject(name, binding)),
  ];
}

function bindingObject(policyName: string, { suffix, actions, namespaces }: Binding): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: suffix === undefined ? policyName : `${policyName}-${suffix}`, labels: POLICY_LABELS },
    spec: {
      policyName,
      validationActions: actions,
      ...(namespaces === undefined
        ? {}
        : {
            matchResources: {
              matchPolicy: "Equivalent",
              namespaceSelector: {
                matchExpressions: [
                  namespaces.values === undefined
                    ? { key: namespaces.label, operator: "Exists" }
                    : { key: namespaces.label, operator: "In", values: namespaces.values },
                ],
              },
              objectSelector: {},
            },
          }),
    },
  };
}
