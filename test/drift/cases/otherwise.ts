/** Cases that no request to an API server carries out: what becomes of them, and where that is shown. */
import type { DriftCase } from "../case.ts";

const without = (
  number: number,
  title: string,
  who: string,
  otherwise: NonNullable<DriftCase["otherwise"]>,
): DriftCase => ({ number, title, who, attacks: [], otherwise });

export const OTHER_CASES: readonly DriftCase[] = [
  without(98, "a Deployment of others patched with the narrow role", "E", {
    verdict: "prevented",
    by: "RBAC",
    reason:
      "palisade-app-team has no right on Deployments but to read them, and restarts pods by spec.restartedAt; shown by test/integration/roles",
  }),
  without(99, "a way into a workload's pods while the namespace is only observed", "E", {
    verdict: "prevented",
    by: "palisade-connect",
    reason:
      "connections into pods and Services of workloads are refused in every state; shown by test/integration/admission-reach",
  }),
  without(51, "a namespace relabelled to match a selector", "X", {
    verdict: "prevented",
    by: "design",
    reason:
      "peers are selected by `kubernetes.io/metadata.name`, which the API server keeps true, and by a label that only workloads' pods bear; shown by the policies in test/golden/access",
  }),
  without(53, "a pod in the host's network elsewhere, or the pod's own node", "X", {
    verdict: "not in reach",
    by: "nothing",
    reason:
      "NetworkPolicy does not bind a pod's own node, by the definition of the API, and pods in a host's network have the node's address; no native part tells them apart. Mutual TLS between workloads does, and is the application's or the mesh's",
  }),
  without(54, "a network plugin that ignores NetworkPolicy", "X", {
    verdict: "detected",
    by: "condition NetworkPolicyEnforced of the SecurityBaseline",
    reason:
      "the operator's pod is nobody's peer, and every five minutes tries closed ports of workloads: one that lets it in is told of; shown by test/integration/network-probe",
  }),
  without(55, "metadata service, DNS tunnel, wide egress", "P", {
    verdict: "prevented",
    by: "design",
    reason:
      "egress is closed but for declared peers and the cluster's DNS, and the metadata addresses cannot be declared; shown by test/e2e/podinfo and test/reachability. Names asked of the cluster's DNS still leave the cluster through it",
  }),
  without(68, "a payload written and run", "P", {
    verdict: "prevented",
    by: "design",
    reason:
      "the root file system is read-only, and scratch space is sized; read back from running processes by test/e2e (`describeHardening`). Scratch space can be executed from: no native volume is mounted noexec",
  }),
  without(80, "pods from before enrolment", "-", {
    verdict: "prevented",
    by: "enrolment",
    reason:
      "a namespace is sealed only when no foreign pod is left, and names those that are; pods of an adopted controller are replaced by its rollout; shown by test/integration/enrolment and adoption",
  }),
  without(86, "static pods, the kubelet's API, etcd", "node", {
    verdict: "not in reach",
    by: "nothing",
    reason:
      "whoever is root on a node or writes etcd is below the API server, and so below everything that is native to it",
  }),
];
