/** Which of the numbered ways to weaken a workload a set of differences is: metrics and events carry the number. */
import { type Difference, formatPath } from "./diff.ts";

interface CaseRule {
  readonly number: number;
  readonly kind: RegExp;
  readonly path: RegExp;
}

const rule = (number: number, kind: RegExp, path: RegExp): CaseRule => ({ number, kind, path });

const DEPLOYMENT = /^Deployment$/;
const POD_SPEC = String.raw`^spec\.template\.spec\.`;
const inPod = (pattern: string): RegExp => new RegExp(POD_SPEC + pattern);
const inContainer = (pattern: string): RegExp =>
  new RegExp(`${POD_SPEC}(initContainers|containers)\\[[^\\]]+\\]\\.${pattern}`);

/** The first rule that fits wins, so the narrower ones stand first. */
const RULES: readonly CaseRule[] = [
  rule(32, /./, /^metadata\.ownerReferences/),
  rule(35, /./, /^metadata\.finalizers/),
  rule(33, /./, /^metadata\.(labels|annotations)/),
  rule(1, DEPLOYMENT, inPod(String.raw`containers\[[^\]]+\]$`)),
  rule(2, DEPLOYMENT, inPod("initContainers")),
  rule(4, DEPLOYMENT, inPod("host(Network|PID|IPC)")),
  rule(16, DEPLOYMENT, inPod("hostUsers")),
  rule(5, DEPLOYMENT, inPod("volumes")),
  rule(5, DEPLOYMENT, inContainer("volumeMounts")),
  rule(6, DEPLOYMENT, inContainer("env")),
  rule(9, DEPLOYMENT, inContainer(String.raw`(\w+Probe|lifecycle\.\w+)\.\w+\.host`)),
  rule(8, DEPLOYMENT, inContainer(String.raw`(command|args|lifecycle|\w+Probe)`)),
  rule(10, DEPLOYMENT, inPod("shareProcessNamespace")),
  rule(11, DEPLOYMENT, inPod("(serviceAccount|automountServiceAccountToken)")),
  rule(12, DEPLOYMENT, inPod("imagePullSecrets")),
  rule(12, DEPLOYMENT, inContainer("image")),
  rule(13, DEPLOYMENT, inPod("(hostAliases|dns)")),
  rule(15, DEPLOYMENT, inPod("runtimeClassName")),
  rule(
    14,
    DEPLOYMENT,
    inPod("(nodeName|nodeSelector|affinity|tolerations|priority|schedulerName|topologySpreadConstraints)"),
  ),
  rule(17, DEPLOYMENT, inContainer("resources")),
  rule(17, DEPLOYMENT, inPod("resources")),
  rule(39, DEPLOYMENT, inPod("resourceClaims")),
  rule(83, DEPLOYMENT, inPod("terminationGracePeriodSeconds")),
  rule(84, DEPLOYMENT, inPod("os")),
  rule(4, DEPLOYMENT, inContainer("(securityContext|ports)")),
  rule(4, DEPLOYMENT, inPod("securityContext")),
  rule(18, DEPLOYMENT, /^spec\.template\.metadata/),
  rule(19, DEPLOYMENT, /^spec\.(paused|strategy|minReadySeconds|progressDeadlineSeconds)/),
  rule(82, DEPLOYMENT, /^spec\.revisionHistoryLimit/),
  rule(27, DEPLOYMENT, /^spec\.replicas/),
  rule(41, /^NetworkPolicy$/, /^spec/),
  rule(44, /^Service$/, /^spec\.(type|ports\[[^\]]+\]\.nodePort|loadBalancer)/),
  rule(45, /^Service$/, /^spec\.externalIPs/),
  rule(46, /^Service$/, /^spec\.(ports|publishNotReadyAddresses)/),
  rule(47, /^Service$/, /^spec/),
  rule(59, /^Role$/, /^rules/),
  rule(56, /^RoleBinding$/, /./),
  rule(64, /^ServiceAccount$/, /./),
  rule(29, /^PodDisruptionBudget$/, /./),
];

/** The case number, or `other`. Deleting an object is case 31; a foreign object is named by who finds it. */
export function driftCase(kind: string, differences: readonly Difference[]): string {
  const paths = differences.map(({ path }) => formatPath(path));
  const found = RULES.find((candidate) => candidate.kind.test(kind) && paths.some((path) => candidate.path.test(path)));
  return found === undefined ? "other" : String(found.number);
}
