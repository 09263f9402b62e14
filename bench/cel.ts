/** How much CEL the API server has to look at for one request: what a policy costs before a clock can tell. Pure. */
import type { AdmissionPolicy, ResourceRule, Selection } from "../src/admission/policy.ts";

export interface AskedRequest {
  readonly group: string;
  /** With its subresource. */
  readonly resource: string;
  readonly operation: ResourceRule["operations"][number];
  /** Of its namespace. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface CelCost {
  readonly policies: number;
  /** Of match conditions, which are asked of every such request, in bytes. */
  readonly conditions: number;
  /** With everything that is evaluated where all conditions hold. */
  readonly atMost: number;
}

const bytes = (expressions: readonly string[]): number =>
  expressions.reduce((sum, expression) => sum + Buffer.byteLength(expression), 0);

const names = (list: readonly string[], name: string): boolean => list.includes("*") || list.includes(name);

function namesResource(list: readonly string[], resource: string): boolean {
  const [plural, subresource] = resource.split("/");
  return list.some((one) => one === "*/*" || one === resource || (subresource !== undefined && one === `${plural}/*`));
}

export function selects(selection: Selection | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (selection === undefined) return true;
  const value = labels[selection.label];
  if (selection.absent === true) return value === undefined;
  return value !== undefined && (selection.values?.includes(value) ?? true);
}

/** Whether the API server looks at the policy for such a request. */
export const isAskedFor = (policy: AdmissionPolicy, { group, resource, operation, labels }: AskedRequest): boolean =>
  policy.rules.some(
    ({ apiGroups, resources, operations }) =>
      names(apiGroups, group) && namesResource(resources, resource) && operations.includes(operation),
  ) &&
  selects(policy.namespaces, labels) &&
  policy.bindings.some(({ namespaces }) => selects(namespaces, labels));

export function celOf(policies: readonly AdmissionPolicy[], request: AskedRequest): CelCost {
  const asked = policies.filter((policy) => isAskedFor(policy, request));
  const conditions = bytes(asked.flatMap((policy) => policy.conditions.map(({ expression }) => expression)));
  const rest = asked.flatMap(({ variables = [], validations }) => [
    ...variables.map(({ expression }) => expression),
    ...validations.map(({ expression }) => expression),
  ]);
  return { policies: asked.length, conditions, atMost: conditions + bytes(rest) };
}

const SEALED = { "palisade.dev/enrolment": "sealed", "kubernetes.io/metadata.name": "shop" };
const ELSEWHERE = { "kubernetes.io/metadata.name": "elsewhere" };

export interface Frequent extends AskedRequest {
  readonly what: string;
  /** In bytes. */
  readonly limit: Pick<CelCost, "conditions" | "atMost">;
}

/** Beside workloads a write is judged; elsewhere conditions end it, and little is evaluated. */
const BESIDE_WORKLOADS = { conditions: 24_000, atMost: 200_000 };
const FOR_OTHERS = { conditions: 8_000, atMost: 100_000 };

/** What is asked most: pods come and go, nodes tell of them, controllers write what they make. */
export const FREQUENT: readonly Frequent[] = [
  { what: "a pod created", group: "", resource: "pods", operation: "CREATE", labels: SEALED, limit: BESIDE_WORKLOADS },
  {
    what: "a pod's status",
    group: "",
    resource: "pods/status",
    operation: "UPDATE",
    labels: SEALED,
    limit: BESIDE_WORKLOADS,
  },
  {
    what: "a Deployment changed",
    group: "apps",
    resource: "deployments",
    operation: "UPDATE",
    labels: SEALED,
    limit: BESIDE_WORKLOADS,
  },
  {
    what: "its status",
    group: "apps",
    resource: "deployments/status",
    operation: "UPDATE",
    labels: SEALED,
    limit: BESIDE_WORKLOADS,
  },
  { what: "an Event", group: "", resource: "events", operation: "CREATE", labels: SEALED, limit: BESIDE_WORKLOADS },
  {
    what: "a lease",
    group: "coordination.k8s.io",
    resource: "leases",
    operation: "UPDATE",
    labels: ELSEWHERE,
    limit: FOR_OTHERS,
  },
  { what: "a pod elsewhere", group: "", resource: "pods", operation: "CREATE", labels: ELSEWHERE, limit: FOR_OTHERS },
  {
    what: "its status there",
    group: "",
    resource: "pods/status",
    operation: "UPDATE",
    labels: ELSEWHERE,
    limit: FOR_OTHERS,
  },
  {
    what: "a ConfigMap elsewhere",
    group: "",
    resource: "configmaps",
    operation: "UPDATE",
    labels: ELSEWHERE,
    limit: FOR_OTHERS,
  },
];
