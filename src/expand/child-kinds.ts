/** The table of child kinds: a workload becomes everything it needs to run locked down. Pure: the same input gives the same objects. */
import type { KubeObject, Resource } from "kopf-ts";
import { MAX_EXPOSED } from "../crds/v1alpha1/expose.ts";
import {
  CALICO_NETWORK_POLICY,
  CILIUM_NETWORK_POLICY,
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  FQDN_NETWORK_POLICY,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  JOB,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  POD_MONITOR,
  ROLE,
  ROLE_BINDING,
  SCALED_OBJECT,
  SERVICE,
  SERVICE_ACCOUNT,
  SERVICE_MONITOR,
  STATEFUL_SET,
} from "../kubernetes/kinds.ts";
import { calicoName, handoverName, headlessName, rbacName, workloadOfHandover, workloadOfHeadless } from "../names.ts";
import { type Difference, formatPath } from "../plan/diff.ts";
import { caseAt, casesOfOthers, driftCaseAmong, driftCases, POD_CONTROLLER_CASES } from "../plan/drift-cases.ts";
import type { ChildKind, ChildName, DetectorFile, ForeignRule } from "./child-kind.ts";
import { buildDaemonSet } from "./daemon-set.ts";
import { buildDeployment } from "./deployment.ts";
import { buildHorizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import { buildCalicoNetworkPolicy, buildCiliumNetworkPolicy, buildFqdnNetworkPolicy } from "./host-policies.ts";
import { buildHttpRoute, routeName } from "./http-route.ts";
import { buildIngress } from "./ingress.ts";
import type { ExpandInput } from "./input.ts";
import { buildCronJob, buildJob } from "./job.ts";
import { buildPodMonitor, buildServiceMonitor } from "./monitors.ts";
import { buildHandoverPolicy, buildNetworkPolicy } from "./network-policy.ts";
import { buildPodDisruptionBudget } from "./pod-disruption-budget.ts";
import { buildRole, buildRoleBinding } from "./rbac.ts";
import { buildScaledObject } from "./scaled-object.ts";
import { buildHeadlessService, buildNamedService, buildService } from "./service.ts";
import { buildServiceAccount } from "./service-account.ts";
import { chosenNames } from "./service-names.ts";
import { buildStatefulSet } from "./stateful-set.ts";

export type { ChildKind, ChildRole } from "./child-kind.ts";

const sameName: ChildName = { nameFor: (name) => name, workloadOf: (name) => name };
const handover: ChildName = { nameFor: handoverName, workloadOf: workloadOfHandover };
const headless: ChildName = { nameFor: headlessName, workloadOf: workloadOfHeadless };

function prefixedBy(nameFor: (name: string) => string): ChildName {
  const prefix = nameFor("");
  const workloadOf = (name: string) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined);
  return { nameFor, workloadOf };
}
const rbacNames = prefixedBy(rbacName);
const calicoNames = prefixedBy(calicoName);

function routeNames(slot: number): ChildName {
  const suffix = routeName("", slot);
  const workloadOf = (name: string) => (name.endsWith(suffix) ? name.slice(0, -suffix.length) : undefined);
  return { nameFor: (name) => routeName(name, slot), workloadOf };
}

const found = (detector: DetectorFile, isRefusedWhenSealed = true): ForeignRule => ({ detector, isRefusedWhenSealed });

/** What policies of the network have in common, the default deny of a namespace among them. */
export const NETWORK = { role: "guard", closesIn: true, driftCases: driftCases([caseAt(41, /^spec/)]) } as const;
const CNI = { ...NETWORK, optional: true, foreign: found("cni-policies") } as const;
const RBAC = { role: "guard", closesIn: true, ...rbacNames, foreign: found("role-bindings", false) } as const;
const SERVICES = {
  resource: SERVICE,
  role: "guard",
  immutable: /^spec\.(clusterIP|ipFamilyPolicy)/,
  driftCases: driftCases([
    caseAt(44, /^spec\.(type|ports\[[^\]]+\]\.nodePort|loadBalancer)/),
    caseAt(45, /^spec\.externalIPs/),
    caseAt(46, /^spec\.(ports|publishNotReadyAddresses)/),
    caseAt(47, /^spec/),
  ]),
  foreign: found("services"),
} as const;
const CONTROLLER = {
  role: "controller",
  ...sameName,
  driftCases: driftCases(POD_CONTROLLER_CASES),
  foreign: found("pod-controllers"),
} as const;
/** Its pods serve: they are handed to the object that replaces it, and restarted on demand. */
const SERVING = { keepsPods: true, isRestartable: true } as const;
/** Its pods run to an end. */
const RUNNING = { keepsPods: false, isRestartable: false } as const;
const AUTOSCALER = {
  role: "companion",
  ...sameName,
  driftCases: driftCases([caseAt(28, /./)]),
  foreign: found("autoscalers"),
} as const;
const MONITOR = { role: "companion", optional: true, ...sameName, driftCases: driftCases([]) } as const;
const ROUTE_CASES = [caseAt(48, /^spec/)];

/** One for each host that a workload can expose. */
const HTTP_ROUTES = Array.from(
  { length: MAX_EXPOSED },
  (_, slot): ChildKind => ({
    resource: HTTP_ROUTE,
    role: "companion",
    optional: true,
    ...routeNames(slot),
    build: (input) => buildHttpRoute(input, slot),
    driftCases: driftCases(ROUTE_CASES),
    foreign: found("routes"),
  }),
);

/** In the order they are created. Of two kinds of one resource the one with the narrower names stands first. */
export const CHILD_KINDS: readonly ChildKind[] = [
  { resource: NETWORK_POLICY, ...NETWORK, ...handover, build: buildHandoverPolicy, foreign: found("network-policies") },
  { resource: NETWORK_POLICY, ...NETWORK, ...sameName, build: buildNetworkPolicy, foreign: found("network-policies") },
  { resource: FQDN_NETWORK_POLICY, ...CNI, ...sameName, build: buildFqdnNetworkPolicy },
  { resource: CILIUM_NETWORK_POLICY, ...CNI, ...sameName, build: buildCiliumNetworkPolicy },
  { resource: CALICO_NETWORK_POLICY, ...CNI, ...calicoNames, build: buildCalicoNetworkPolicy },
  {
    resource: SERVICE_ACCOUNT,
    role: "guard",
    closesIn: true,
    ...sameName,
    build: buildServiceAccount,
    driftCases: driftCases([caseAt(64, /./)], { annotations: 63 }),
  },
  { resource: ROLE, ...RBAC, build: buildRole, driftCases: driftCases([caseAt(59, /^rules/)]) },
  {
    resource: ROLE_BINDING,
    ...RBAC,
    leansOn: ROLE,
    build: buildRoleBinding,
    immutable: /^roleRef/,
    driftCases: driftCases([caseAt(56, /./)]),
  },
  { ...SERVICES, ...headless, build: buildHeadlessService },
  { ...SERVICES, ...sameName, build: buildService },
  {
    resource: POD_DISRUPTION_BUDGET,
    role: "guard",
    ...sameName,
    build: buildPodDisruptionBudget,
    driftCases: driftCases([caseAt(29, /./)]),
    foreign: found("disruption-budgets"),
  },
  { resource: DEPLOYMENT, ...CONTROLLER, build: buildDeployment, immutable: /^spec\.selector/, rollout: SERVING },
  {
    resource: STATEFUL_SET,
    ...CONTROLLER,
    build: buildStatefulSet,
    immutable: /^spec\.(selector|serviceName|podManagementPolicy|volumeClaimTemplates)/,
    rollout: SERVING,
  },
  { resource: DAEMON_SET, ...CONTROLLER, build: buildDaemonSet, immutable: /^spec\.selector/, rollout: SERVING },
  {
    resource: JOB,
    ...CONTROLLER,
    build: buildJob,
    immutable: /^spec\.(selector|template|completions|completionMode|podReplacementPolicy|manualSelector)/,
    rollout: RUNNING,
  },
  { resource: CRON_JOB, ...CONTROLLER, build: buildCronJob, rollout: RUNNING },
  { resource: HORIZONTAL_POD_AUTOSCALER, ...AUTOSCALER, build: buildHorizontalPodAutoscaler },
  { resource: SCALED_OBJECT, ...AUTOSCALER, optional: true, build: buildScaledObject },
  { resource: SERVICE_MONITOR, ...MONITOR, build: buildServiceMonitor },
  { resource: POD_MONITOR, ...MONITOR, build: buildPodMonitor },
  {
    resource: INGRESS,
    role: "companion",
    ...sameName,
    build: buildIngress,
    driftCases: driftCases(ROUTE_CASES, { annotations: 49 }),
    foreign: found("routes"),
  },
  ...HTTP_ROUTES,
];

const BEHIND_SERVICES = CHILD_KINDS.findLastIndex(({ resource }) => resource === SERVICE) + 1;
const chosen = new Map<string, ChildKind>();

/** The Service of a name that a spec chooses: its name alone does not tell whose it is. One value for one name. */
export function chosenService(name: string): ChildKind {
  const known = chosen.get(name);
  if (known !== undefined) return known;
  const build = (input: ExpandInput) => buildNamedService(input, name);
  const kind: ChildKind = { ...SERVICES, nameFor: () => name, workloadOf: () => undefined, build };
  chosen.set(name, kind);
  return kind;
}

/** {@link CHILD_KINDS} with the Services of these names among them, in the order they are created. */
export const kindsWith = (names: readonly string[]): readonly ChildKind[] =>
  names.length === 0
    ? CHILD_KINDS
    : [...CHILD_KINDS.slice(0, BEHIND_SERVICES), ...names.map(chosenService), ...CHILD_KINDS.slice(BEHIND_SERVICES)];

/** Every kind of child that a workload of this spec can have. */
export const kindsFor = ({ workload, spec }: ExpandInput): readonly ChildKind[] =>
  kindsWith(chosenNames(workload.name, spec).map(({ name }) => name));

/** Every resource that is a child's, each once. */
export const CHILD_RESOURCES: readonly Resource[] = [...new Set(CHILD_KINDS.map(({ resource }) => resource))];

export const CONTROLLER_KINDS: readonly ChildKind[] = CHILD_KINDS.filter(({ role }) => role === "controller");

/** Which child of which workload an object of `resource` called `name` is; undefined for a name that is no child's. */
export function childNamed(
  resource: Resource,
  name: string,
): { readonly kind: ChildKind; readonly workload: string } | undefined {
  for (const kind of CHILD_KINDS) {
    if (kind.resource !== resource) continue;
    const workload = kind.workloadOf(name);
    if (workload !== undefined) return { kind, workload };
  }
  return undefined;
}

const kindOf = (resource: Resource): ChildKind | undefined => CHILD_KINDS.find((kind) => kind.resource === resource);

/** Whether the API server refuses to change one of these fields on a child: it is recreated then. */
export function isImmutableChange(resource: Resource, differences: readonly Difference[]): boolean {
  const immutable = kindOf(resource)?.immutable;
  return immutable !== undefined && differences.some(({ path }) => immutable.test(formatPath(path)));
}

/** Whether what is desired asks for such a change. What the API server filled in by itself, the address of a Service for example, stays as it is. */
export const asksForImmutableChange = (resource: Resource, differences: readonly Difference[]): boolean =>
  isImmutableChange(
    resource,
    differences.filter(({ kind }) => kind !== "foreign"),
  );

/** Whether pods survive that their controller is recreated; false for what runs no pods. */
export const keepsPods = (resource: Resource): boolean => kindOf(resource)?.rollout?.keepsPods === true;

/** Whose pods `kubectl rollout restart` replaces. */
export const RESTARTABLE: readonly Resource[] = CONTROLLER_KINDS.filter(({ rollout }) => rollout?.isRestartable).map(
  ({ resource }) => resource,
);

/** Resources of which a sealed namespace takes no object but the children of its workloads. */
export const REFUSED_WHEN_SEALED: readonly Resource[] = CHILD_RESOURCES.filter(
  (resource) => kindOf(resource)?.foreign?.isRefusedWhenSealed,
);

/**
 * The number in the drift catalogue of what differs on an object that the operator wrote, or `other`. A deleted object is
 * case 31; the case of a foreign object comes from its detector.
 */
export const driftCase = (resource: Resource, differences: readonly Difference[]): string =>
  driftCaseAmong(kindOf(resource)?.driftCases ?? casesOfOthers(resource), differences);

/** Every child of a workload that `isDue`, in the order of {@link kindsWith}. */
export function expand(input: ExpandInput, isDue: (kind: ChildKind) => boolean = () => true): readonly KubeObject[] {
  return kindsFor(input)
    .filter(isDue)
    .flatMap(({ build }) => {
      const object = build(input);
      return object === undefined ? [] : [object];
    });
}
