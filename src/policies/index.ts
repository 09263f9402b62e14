/** The baseline: every rule there is, and the two things done with all of them. */
import { apparmorRuntimeDefault } from "./apparmor-runtime-default.ts";
import { boundedTermination } from "./bounded-termination.ts";
import { clusterDns } from "./cluster-dns.ts";
import { defaultProcMount } from "./default-proc-mount.ts";
import { defaultScheduler } from "./default-scheduler.ts";
import { defaultTerminationMessage } from "./default-termination-message.ts";
import { dropCapabilities } from "./drop-capabilities.ts";
import { linuxOnly } from "./linux-only.ts";
import { noApiToken } from "./no-api-token.ts";
import { noBlockDevices } from "./no-block-devices.ts";
import { noBroadTolerations } from "./no-broad-tolerations.ts";
import { noEphemeralContainers } from "./no-ephemeral-containers.ts";
import { noHostAliases } from "./no-host-aliases.ts";
import { noHostNamespaces } from "./no-host-namespaces.ts";
import { noHostPorts } from "./no-host-ports.ts";
import { noHostUsers } from "./no-host-users.ts";
import { noMountPropagation } from "./no-mount-propagation.ts";
import { noPlacementByName } from "./no-placement-by-name.ts";
import { noPrivilegeEscalation } from "./no-privilege-escalation.ts";
import { noProbeHosts } from "./no-probe-hosts.ts";
import { noPullSecrets } from "./no-pull-secrets.ts";
import { noResourceClaims } from "./no-resource-claims.ts";
import { noSelinuxOptions } from "./no-selinux-options.ts";
import { noServiceLinks } from "./no-service-links.ts";
import { noSharedProcesses } from "./no-shared-processes.ts";
import { noSubpathExpressions } from "./no-subpath-expressions.ts";
import { noSystemPriority } from "./no-system-priority.ts";
import { noTerminal } from "./no-terminal.ts";
import { nonRoot } from "./non-root.ts";
import { nonRootGroups } from "./non-root-groups.ts";
import { notPrivileged } from "./not-privileged.ts";
import { pinnedImage } from "./pinned-image.ts";
import type { PodSpec, Policy, Violation } from "./policy.ts";
import { readOnlyRoot } from "./read-only-root.ts";
import { resourceLimits } from "./resource-limits.ts";
import { safeProjections } from "./safe-projections.ts";
import { safeSysctls } from "./safe-sysctls.ts";
import { safeVolumes } from "./safe-volumes.ts";
import { seccompRuntimeDefault } from "./seccomp-runtime-default.ts";
import { sizedEmptyDir } from "./sized-empty-dir.ts";

export { DEFAULT_LIMITS, DEFAULT_REQUESTS, DEFAULT_SCRATCH_SIZE } from "./default-resources.ts";
export { type Container, driftCasesOf, type Lifted, type PodSpec, type Policy, type Violation } from "./policy.ts";
export { FRAMEWORKS, type FrameworkId, type Source } from "./sources.ts";

/** In the order of the reference page, and of being applied; that order carries no meaning, since each rule has fields of its own. */
export const POD_POLICIES: readonly Policy[] = [
  // who a process is, and what it may do
  nonRoot,
  nonRootGroups,
  readOnlyRoot,
  notPrivileged,
  noPrivilegeEscalation,
  dropCapabilities,
  seccompRuntimeDefault,
  apparmorRuntimeDefault,
  noSelinuxOptions,
  defaultProcMount,
  safeSysctls,
  linuxOnly,
  // the node around it
  noHostNamespaces,
  noHostUsers,
  noHostPorts,
  noPlacementByName,
  defaultScheduler,
  noBroadTolerations,
  noSystemPriority,
  noResourceClaims,
  // what runs, and how much of it
  pinnedImage,
  noPullSecrets,
  noEphemeralContainers,
  noSharedProcesses,
  noTerminal,
  resourceLimits,
  boundedTermination,
  // files
  safeVolumes,
  sizedEmptyDir,
  safeProjections,
  noBlockDevices,
  noMountPropagation,
  noSubpathExpressions,
  defaultTerminationMessage,
  // credentials and the network
  noApiToken,
  noServiceLinks,
  noProbeHosts,
  noHostAliases,
  clusterDns,
];

const NONE: ReadonlySet<string> = new Set();

/** Applies every rule but those whose ids are `lifted`. Idempotent; a pod that obeys comes back equal. */
export function hardenPod(pod: PodSpec, lifted = NONE): PodSpec {
  return POD_POLICIES.filter(({ id }) => !lifted.has(id)).reduce((hardened, { harden }) => harden(hardened), pod);
}

/** Every way a pod breaks the baseline; empty for a pod that {@link hardenPod} returned. */
export function checkPod(pod: PodSpec): readonly Violation[] {
  return POD_POLICIES.flatMap(({ check }) => check(pod));
}

const POD_SECURITY_POLICIES = POD_POLICIES.filter(({ sources }) =>
  sources.some(({ framework }) => framework === "pss"),
);

/**
 * Every way a pod breaks a rule that answers to Pod Security. Fit for live pods: what the scheduler and other admission
 * fill in breaks none of these.
 */
export function checkPodSecurity(pod: PodSpec): readonly Violation[] {
  return POD_SECURITY_POLICIES.flatMap(({ check }) => check(pod));
}
