import type { Problem } from "../../crds/v1alpha1/findings.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { identityProblems } from "../../state/grants/identity.ts";
import { imageProblems } from "../../state/grants/images.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";

/** Everything that is asked for and not granted, as the status says it. */
export function grantProblems(workload: WorkloadRecord, state: ClusterState): readonly Problem[] {
  const { spec, ref } = workload;
  if (spec === undefined) return [];
  const platform = state.platform(ref.namespace);
  return [
    ...imageProblems(spec, platform),
    ...identityProblems(spec, platform),
    ...state.granted.exposure(workload).problems,
    ...state.serviceNames.problemsOf(workload),
  ];
}
