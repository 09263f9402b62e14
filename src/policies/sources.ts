/**
 * The published controls that rules answer to, each framework at one edition. A rule can only name a control that stands
 * here, and a test holds that each one here is named by a rule.
 */
interface Framework {
  readonly title: string;
  readonly edition: string;
  /** Each control with what it is about. */
  readonly controls: Readonly<Record<string, string>>;
}

export const FRAMEWORKS = {
  /** All of both levels, as the page of the standard names them; what each looks at is taken from the admission plugin. */
  pss: {
    title: "Pod Security Standards",
    edition: "Kubernetes v1.37",
    controls: {
      "Baseline: HostProcess": "`windowsOptions.hostProcess`",
      "Baseline: Host Namespaces": "`hostNetwork`, `hostPID`, `hostIPC`",
      "Baseline: Privileged Containers": "`privileged`",
      "Baseline: Capabilities": "`capabilities.add`",
      "Baseline: HostPath Volumes": "`volumes[*].hostPath`",
      "Baseline: Host Ports": "`ports[*].hostPort`",
      "Baseline: Host Probes / Lifecycle Hooks (v1.34+)": "`host` of HTTP and TCP probes and hooks",
      "Baseline: AppArmor": "`appArmorProfile.type`, and the annotation before it",
      "Baseline: SELinux": "`seLinuxOptions.type`, `.user`, `.role`",
      "Baseline: /proc Mount Type": "`procMount`, unless the pod has a user namespace",
      "Baseline: Seccomp": "`seccompProfile.type` other than Unconfined",
      "Baseline: Sysctls": "`sysctls[*].name`",
      "Restricted: Volume Types": "every kind of volume",
      "Restricted: Privilege Escalation (v1.8+)": "`allowPrivilegeEscalation`",
      "Restricted: Running as Non-root": "`runAsNonRoot`",
      "Restricted: Running as Non-root user (v1.23+)": "`runAsUser`",
      "Restricted: Seccomp (v1.19+)": "`seccompProfile.type`, set",
      "Restricted: Capabilities (v1.22+)": "`capabilities.drop` and `.add`",
      "Restricted: /proc Mount Type (v1.35+)": "`procMount`, with or without a user namespace",
    },
  },
  /** Numbers differ between editions: before v1.12 there was one more control in front of 5.2.9. */
  cis: {
    title: "CIS Kubernetes Benchmark",
    edition: "v2.0.1",
    controls: {
      "5.1.6": "service account tokens only where they are needed",
      "5.2.2": "privileged containers",
      "5.2.3": "the host's process namespace",
      "5.2.4": "the host's IPC namespace",
      "5.2.5": "the host's network namespace",
      "5.2.6": "privilege escalation",
      "5.2.7": "root containers",
      "5.2.8": "the capability NET_RAW",
      "5.2.9": "capabilities",
      "5.2.10": "Windows HostProcess containers",
      "5.2.11": "HostPath volumes",
      "5.2.12": "HostPorts",
      "5.6.2": "the runtime's seccomp profile",
      "5.6.3": "security contexts on pods and containers",
    },
  },
  /** The guide numbers nothing: its sections are named. */
  nsa: {
    title: "NSA/CISA Kubernetes Hardening Guide",
    edition: "1.2, August 2022",
    controls: {
      'Pod security: "Non-root" containers and "rootless" container engines': "user and group of a container",
      "Pod security: Immutable container file systems": "a root file system that cannot be written",
      "Pod security: Building secure container images": "images from a known build",
      "Pod security: Pod security enforcement": "what admission has to refuse",
      "Pod security: Protecting Pod service account tokens": "tokens of pods that need none",
      "Pod security: Hardening container environments": "seccomp, AppArmor, SELinux and sandboxes",
      "Network separation: Resource policies": "limits on what a pod may use",
    },
  },
  owasp: {
    title: "OWASP Kubernetes Top Ten",
    edition: "2025",
    controls: {
      K01: "Insecure Workload Configurations",
      K03: "Secrets Management Failures",
      K05: "Missing Network Segmentation Controls",
      K09: "Broken Authentication Mechanisms",
    },
  },
  mitre: {
    title: "MITRE ATT&CK for Containers",
    edition: "Enterprise, Containers matrix",
    controls: {
      T1046: "Network Service Discovery",
      T1068: "Exploitation for Privilege Escalation",
      T1496: "Resource Hijacking",
      T1499: "Endpoint Denial of Service",
      T1525: "Implant Internal Image",
      T1528: "Steal Application Access Token",
      T1609: "Container Administration Command",
      T1610: "Deploy Container",
      T1611: "Escape to Host",
      T1613: "Container and Resource Discovery",
    },
  },
} as const satisfies Readonly<Record<string, Framework>>;

export type FrameworkId = keyof typeof FRAMEWORKS;
export type ControlOf<F extends FrameworkId> = keyof (typeof FRAMEWORKS)[F]["controls"] & string;

type PublishedControl = {
  readonly [F in FrameworkId]: { readonly framework: F; readonly control: ControlOf<F> };
}[FrameworkId];

/** A published control, or one of the numbered ways to weaken a workload that events and metrics count. */
export type Source = PublishedControl | { readonly framework: "drift"; readonly control: number };

export const pss = (control: ControlOf<"pss">): Source => ({ framework: "pss", control });
export const cis = (control: ControlOf<"cis">): Source => ({ framework: "cis", control });
export const nsa = (control: ControlOf<"nsa">): Source => ({ framework: "nsa", control });
export const owasp = (control: ControlOf<"owasp">): Source => ({ framework: "owasp", control });
export const mitre = (control: ControlOf<"mitre">): Source => ({ framework: "mitre", control });
export const drift = (control: number): Source => ({ framework: "drift", control });
