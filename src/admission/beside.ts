/**
 * Tools that people run beside Palisade and whose objects it refuses. A refusal that only says what a sealed namespace is for leaves its reader to
 * find out the rest; these say what to do with this tool. docs/guides/beside.md has all of them.
 */
import { RESTORED_LABEL } from "../crds/group.ts";
import { CANARY, ROLLOUT } from "../kubernetes/kinds.ts";
import { any, celText } from "../policies/cel.ts";
import type { AdmissionPolicy, Variable } from "./policy.ts";
import { listAt, mapAt, SIDES } from "./request.ts";

interface Tool {
  /** CEL that tells its objects. */
  readonly is: string;
  /** What to do instead. */
  readonly way: string;
}

const hasLabel = (label: string): string =>
  any(...SIDES.map((side) => `${celText(label)} in ${mapAt(side, "metadata", "labels")}`));

const isOwnedBy = (group: string, kind: string): string =>
  `${listAt("object", "metadata", "ownerReferences")}.exists(o, o.kind == ${celText(kind)} && o.apiVersion.startsWith(${celText(`${group}/`)}))`;

const isIn = (group: string): string => `request.resource.group == ${celText(group)}`;

/** What GitOps and backups write is told first: they may carry the objects of any of the others. */
const TOOLS: readonly Tool[] = [
  {
    is: hasLabel(RESTORED_LABEL),
    way: "Palisade creates this object from its SecureWorkload, so a restore need not: leave this kind out of the backup. docs/runbooks/restore.md says which kinds to keep.",
  },
  {
    is: hasLabel("acme.cert-manager.io/http01-solver"),
    way: "cert-manager's HTTP-01 solver cannot run beside workloads: use a DNS-01 solver, or issue the certificate in another namespace and copy its Secret. docs/guides/beside.md shows both.",
  },
  {
    is: any(isIn(ROLLOUT.group), isOwnedBy(ROLLOUT.group, ROLLOUT.kind), hasLabel("rollouts-pod-template-hash")),
    way: "Argo Rollouts cannot run beside workloads: a SecureWorkload rolls itself out, see its spec.rollout, or give the Rollout a namespace without workloads. docs/guides/beside.md says more.",
  },
  {
    is: any(isIn(CANARY.group), isOwnedBy(CANARY.group, CANARY.kind)),
    way: "Flagger cannot run beside workloads: a SecureWorkload rolls itself out, see its spec.rollout, or give the Canary a namespace without workloads. docs/guides/beside.md says more.",
  },
  {
    is: any(hasLabel("multicluster.kubernetes.io/service-name"), isOwnedBy("multicluster.x-k8s.io", "ServiceImport")),
    way: "Services of other clusters cannot be imported beside workloads: import them in another namespace, and name their networks in access.outbound. docs/guides/beside.md says more.",
  },
];

const BESIDE: Variable = {
  name: "beside",
  expression: `${TOOLS.map(({ is, way }) => `(${is}) ? ${celText(way)} : `).join("")}''`,
};

/** A message expression: what to do with the tool, or else `expression`; the API server uses the plain message where that is empty. */
const besideOr = (expression = "''"): string => `variables.beside == '' ? (${expression}) : variables.beside`;

/** The policy with refusals that say what to do with these tools. Which of several policies refuses first is chance, so all of them say it. */
export const toldBeside = ({ variables = [], validations, ...policy }: AdmissionPolicy): AdmissionPolicy => ({
  ...policy,
  variables: [...variables, BESIDE],
  validations: validations.map((one) => ({ ...one, messageExpression: besideOr(one.messageExpression) })),
});

const SERVICE_NAME = "kubernetes.io/service-name";

/**
 * An EndpointSlice of a multi-cluster Service (KEP-1645), which no kube-proxy routes by: it has the label of that and not that of a Service. It only
 * tells other clusters, and their DNS, where pods are.
 */
export const isOfClusterSet = [
  "request.resource.group == 'discovery.k8s.io'",
  ...SIDES.map(
    (side) =>
      `(${side} == null || (${celText("multicluster.kubernetes.io/service-name")} in ${mapAt(side, "metadata", "labels")} && !(${celText(SERVICE_NAME)} in ${mapAt(side, "metadata", "labels")})))`,
  ),
].join(" && ");
