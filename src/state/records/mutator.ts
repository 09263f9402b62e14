/** What is kept of what may change objects on their way in: whom it selects. Pure. */
import type { KubeObject } from "kopf-ts";
import { couldMatch, type LabelSelector } from "../../kubernetes/selectors.ts";

/** A mutating webhook, a MutatingAdmissionPolicy, or the binding of one. */
export interface Mutator {
  readonly selections: readonly Selection[];
  /** Of a binding: the policy that it puts into force. */
  readonly policy: string | undefined;
  /** Of the whole configuration: what it does may change with it. */
  readonly generation: number;
}

interface Selection {
  readonly namespaces: LabelSelector;
  readonly objects: LabelSelector;
  readonly resources: readonly {
    readonly group: string;
    readonly plural: string;
    readonly operations: readonly string[];
  }[];
}

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly operations?: readonly string[];
  readonly resources?: readonly string[];
}

interface Matching {
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly rules?: readonly Rule[];
  readonly resourceRules?: readonly Rule[];
}

export function shapeMutator(object: KubeObject): Mutator {
  const { webhooks, spec } = object as KubeObject & {
    readonly webhooks?: readonly Matching[];
    readonly spec?: {
      readonly policyName?: string;
      readonly matchConstraints?: Matching;
      readonly matchResources?: Matching;
    };
  };
  const matching = webhooks ?? [spec?.matchConstraints ?? spec?.matchResources ?? {}];
  return {
    selections: matching.map(selectionOf),
    policy: spec?.policyName,
    generation: object.metadata.generation ?? 0,
  };
}

const selectionOf = ({ namespaceSelector, objectSelector, rules, resourceRules }: Matching): Selection => ({
  namespaces: namespaceSelector ?? {},
  objects: objectSelector ?? {},
  resources: (rules ?? resourceRules ?? []).flatMap(({ apiGroups = [], resources = [], operations = ["*"] }) =>
    apiGroups.flatMap((group) => resources.map((plural) => ({ group, plural, operations }))),
  ),
});

/** What a mutator is asked about. */
export interface Mutated {
  readonly group: string;
  readonly plural: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  /** CREATE unless said. */
  readonly operation?: "CREATE" | "UPDATE";
}

/** Whether it could change such an object when that is written so. A binding without rules of its own takes its policy's. */
export const couldMutate = ({ selections, policy }: Mutator, mutated: Mutated): boolean =>
  selections.some(
    ({ namespaces, objects, resources }) =>
      couldMatch(namespaces, mutated.namespaceLabels) &&
      couldMatch(objects, mutated.labels) &&
      ((policy !== undefined && resources.length === 0) ||
        resources.some(
          ({ group, plural, operations }) =>
            isOrAll(group, mutated.group) &&
            isOrAll(plural, mutated.plural) &&
            operations.some((operation) => isOrAll(operation, mutated.operation ?? "CREATE")),
        )),
  );

const isOrAll = (said: string, asked: string): boolean => said === "*" || said === "*/*" || said === asked;
