/** Summarizes the hardening of a workload's pods for its status, from the built objects. Pure. */
import type { KubeObject } from "kopf-ts";
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { type Container, POD_POLICIES, type PodSpec } from "../policies/index.ts";
import { liftedIn } from "./pod-template.ts";

type Spec = Pick<SecureWorkloadSpec, "resources" | "containers">;

export interface Hardening {
  /** Number of baseline rules that apply to every pod. */
  readonly rules: number;
  readonly summary: readonly string[];
}

/** From the child that runs the pods; undefined if there is none. */
export function hardeningOf(children: readonly KubeObject[], spec?: Spec): Hardening | undefined {
  const runner = children.find((child) => podOf(child) !== undefined);
  const pod = runner === undefined ? undefined : podOf(runner);
  if (runner === undefined || pod === undefined) return undefined;
  const lifted = liftedIn(runner);
  return { rules: POD_POLICIES.length - lifted.size, summary: [...linesOf(pod, lifted), ...defaults(pod, spec)] };
}

interface Template {
  readonly template?: { readonly spec?: PodSpec };
  readonly jobTemplate?: { readonly spec?: Template };
}

function podOf(object: KubeObject): PodSpec | undefined {
  const spec = (object["spec"] ?? {}) as Template;
  return spec.template?.spec ?? spec.jobTemplate?.spec?.template?.spec;
}

function linesOf(pod: PodSpec, lifted: ReadonlySet<string>): readonly string[] {
  const { sysctls = [] } = pod.securityContext ?? {};
  const lowest = sysctls.find(({ name }) => name === "net.ipv4.ip_unprivileged_port_start")?.value;
  return [
    user(pod),
    rights(lifted),
    writable(pod),
    token(pod),
    ...(lowest === undefined ? [] : [`may bind ports from ${lowest} without a capability`]),
    ...(lifted.size === 0 ? [] : [`lifted by exception: ${[...lifted].join(", ")}`]),
  ];
}

function user({ securityContext, hostUsers }: PodSpec): string {
  const { runAsUser, runAsGroup, runAsNonRoot } = securityContext ?? {};
  const who = runAsUser === undefined ? "the user of its image" : `user ${runAsUser}`;
  const group = runAsGroup === undefined ? "" : ` and group ${runAsGroup}`;
  const root = runAsNonRoot === true ? ", never as root" : "";
  return `runs as ${who}${group}${root}${hostUsers === false ? ", in its own user namespace" : ""}`;
}

const rights = (lifted: ReadonlySet<string>): string =>
  [
    lifted.has("drop-capabilities") ? "the runtime's default capabilities" : "no capability",
    lifted.has("no-privilege-escalation") ? "setuid programs work" : "no privilege escalation",
    "no host namespace",
    lifted.has("seccomp-runtime-default") ? "no seccomp profile from Palisade" : "the runtime's seccomp profile",
  ].join(", ");

const MAX_SHOWN = 6;

function writable(pod: PodSpec): string {
  const bounded = new Set(
    (pod.volumes ?? [])
      .filter(({ emptyDir, persistentVolumeClaim }) => emptyDir !== undefined || persistentVolumeClaim !== undefined)
      .map(({ name }) => name),
  );
  const declared = new Set((pod.volumes ?? []).map(({ name }) => name));
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
  // A mount without a volume is a claim from a StatefulSet's volumeClaimTemplates.
  const open = mounts.filter(({ name, readOnly }) => readOnly !== true && (bounded.has(name) || !declared.has(name)));
  const paths = [...new Set(open.map(({ mountPath }) => mountPath))].sort();
  const isWritable = containers.some(({ securityContext }) => securityContext?.readOnlyRootFilesystem !== true);
  if (isWritable) return "root filesystems are writable";
  if (paths.length === 0) return "root filesystems are read-only, nothing else is writable";
  const more = paths.length > MAX_SHOWN ? ` and ${paths.length - MAX_SHOWN} more` : "";
  return `root filesystems are read-only; writable: ${paths.slice(0, MAX_SHOWN).join(", ")}${more}`;
}

const token = ({ volumes = [] }: PodSpec): string =>
  volumes.some(({ projected }) =>
    (projected?.sources ?? []).some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  )
    ? "a one-hour token for the Kubernetes API with only the declared permissions"
    : "no token for the Kubernetes API";

/** Which amounts of CPU and memory are Palisade's, because the spec names none. */
function defaults(pod: PodSpec, spec: Spec | undefined): readonly string[] {
  if (spec === undefined) return [];
  const ours = [...(pod.initContainers ?? []), ...pod.containers].flatMap((container) => {
    const beside = spec.containers?.find(({ name }) => name === container.name);
    const amounts = defaultAmounts(container, (beside ?? spec).resources);
    return amounts.length === 0 ? [] : [`${container.name} ${amounts.join(", ")}`];
  });
  if (ours.length === 0) return [];
  const more = ours.length > MAX_SHOWN ? ` and ${ours.length - MAX_SHOWN} more containers` : "";
  return [`amounts by default: ${ours.slice(0, MAX_SHOWN).join("; ")}${more}`];
}

function defaultAmounts({ resources }: Container, declared: Spec["resources"]): readonly string[] {
  return (["requests", "limits"] as const).flatMap((kind) =>
    (["cpu", "memory"] as const).flatMap((name) => {
      const amount = resources?.[kind]?.[name];
      return amount === undefined || declared?.[kind]?.[name] !== undefined ? [] : [`${kind}.${name} ${amount}`];
    }),
  );
}
