/** Numbers of the drift catalogue: metrics and Events name a change on an object by the number of its case. Pure. */
import type { Resource } from "kopf-ts";
import { VALIDATING_ADMISSION_POLICY, VALIDATING_ADMISSION_POLICY_BINDING } from "../kubernetes/kinds.ts";
import { type Difference, formatPath } from "./diff.ts";

/** Differences at paths that match are this case. */
export interface DriftCase {
  readonly number: number;
  readonly path: RegExp;
}

export const caseAt = (number: number, path: RegExp): DriftCase => ({ number, path });

/** Whatever the kind, before its own cases. */
const OWNERSHIP: readonly DriftCase[] = [caseAt(32, /^metadata\.ownerReferences/), caseAt(35, /^metadata\.finalizers/)];

const METADATA: readonly DriftCase[] = [caseAt(33, /^metadata\.(labels|annotations)/)];

/**
 * Every case of one kind in the order in which they are tried; `fields` in the kind's own order, the narrower paths first.
 * `annotations` is for kinds whose annotations are read by a controller, so that writing one is more than a mark.
 */
export const driftCases = (
  fields: readonly DriftCase[],
  { annotations }: { readonly annotations?: number } = {},
): readonly DriftCase[] => [
  ...OWNERSHIP,
  ...(annotations === undefined ? [] : [caseAt(annotations, /^metadata\.annotations/)]),
  ...METADATA,
  ...fields,
];

const POD_SPEC = String.raw`^spec\.(?:jobTemplate\.spec\.)?template\.spec\.`;
const inPod = (pattern: string): RegExp => new RegExp(POD_SPEC + pattern);
const inContainer = (pattern: string): RegExp =>
  new RegExp(`${POD_SPEC}(initContainers|containers)\\[[^\\]]+\\]\\.${pattern}`);

/** Cases of every kind that runs pods. */
export const POD_CONTROLLER_CASES: readonly DriftCase[] = [
  caseAt(1, inPod(String.raw`containers\[[^\]]+\]$`)),
  caseAt(2, inPod("initContainers")),
  caseAt(4, inPod("host(Network|PID|IPC)")),
  caseAt(16, inPod("hostUsers")),
  caseAt(5, inPod("volumes")),
  caseAt(5, inContainer("volumeMounts")),
  caseAt(6, inContainer("env")),
  caseAt(9, inContainer(String.raw`(\w+Probe|lifecycle\.\w+)\.\w+\.host`)),
  caseAt(8, inContainer(String.raw`(command|args|lifecycle|\w+Probe)`)),
  caseAt(10, inPod("shareProcessNamespace")),
  caseAt(11, inPod("(serviceAccount|automountServiceAccountToken)")),
  caseAt(12, inPod("imagePullSecrets")),
  caseAt(12, inContainer("image")),
  caseAt(13, inPod("(hostAliases|dns)")),
  caseAt(15, inPod("runtimeClassName")),
  caseAt(14, inPod("(nodeName|nodeSelector|affinity|tolerations|priority|schedulerName|topologySpreadConstraints)")),
  caseAt(17, inContainer("resources")),
  caseAt(17, inPod("resources")),
  caseAt(39, inPod("resourceClaims")),
  caseAt(83, inPod("terminationGracePeriodSeconds")),
  caseAt(84, inPod("os")),
  caseAt(4, inContainer("(securityContext|ports)")),
  caseAt(4, inPod("securityContext")),
  caseAt(18, /^spec\.(jobTemplate\.spec\.)?template\.metadata/),
  caseAt(19, /^spec\.(paused|strategy|updateStrategy|suspend|minReadySeconds|progressDeadlineSeconds)/),
  caseAt(82, /^spec\.revisionHistoryLimit/),
  caseAt(27, /^spec\.(replicas|parallelism)/),
];

const ADMISSION: ReadonlySet<Resource> = new Set([VALIDATING_ADMISSION_POLICY, VALIDATING_ADMISSION_POLICY_BINDING]);

/** Cases of what the operator writes beside the children of workloads. */
export const casesOfOthers = (resource: Resource): readonly DriftCase[] =>
  ADMISSION.has(resource) ? [caseAt(74, /./)] : driftCases([]);

/** The number of the first case that holds one of the differences, or `other`. */
export function driftCaseAmong(cases: readonly DriftCase[], differences: readonly Difference[]): string {
  const paths = differences.map(({ path }) => formatPath(path));
  const found = cases.find((candidate) => paths.some((path) => candidate.path.test(path)));
  return found === undefined ? "other" : String(found.number);
}
