/** Which of the numbered ways to weaken a workload a set of differences is: metrics and events carry the number. */
import { type Difference, formatPath } from "./diff.ts";

interface CaseRule {
  readonly number: number;
  readonly kind: RegExp;
  readonly path: RegExp;
}

const rule = (number: number, kind: RegExp, path: RegExp): CaseRule => ({ number, kind, path });

/** Whatever runs pods. */
const CONTROLLER = /^(Deployment|StatefulSet|DaemonSet|Job|CronJob)$/;
const POD_SPEC = String.raw`^spec\.(?:jobTemplate\.spec\.)?template\.spec\.`;
const inPod = (pattern: string): RegExp => new RegExp(POD_SPEC + pattern);
const inContainer = (pattern: string): RegExp =>
  new RegExp(`${POD_SPEC}(initContainers|containers)\\[[^\\]]+\\]\\.${pattern}`);

/** The first rule that fits wins, so the narrower ones stand first. */
const RULES: readonly CaseRule[] = [
  rule(74, /^ValidatingAdmissionPolicy(Binding)?$/, /./),
  rule(32, /./, /^metadata\.ownerReferences/),
  rule(35, /./, /^metadata\.finalizers/),
  rule(49, /^Ingress$/, /^metadata\.annotations/),
  rule(63, /^ServiceAccount$/, /^metadata\.annotations/),
  rule(33, /./, /^metadata\.(labels|annotations)/),
  rule(1, CONTROLLER, inPod(String.raw`containers\[[^\]]+\]$`)),
  rule(2, CONTROLLER, inPod("initContainers")),
  rule(4, CONTROLLER, inPod("host(Network|PID|IPC)")),
  rule(16, CONTROLLER, inPod("hostUsers")),
  rule(5, CONTROLLER, inPod("volumes")),
  rule(5, CONTROLLER, inContainer("volumeMounts")),
  rule(6, CONTROLLER, inContainer("env")),
  rule(9, CONTROLLER, inContainer(String.raw`(\w+Probe|lifecycle\.\w+)\.\w+\.host`)),
  rule(8, CONTROLLER, inContainer(String.raw`(command|args|lifecycle|\w+Probe)`)),
  rule(10, CONTROLLER, inPod("shareProcessNamespace")),
  rule(11, CONTROLLER, inPod("(serviceAccount|automountServiceAccountToken)")),
  rule(12, CONTROLLER, inPod("imagePullSecrets")),
  rule(12, CONTROLLER, inContainer("image")),
  rule(13, CONTROLLER, inPod("(hostAliases|dns)")),
  rule(15, CONTROLLER, inPod("runtimeClassName")),
  rule(
    14,
    CONTROLLER,
    inPod("(nodeName|nodeSelector|affinity|tolerations|priority|schedulerName|topologySpreadConstraints)"),
  ),
  rule(17, CONTROLLER, inContainer("resources")),
  rule(17, CONTROLLER, inPod("resources")),
  rule(39, CONTROLLER, inPod("resourceClaims")),
  rule(83, CONTROLLER, inPod("terminationGracePeriodSeconds")),
  rule(84, CONTROLLER, inPod("os")),
  rule(4, CONTROLLER, inContainer("(securityContext|ports)")),
  rule(4, CONTROLLER, inPod("securityContext")),
  rule(18, CONTROLLER, /^spec\.(jobTemplate\.spec\.)?template\.metadata/),
  rule(19, CONTROLLER, /^spec\.(paused|strategy|updateStrategy|suspend|minReadySeconds|progressDeadlineSeconds)/),
  rule(82, CONTROLLER, /^spec\.revisionHistoryLimit/),
  rule(27, CONTROLLER, /^spec\.(replicas|parallelism)/),
  rule(41, /^(Cilium|FQDN)?NetworkPolicy$/, /^spec/),
  rule(44, /^Service$/, /^spec\.(type|ports\[[^\]]+\]\.nodePort|loadBalancer)/),
  rule(45, /^Service$/, /^spec\.externalIPs/),
  rule(46, /^Service$/, /^spec\.(ports|publishNotReadyAddresses)/),
  rule(47, /^Service$/, /^spec/),
  rule(59, /^Role$/, /^rules/),
  rule(56, /^RoleBinding$/, /./),
  rule(64, /^ServiceAccount$/, /./),
  rule(28, /^(HorizontalPodAutoscaler|ScaledObject)$/, /./),
  rule(48, /^(Ingress|HTTPRoute)$/, /^spec/),
  rule(29, /^PodDisruptionBudget$/, /./),
];

/** The case number, or `other`. Deleting an object is case 31; a foreign object is named by who finds it. */
export function driftCase(kind: string, differences: readonly Difference[]): string {
  const paths = differences.map(({ path }) => formatPath(path));
  const found = RULES.find((candidate) => candidate.kind.test(kind) && paths.some((path) => candidate.path.test(path)));
  return found === undefined ? "other" : String(found.number);
}
