/** How the pods of a workload are locked down, in a few lines for whoever describes it; read from the pods as they are built. Pure. */
import type { KubeObject } from "../../kopf/object.ts";
import { POD_POLICIES, type PodSpec } from "../../policies/index.ts";
import { liftedIn } from "./resources/pod-template.ts";

export interface Hardening {
  /** How many rules of the baseline every pod obeys. */
  readonly rules: number;
  readonly summary: readonly string[];
}

/** Of what runs the pods among a workload's children; undefined while there is nothing of the kind. */
export function hardeningOf(children: readonly KubeObject[]): Hardening | undefined {
  const runner = children.find((child) => podOf(child) !== undefined);
  const pod = runner === undefined ? undefined : podOf(runner);
  if (runner === undefined || pod === undefined) return undefined;
  const lifted = liftedIn(runner);
  return { rules: POD_POLICIES.length - lifted.size, summary: linesOf(pod, lifted) };
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
    ...(lowest === undefined ? [] : [`may bind ports from ${lowest} on, without a capability`]),
    ...(lifted.size === 0 ? [] : [`lifted by exception: ${[...lifted].join(", ")}`]),
  ];
}

function user({ securityContext, hostUsers }: PodSpec): string {
  const { runAsUser, runAsGroup, runAsNonRoot } = securityContext ?? {};
  const who = runAsUser === undefined ? "the user of its image" : `user ${runAsUser}`;
  const group = runAsGroup === undefined ? "" : ` and group ${runAsGroup}`;
  const root = runAsNonRoot === true ? ", never as root" : "";
  return `runs as ${who}${group}${root}${hostUsers === false ? ", in a user namespace of its own" : ""}`;
}

const rights = (lifted: ReadonlySet<string>): string =>
  [
    lifted.has("drop-capabilities") ? "the runtime's default capabilities" : "no capability",
    lifted.has("no-privilege-escalation") ? "setuid programs work" : "no privilege escalation",
    "no host namespace",
    lifted.has("seccomp-runtime-default") ? "no seccomp profile of ours" : "the runtime's seccomp profile",
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
  // A mount without a volume is a claim of a StatefulSet's own.
  const open = mounts.filter(({ name, readOnly }) => readOnly !== true && (bounded.has(name) || !declared.has(name)));
  const paths = [...new Set(open.map(({ mountPath }) => mountPath))].sort();
  const isWritable = containers.some(({ securityContext }) => securityContext?.readOnlyRootFilesystem !== true);
  if (isWritable) return "root file systems can be written";
  if (paths.length === 0) return "root file systems are read-only, and nothing else can be written";
  const more = paths.length > MAX_SHOWN ? ` and ${paths.length - MAX_SHOWN} more` : "";
  return `root file systems are read-only; what can be written is ${paths.slice(0, MAX_SHOWN).join(", ")}${more}`;
}

const token = ({ volumes = [] }: PodSpec): string =>
  volumes.some(({ projected }) =>
    (projected?.sources ?? []).some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  )
    ? "a token of one hour for the Kubernetes API, with the declared permissions alone"
    : "no token for the Kubernetes API";
