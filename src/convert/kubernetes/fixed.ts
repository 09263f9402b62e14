/** Fields of pods and containers that a SecureWorkload does not have, and what decides instead. */
import { claimByName, drop, type Fates, fix, replace, rule } from "../fate.ts";
import type { Part } from "../ledger.ts";

const SECURITY: Fates = {
  privileged: rule("not-privileged"),
  allowPrivilegeEscalation: rule("no-privilege-escalation"),
  capabilities: rule("drop-capabilities"),
  readOnlyRootFilesystem: rule("read-only-root"),
  runAsNonRoot: rule("non-root"),
  runAsUser: rule("non-root"),
  runAsGroup: rule("non-root-groups"),
  fsGroup: rule("non-root-groups"),
  fsGroupChangePolicy: rule("non-root-groups"),
  supplementalGroups: rule("non-root-groups"),
  supplementalGroupsPolicy: rule("non-root-groups"),
  seccompProfile: rule("seccomp-runtime-default"),
  appArmorProfile: rule("apparmor-runtime-default"),
  seLinuxOptions: rule("no-selinux-options"),
  seLinuxChangePolicy: rule("no-selinux-options"),
  procMount: rule("default-proc-mount"),
  sysctls: rule("safe-sysctls"),
  windowsOptions: rule("linux-only"),
};

const CONTAINER: Fates = {
  name: replace("the name of the workload"),
  imagePullPolicy: fix("IfNotPresent: tags are pinned to digests"),
  terminationMessagePath: rule("default-termination-message"),
  terminationMessagePolicy: rule("default-termination-message"),
  stdin: rule("no-terminal"),
  stdinOnce: rule("no-terminal"),
  tty: rule("no-terminal"),
  volumeDevices: rule("no-block-devices"),
  resizePolicy: drop("pods are replaced, never resized"),
  restartPolicy: replace("role"),
  restartPolicyRules: drop("containers restart as the type says"),
};

const POD: Fates = {
  hostNetwork: rule("no-host-namespaces"),
  hostPID: rule("no-host-namespaces"),
  hostIPC: rule("no-host-namespaces"),
  hostUsers: rule("no-host-users"),
  shareProcessNamespace: rule("no-shared-processes"),
  nodeName: rule("no-placement-by-name"),
  schedulerName: rule("default-scheduler"),
  tolerations: rule("no-broad-tolerations"),
  priority: rule("no-system-priority"),
  preemptionPolicy: rule("no-system-priority"),
  resourceClaims: rule("no-resource-claims"),
  imagePullSecrets: fix("rule no-pull-secrets: nodes and the operator have credentials of their own"),
  ephemeralContainers: rule("no-ephemeral-containers"),
  dnsPolicy: rule("cluster-dns"),
  dnsConfig: rule("cluster-dns"),
  hostAliases: rule("no-host-aliases"),
  enableServiceLinks: rule("no-service-links"),
  automountServiceAccountToken: fix("rule no-api-token: only permissions bring a token"),
  serviceAccountName: replace("an account of the workload's own"),
  serviceAccount: replace("an account of the workload's own"),
  os: rule("linux-only"),
  runtimeClassName: drop("no field chooses a runtime"),
  overhead: drop("belongs to a runtime class"),
  readinessGates: drop("probes.readiness alone decides whether a pod is ready"),
  schedulingGates: drop("no field holds pods back"),
  hostname: drop("pods have the name that their controller gives them"),
  subdomain: replace("the headless Service of a StatefulSet"),
  hostnameOverride: drop("pods have the name that their controller gives them"),
  setHostnameAsFQDN: drop("pods have the name that their controller gives them"),
  restartPolicy: replace("type"),
  resources: drop("each container has its own resources"),
  activeDeadlineSeconds: drop("job.deadlineSeconds bounds a whole run"),
  evictionResponders: drop("disruption decides how many pods may be evicted"),
  workloadRef: drop("no field groups pods for the scheduler"),
  schedulingGroup: drop("no field groups pods for the scheduler"),
};

const TABLES = { pod: POD, container: CONTAINER };

/** Also what its security context holds. */
export function claimFixed(part: Part, table: keyof typeof TABLES): void {
  claimByName(part, TABLES[table]);
  const security = part.at("securityContext");
  claimByName(security, SECURITY);
  if (security.exists && security.fields().length === 0) security.fix("the baseline");
}

/** Rules that the container or pod breaks on purpose, which the platform team could lift for it. */
export function wishedExceptions(security: Part): readonly { readonly rule: string; readonly part: Part }[] {
  const user = security.at("runAsUser");
  const added = security.at("capabilities", "add");
  return [
    ...(user.number() === 0 ? [{ rule: "non-root", part: user }] : []),
    ...((added.texts() ?? []).some((name) => name !== "NET_BIND_SERVICE")
      ? [{ rule: "drop-capabilities", part: added }]
      : []),
    ...(security.at("seccompProfile", "type").text() === "Unconfined"
      ? [{ rule: "seccomp-runtime-default", part: security.at("seccompProfile", "type") }]
      : []),
  ];
}
