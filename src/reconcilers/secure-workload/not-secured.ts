/** A namespace that is not closed, or not any more: nothing new is made in it, and what is there is put right all the same. */
import type { Problem } from "../../crds/v1alpha1/findings.ts";
import type { Plan } from "../../plan/action.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { isOn } from "../namespace/lists.ts";
import { isSecured } from "../namespace/reconciler.ts";
import type { Seen } from "./observe.ts";

const NOT_SECURED = {
  reason: "NamespaceNotSecured",
  message:
    "Palisade closes the namespace first: its default-deny NetworkPolicy, its Pod Security labels and its list of workloads",
} as const;

/** With what is against it: no room in the lists of the namespace, or what the API server says. */
export function notSecuredProblem({ ref }: WorkloadRecord, { memory }: ClusterState): Problem {
  const { refusal, unlisted = [] } = memory.ofNamespace(ref.namespace);
  if (unlisted.includes(ref.name))
    return {
      ...NOT_SECURED,
      message: `The lists of this namespace, which tell the API server what to protect, have no room for ${unlisted.length} of its workloads: delete some, or use another namespace`,
    };
  return refusal === undefined
    ? NOT_SECURED
    : { ...NOT_SECURED, message: `${NOT_SECURED.message}. The API server refuses that: ${refusal}` };
}

export const RETRY_NOT_SECURED_MS = 2_000;

/** Whether the namespace names a workload: until then nothing protects what is made for it. One that has children was named before. */
const isNamed = ({ ref, status }: WorkloadRecord, { namespaces }: ClusterState): boolean =>
  (status.children ?? []).length > 0 || isOn(namespaces.get(ref.namespace)?.marks ?? {}, ref.name);

/** Whether the workload waits for its namespace. Where nothing is enforced, nothing does. */
export const waitsForNamespace = (
  { workload, enforcement }: Pick<Seen, "workload" | "enforcement">,
  state: ClusterState,
): boolean => enforcement !== "Report" && !(isSecured(state, workload.ref.namespace) && isNamed(workload, state));

/** Of a plan, what undoes: somebody's changes, and foreign objects. A label that somebody takes from the namespace must not keep a tampered child. */
export const correctionsOf = (plan: Plan): Plan => ({
  ...plan,
  actions: plan.actions.filter(({ driftCase, verb }) => driftCase !== undefined && verb !== "create"),
});
