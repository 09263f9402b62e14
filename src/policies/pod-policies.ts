import type { V1PodSecurityContext, V1SecurityContext } from "@kubernetes/client-node";
import { type Container, containersOf, mapContainers, type PodSpec, type Policy, type Violation } from "./policy.ts";

/** A rule that holds a set of pod fields absent or false. */
function podFieldsUnset(
  rule: Pick<Policy, "id" | "reason" | "sources"> & {
    readonly fields: readonly (keyof PodSpec)[];
    readonly message: string;
  },
): Policy {
  const { id, reason, sources, fields, message } = rule;
  return {
    id,
    reason,
    sources,
    harden: (pod) =>
      Object.fromEntries(
        Object.entries(pod).filter(([key]) => !fields.includes(key as keyof PodSpec)),
      ) as unknown as PodSpec,
    check: (pod) =>
      fields
        .filter((field) => pod[field] !== undefined && pod[field] !== false)
        .map((path) => ({ policy: id, path, message })),
  };
}

/** A rule on the security context of every container. */
function containerContext(
  rule: Pick<Policy, "id" | "reason" | "sources"> & {
    readonly set: (context: V1SecurityContext) => V1SecurityContext;
    readonly broken: (context: V1SecurityContext) => string | undefined;
    readonly message: string;
  },
): Policy {
  const { id, reason, sources, set, broken, message } = rule;
  return {
    id,
    reason,
    sources,
    harden: (pod) =>
      mapContainers(withoutEphemeral(pod), (container) => ({
        ...container,
        securityContext: set(container.securityContext ?? {}),
      })),
    check: (pod) =>
      containersOf(pod).flatMap(({ path, container }): Violation[] => {
        const field = broken(container.securityContext ?? {});
        return field === undefined ? [] : [{ policy: id, path: `${path}.securityContext.${field}`, message }];
      }),
  };
}

/** An ephemeral container cannot be hardened after the fact, so a hardened pod has none. */
function withoutEphemeral(pod: PodSpec): PodSpec {
  const { ephemeralContainers: _dropped, ...rest } = pod;
  return rest;
}

function mapPodContext(pod: PodSpec, change: (context: V1PodSecurityContext) => V1PodSecurityContext): PodSpec {
  return { ...pod, securityContext: change(pod.securityContext ?? {}) };
}

const omit = <T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;

const noHostNamespaces = podFieldsUnset({
  id: "no-host-namespaces",
  reason:
    "A pod in the host's network, process or IPC namespace is outside every NetworkPolicy and can see other pods.",
  sources: ["PSS baseline: Host Namespaces", "CIS 5.2.3", "CIS 5.2.4", "CIS 5.2.5"],
  fields: ["hostNetwork", "hostPID", "hostIPC"],
  message: "must not be set",
});

const noSharedProcesses = podFieldsUnset({
  id: "no-shared-processes",
  reason: "Containers that share a process namespace can read each other's memory and secrets.",
  sources: ["NSA/CISA Kubernetes Hardening Guide 1.2: Pod security"],
  fields: ["shareProcessNamespace"],
  message: "must not be set",
});

const noPlacementByName = podFieldsUnset({
  id: "no-placement-by-name",
  reason: "A pod that names its node or runtime skips the scheduler, or the admission that is waived for that runtime.",
  sources: ["MITRE ATT&CK T1610", "DRIFT 14", "DRIFT 15"],
  fields: ["nodeName", "runtimeClassName"],
  message: "must not be set",
});

const noApiToken: Policy = {
  id: "no-api-token",
  reason: "A token that is not needed is a token that can be stolen.",
  sources: ["CIS 5.1.6", "NSA/CISA Kubernetes Hardening Guide 1.2: Protecting Pod service account tokens"],
  harden: (pod) => ({ ...pod, automountServiceAccountToken: false }),
  check: (pod) =>
    pod.automountServiceAccountToken === false
      ? []
      : [{ policy: "no-api-token", path: "automountServiceAccountToken", message: "must be false" }],
};

const noServiceLinks: Policy = {
  id: "no-service-links",
  reason: "Service links tell every container the address of every Service in its namespace.",
  sources: ["OWASP Kubernetes Top Ten: K01"],
  harden: (pod) => ({ ...pod, enableServiceLinks: false }),
  check: (pod) =>
    pod.enableServiceLinks === false
      ? []
      : [{ policy: "no-service-links", path: "enableServiceLinks", message: "must be false" }],
};

const nonRoot: Policy = {
  id: "non-root",
  reason: "Root in a container is one kernel bug away from root on the node.",
  sources: ["PSS restricted: Running as Non-root", "PSS restricted: Running as Non-root user", "CIS 5.2.7"],
  harden: (pod) =>
    mapContainers(
      mapPodContext(pod, (context) => ({
        ...(context.runAsUser === 0 ? omit(context, "runAsUser") : context),
        runAsNonRoot: true,
      })),
      (container) => {
        const context = container.securityContext;
        return context === undefined ? container : { ...container, securityContext: hardenUser(context) };
      },
    ),
  check: (pod) => [
    ...(pod.securityContext?.runAsNonRoot === true
      ? []
      : [nonRootViolation("securityContext.runAsNonRoot", "must be true")]),
    ...(pod.securityContext?.runAsUser === 0 ? [nonRootViolation("securityContext.runAsUser", "must not be 0")] : []),
    ...containersOf(pod).flatMap(({ path, container }) => [
      ...(container.securityContext?.runAsNonRoot === false
        ? [nonRootViolation(`${path}.securityContext.runAsNonRoot`, "must not be false")]
        : []),
      ...(container.securityContext?.runAsUser === 0
        ? [nonRootViolation(`${path}.securityContext.runAsUser`, "must not be 0")]
        : []),
    ]),
  ],
};

function hardenUser(context: V1SecurityContext): V1SecurityContext {
  const user = context.runAsUser === 0 ? omit(context, "runAsUser") : context;
  return user.runAsNonRoot === false ? omit(user, "runAsNonRoot") : user;
}

const nonRootViolation = (path: string, message: string): Violation => ({ policy: "non-root", path, message });

const seccomp: Policy = {
  id: "seccomp-runtime-default",
  reason: "The runtime's profile closes the system calls that container escapes have used.",
  sources: ["PSS restricted: Seccomp", "CIS 5.7.2"],
  harden: (pod) =>
    mapContainers(
      mapPodContext(pod, (context) => ({ ...context, seccompProfile: { type: "RuntimeDefault" } })),
      (container) =>
        container.securityContext === undefined
          ? container
          : { ...container, securityContext: omit(container.securityContext, "seccompProfile") },
    ),
  check: (pod) => [
    ...(pod.securityContext?.seccompProfile?.type === "RuntimeDefault"
      ? []
      : [
          {
            policy: "seccomp-runtime-default",
            path: "securityContext.seccompProfile.type",
            message: "must be RuntimeDefault",
          },
        ]),
    ...containersOf(pod)
      .filter(
        ({ container }) => !["RuntimeDefault", undefined].includes(container.securityContext?.seccompProfile?.type),
      )
      .map(({ path }) => ({
        policy: "seccomp-runtime-default",
        path: `${path}.securityContext.seccompProfile.type`,
        message: "must be RuntimeDefault",
      })),
  ],
};

const readOnlyRoot = containerContext({
  id: "read-only-root",
  reason: "A payload needs somewhere to be written before it can run.",
  sources: ["NSA/CISA Kubernetes Hardening Guide 1.2: Immutable container file systems", "DRIFT 68"],
  set: (context) => ({ ...context, readOnlyRootFilesystem: true }),
  broken: (context) => (context.readOnlyRootFilesystem === true ? undefined : "readOnlyRootFilesystem"),
  message: "must be true",
});

const noPrivilegeEscalation = containerContext({
  id: "no-privilege-escalation",
  reason: "A setuid program must not give a process more than the container started with.",
  sources: ["PSS restricted: Privilege Escalation", "CIS 5.2.6"],
  set: (context) => ({ ...context, allowPrivilegeEscalation: false }),
  broken: (context) => (context.allowPrivilegeEscalation === false ? undefined : "allowPrivilegeEscalation"),
  message: "must be false",
});

const notPrivileged = containerContext({
  id: "not-privileged",
  reason: "A privileged container is the node.",
  sources: ["PSS baseline: Privileged Containers", "CIS 5.2.2"],
  set: (context) => omit(context, "privileged"),
  broken: (context) => (context.privileged === true ? "privileged" : undefined),
  message: "must not be set",
});

const defaultProcMount = containerContext({
  id: "default-proc-mount",
  reason: "An unmasked /proc shows and changes the kernel's own settings.",
  sources: ["PSS baseline: /proc Mount Type"],
  set: (context) => omit(context, "procMount"),
  broken: (context) => (["Default", undefined].includes(context.procMount) ? undefined : "procMount"),
  message: "must not be set",
});

const dropCapabilities = containerContext({
  id: "drop-capabilities",
  reason: "Each capability is a piece of root.",
  sources: ["PSS restricted: Capabilities", "CIS 5.2.9", "CIS 5.2.10"],
  set: (context) => ({ ...context, capabilities: { drop: ["ALL"] } }),
  broken: (context) =>
    (context.capabilities?.drop ?? []).includes("ALL") && (context.capabilities?.add ?? []).length === 0
      ? undefined
      : "capabilities",
  message: "must drop ALL and add none",
});

const noHostPorts: Policy = {
  id: "no-host-ports",
  reason: "A host port opens the node's own address, where no NetworkPolicy of the pod applies.",
  sources: ["PSS baseline: Host Ports", "CIS 5.2.13"],
  harden: (pod) =>
    mapContainers(pod, (container) =>
      container.ports === undefined
        ? container
        : { ...container, ports: container.ports.map((port) => omit(port, "hostPort", "hostIP")) },
    ),
  check: (pod) =>
    containersOf(pod).flatMap(({ path, container }) =>
      (container.ports ?? [])
        .filter((port) => (port.hostPort ?? 0) !== 0)
        .map((port) => ({
          policy: "no-host-ports",
          path: `${path}.ports[containerPort=${port.containerPort}].hostPort`,
          message: "must not be set",
        })),
    ),
};

/** The volume kinds a workload may mount: none of them reaches the node or another workload. */
const SAFE_VOLUMES: ReadonlySet<string> = new Set([
  "name",
  "configMap",
  "downwardAPI",
  "emptyDir",
  "projected",
  "secret",
  "persistentVolumeClaim",
  "ephemeral",
  "csi",
  "image",
]);

const safeVolumes: Policy = {
  id: "safe-volumes",
  reason: "A volume that shows the node's files gives the node away.",
  sources: ["PSS baseline: HostPath Volumes", "PSS restricted: Volume Types", "CIS 5.2.12"],
  harden: (pod) => {
    if (pod.volumes === undefined) return pod;
    const safe = pod.volumes.filter((volume) => unsafeVolumeFields(volume).length === 0);
    const kept = new Set(safe.map(({ name }) => name));
    const withoutMounts = (container: Container): Container =>
      container.volumeMounts === undefined
        ? container
        : { ...container, volumeMounts: container.volumeMounts.filter(({ name }) => kept.has(name)) };
    return mapContainers({ ...pod, volumes: safe }, withoutMounts);
  },
  check: (pod) =>
    (pod.volumes ?? []).flatMap((volume) =>
      unsafeVolumeFields(volume).map((field) => ({
        policy: "safe-volumes",
        path: `volumes[name=${volume.name}].${field}`,
        message: "is not a volume kind a workload may mount",
      })),
    ),
};

function unsafeVolumeFields(volume: object): readonly string[] {
  return Object.keys(volume).filter((field) => !SAFE_VOLUMES.has(field));
}

/** In the order they are applied; the order carries no meaning, since each rule touches fields of its own. */
export const POD_POLICIES: readonly Policy[] = [
  noHostNamespaces,
  noSharedProcesses,
  noPlacementByName,
  noApiToken,
  noServiceLinks,
  nonRoot,
  seccomp,
  readOnlyRoot,
  noPrivilegeEscalation,
  notPrivileged,
  defaultProcMount,
  dropCapabilities,
  noHostPorts,
  safeVolumes,
];

/** Applies every rule of the baseline. Idempotent. */
export function hardenPod(pod: PodSpec): PodSpec {
  return POD_POLICIES.reduce((hardened, policy) => policy.harden(hardened), withoutEphemeral(pod));
}

/** Every way a pod breaks the baseline; empty for a pod that {@link hardenPod} returned. */
export function checkPod(pod: PodSpec): readonly Violation[] {
  return POD_POLICIES.flatMap((policy) => policy.check(pod));
}
