/** What a SecureWorkload becomes without a cluster, and what of the cluster is not known then. Pure. */
import type { KubeObject } from "kopf-ts";
import { BASELINE_NAME, SECURE_WORKLOAD, SECURITY_BASELINE } from "../crds/group.ts";
import { parseSecureWorkload, type SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { contentHash, copyName, inlineCopies, namedConfigMaps } from "../expand/configs.ts";
import { DEFAULT_HANDED_KEYS, handedOn } from "../expand/handed-on.ts";
import type { ClusterFacts, ExpandInput, PlatformFacts, Resolution, WorkloadRef } from "../expand/input.ts";
import { ungrantedPods } from "../expand/pod-peers.ts";
import { asksKubernetes } from "../expand/rbac.ts";
import { buildCopy, contentOf } from "../state/config-copies.ts";
import { decideExposure } from "../state/grants/exposure.ts";
import { imageProblems } from "../state/grants/images.ts";
import { permissionLimits } from "../state/grants/permissions.ts";
import { chooseUid } from "../state/pod-identity.ts";
import { offeredWay } from "../state/records/gateway.ts";
import { platformFacts, shapeBaseline } from "../state/records/security-baseline.ts";

/** What stands beside a workload in the files. */
export interface Beside {
  /** By `namespace/name`. */
  readonly configMaps: ReadonlyMap<string, KubeObject>;
  /** The platform team's SecurityBaseline; undefined where none is given. */
  readonly baseline: KubeObject | undefined;
  /** For what names no namespace. */
  readonly namespace: string;
}

export interface Readied {
  readonly input: ExpandInput;
  /** The immutable copies of ConfigMaps, and of files that the spec itself holds, as far as their content is known. */
  readonly copies: readonly KubeObject[];
  /** What only the cluster knows, each in a sentence; the children leave it out, or hold a stand-in. */
  readonly unknown: readonly string[];
  /** What the platform team does not grant. */
  readonly problems: readonly string[];
}

export type Ready =
  | { readonly ok: true; readonly readied: Readied }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Stands for what the API server gives each object. */
const UNKNOWN_UID = "00000000-0000-0000-0000-000000000000";
const UNKNOWN_HASH = "0".repeat(20);

export const keyIn = ({ metadata: { name, namespace } }: KubeObject, fallback: string): string =>
  `${namespace ?? fallback}/${name}`;

export const isWorkload = ({ apiVersion, kind }: KubeObject): boolean =>
  kind === SECURE_WORKLOAD.kind && apiVersion.startsWith(`${SECURE_WORKLOAD.group}/`);

export const isBaseline = ({ apiVersion, kind, metadata }: KubeObject): boolean =>
  kind === SECURITY_BASELINE.kind &&
  apiVersion.startsWith(`${SECURITY_BASELINE.group}/`) &&
  metadata.name === BASELINE_NAME;

const FACTS: ClusterFacts = { dns: undefined, apiServer: undefined, podSecurityVersion: "latest" };

export function readyWorkload(object: KubeObject, beside: Beside): Ready {
  const parsed = parseSecureWorkload(object);
  if (!parsed.ok) return parsed;
  const { spec } = parsed.value;
  const { name, namespace = beside.namespace, labels = {}, annotations = {} } = object.metadata;
  const key = `${namespace}/${name}`;
  const platform = platformOf(beside.baseline, namespace);
  const { exposed, problems } = decideExposure(key, spec, platform, () => undefined);
  const { resolved, missing } = resolve(name, namespace, spec, beside);
  const input: ExpandInput = {
    workload: { name, namespace, uid: UNKNOWN_UID, labels, ...handedBy(labels, annotations, platform) },
    spec,
    identity: { uid: spec.runAs?.user ?? chooseUid(key, undefined, () => false), userNamespace: true },
    facts: FACTS,
    platform,
    exposed,
    resolved,
  };
  // Whether the operator holds what is granted only the cluster knows.
  const ungranted = permissionLimits(spec, { namespace, name }, platform, "");
  const refused = [...imageProblems(spec, platform), ...problems, ...ungranted].map(({ message }) => message);
  return {
    ok: true,
    readied: { input, copies: copiesOf(input, beside), unknown: unknownFor(input, missing, beside), problems: refused },
  };
}

/** Only the cluster knows what else selects by one of the labels. */
function handedBy(labels: Labels, annotations: Labels, { handedKeys }: PlatformFacts): Pick<WorkloadRef, "handedOn"> {
  const handed = handedOn(labels, annotations, handedKeys ?? DEFAULT_HANDED_KEYS);
  const isNone = Object.keys({ ...handed.labels, ...handed.annotations }).length === 0;
  return isNone ? {} : { handedOn: handed };
}

/** As the baseline says; what it names in the cluster is taken to be there. */
function platformOf(baseline: KubeObject | undefined, namespace: string): PlatformFacts {
  const facts = platformFacts(baseline === undefined ? undefined : shapeBaseline(baseline), namespace);
  const { ingressClass, gateway } = facts.exposure;
  const found = {
    ingressClass: ingressClass === undefined ? undefined : { name: "" },
    gateway: gateway === undefined ? undefined : { listeners: [{ name: "https", hostname: undefined }] },
  };
  const permissions = facts.permissions?.map((grant) => ({ ...grant, held: grant.rules }));
  return {
    ...facts,
    ...(permissions === undefined ? {} : { permissions }),
    exposure: offeredWay(facts.exposure, found),
  };
}

type Labels = Readonly<Record<string, string>>;

interface Resolved {
  readonly resolved: Resolution;
  readonly missing: readonly string[];
}

/** Copies of ConfigMaps are called after their content. */
function resolve(workload: string, namespace: string, spec: SecureWorkloadSpec, { configMaps }: Beside): Resolved {
  const names = namedConfigMaps(spec);
  const configs = names.map((source) => {
    const object = configMaps.get(`${namespace}/${source}`);
    const hash = object === undefined ? UNKNOWN_HASH : contentHash(contentOf(object));
    return [source, copyName(workload, source, hash)] as const;
  });
  const missing = names.filter((source) => !configMaps.has(`${namespace}/${source}`));
  return { resolved: { configs: Object.fromEntries(configs), images: {} }, missing };
}

function copiesOf({ workload, spec, resolved }: ExpandInput, { configMaps }: Beside): readonly KubeObject[] {
  const named = Object.entries(resolved.configs).flatMap(([source, copy]) => {
    const object = configMaps.get(`${workload.namespace}/${source}`);
    return object === undefined ? [] : [[copy, contentOf(object)] as const];
  });
  const all = [...named, ...inlineCopies(workload.name, spec)];
  return all.map(([name, content]) => buildCopy({ ref: workload }, name, content));
}

function unknownFor(
  { spec, platform, workload: { namespace } }: ExpandInput,
  missing: readonly string[],
  { baseline }: Beside,
): readonly string[] {
  const reachesApi = asksKubernetes(spec) || (spec.access?.outbound ?? []).some((peer) => peer.kubernetesAPI);
  const namesUngranted = ungrantedPods(spec, platform, namespace).length > 0;
  const reachesHosts = (spec.access?.outbound ?? []).some(({ host }) => host !== undefined);
  return [
    "uid of the SecureWorkload: 0 in owner references",
    "the cluster's DNS: the way to it is left out",
    ...(spec.runAs?.user === undefined ? ["whether the UID is taken: then the workload has the next one"] : []),
    ...(reachesApi ? ["addresses of the API server: the way to it is left out"] : []),
    ...(namesUngranted
      ? ["whether the namespace is Observing: pods that are no workload's and not granted are left out"]
      : []),
    ...(reachesHosts ? ["the network plugin: policies of host names are left out"] : []),
    ...missing.map((name) => `content of ConfigMap ${name}: 0 in the name of its copy`),
    ...(baseline === undefined ? ["the SecurityBaseline: nothing is granted (give it with --platform)"] : []),
  ];
}
