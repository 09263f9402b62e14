/** What no pass can change: a namespace that is not for workloads, or a spec that this version cannot read. */
import type { Problem } from "../../crds/v1alpha1/findings.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { isRefusedNamespace } from "../refused-namespace.ts";

export function notRunnableProblem({ ref, invalid }: WorkloadRecord, state: ClusterState): Problem | undefined {
  const { namespace } = ref;
  if (isRefusedNamespace(namespace, state.installation))
    return {
      reason: "NamespaceRefused",
      message: `no workload runs in ${namespace}: create a namespace for the application and move it there`,
    };
  return invalid === undefined ? undefined : { reason: "InvalidSpec", message: invalid };
}
