/** Every command: its name, words and flags. One table for the parser, the help, completion and the reference. */

import { SEVERITIES } from "../audit/severity.ts";

export interface Flag {
  /** As commander reads it: `-n, --namespace NAME`. */
  readonly form: string;
  readonly about: string;
  readonly choices?: readonly string[];
  /** Whether it can be given more than once. */
  readonly isRepeatable?: true;
}

export interface CommandEntry {
  readonly name: string;
  /** As commander reads them: `<what...>`, `[file]`. */
  readonly words?: string;
  readonly about: string;
  readonly flags: readonly Flag[];
  /** Lines that can be typed, for the command's own help. */
  readonly examples: readonly string[];
  /**
   * - `offline`: answers without a cluster, and never loads a client.
   * - `online`: answers about a cluster.
   * - `daemon`: runs until it is stopped, and logs.
   */
  readonly kind: "offline" | "online" | "daemon";
}

const OUTPUT: Flag = { form: "-o, --output FORMAT", about: "text, json or yaml", choices: ["text", "json", "yaml"] };
const TIMEOUT: Flag = { form: "--timeout SECONDS", about: "give up after this time, with exit code 124" };
const DESK = [OUTPUT, TIMEOUT];

const files = (what: string): Flag => ({
  form: "-f, --filename PATH",
  about: `${what}: a file, a folder, or - for standard input`,
  isRepeatable: true,
});
const NAMESPACE: Flag = { form: "-n, --namespace NAME", about: "namespace of what names none (default: default)" };
const PLATFORM: Flag = { form: "--platform PATH", about: "the platform team's SecurityBaseline, for what it grants" };

const CONNECTION: readonly Flag[] = [
  { form: "--kubeconfig FILES", about: "kubeconfig, or several in the form of KUBECONFIG (default: the usual ones)" },
  { form: "--context NAME", about: "context of the kubeconfig (default: the current one)" },
  { form: "--as USER", about: "act as this user" },
];

/** Flags of a process in the cluster. Commands that ask about it take them too, so that one configuration file serves all. */
const OPERATION: readonly Flag[] = [
  { form: "--config FILE", about: "configuration file (JSON); flags override it" },
  { form: "--leader-elect", about: "lead through a Lease (default)" },
  { form: "--no-leader-elect", about: "act without a Lease" },
  {
    form: "-n, --namespace NAME",
    about: "namespace of the installation (default: the pod's own, else palisade-system)",
  },
  { form: "--health-port N", about: "port of probes and metrics (default: 8080)" },
  { form: "--health-host HOST", about: "address of probes and metrics (default: every IPv4 address)" },
  {
    form: "--dns-service NAMESPACE/NAME",
    about: "Service of the cluster's DNS (default: kube-system/kube-dns)",
  },
  { form: "--concurrency N", about: "workloads reconciled in parallel (default: 16)" },
  { form: "--shards N", about: "shards that the replicas divide the namespaces into (default: 1)" },
  { form: "--log-level LEVEL", about: "fatal, error, warn, info, debug, trace or silent (default: info)" },
  { form: "--registry-config FILE", about: "registry credentials as a Docker config file" },
  { form: "--registry-ca FILE", about: "additional registry CAs (PEM)" },
  ...CONNECTION,
];

const wait = (what: string): Flag => ({ form: "--wait SECONDS", about: `how long it ${what} (default: 60)` });

export const COMMANDS = [
  {
    kind: "offline",
    name: "explain",
    words: "[what...]",
    about: "say what a rule, field, condition, reason, drift case, policy, finding or refusal means",
    flags: DESK,
    examples: [
      "palisade explain non-root",
      "palisade explain spec.scratch",
      "kubectl apply -f web.yaml 2>&1 | palisade explain -",
    ],
  },
  {
    kind: "offline",
    name: "convert",
    about: "write SecureWorkloads from manifests, Compose files or ECS task definitions, and what became of each value",
    flags: [
      files("Kubernetes manifests with everything beside them, Compose files, task definitions of ECS"),
      { form: "--from-cluster", about: "read what runs in the namespace instead of files; Secrets are not read" },
      {
        form: "--observed FILE",
        about: "calls that learn saw, as learn -o json prints them; believed before addresses in the files",
      },
      {
        form: "--into FOLDER",
        about: "write secure/ with its schema, platform.yaml and report.md there, instead of printing",
      },
      {
        form: "-n, --namespace NAME",
        about: "namespace of what names none (default: default), or that is read (default: the context's)",
      },
      ...CONNECTION,
      ...DESK,
    ],
    examples: [
      "palisade convert -f manifests/ --into converted",
      "helm template . | palisade convert -f -",
      "palisade convert -f compose.yaml",
      "palisade convert --from-cluster -n shop --into converted",
      "palisade learn -n shop --for 10m -o json | palisade convert -f manifests/ --observed - --into converted",
    ],
  },
  {
    kind: "offline",
    name: "audit",
    about:
      "say how files or a cluster can be attacked: chains from the internet to the cluster, worst first, and where to cut",
    flags: [
      files("Kubernetes manifests, what helm template or kubectl kustomize prints, or a dump of a cluster"),
      { form: "-n, --namespace NAME", about: "one namespace of the cluster; of files, that of what names none" },
      { form: "-A, --all-namespaces", about: "every namespace of the cluster (default)" },
      { form: "--from WORKLOAD", about: "take code in this workload for given: Kind/namespace/name" },
      { form: "--baseline FILE", about: "leave out what this report holds, made with -o json" },
      {
        form: "--since FILE",
        about: "only what this report, made with -o json, does not hold; and what of it is gone",
      },
      { form: "--fail-on SEVERITY", about: "exit with 1 from this severity on (default: info)", choices: SEVERITIES },
      { form: "--details", about: "list every object that breaks a rule" },
      ...CONNECTION,
      {
        form: "-o, --output FORMAT",
        about: "text, json, yaml, sarif, junit, openreports, or html for a page to look at",
        choices: ["text", "json", "yaml", "sarif", "junit", "openreports", "html"],
      },
      TIMEOUT,
    ],
    examples: [
      "palisade audit -f manifests/",
      "palisade audit",
      "helm template . | palisade audit -f -",
      "palisade audit -f manifests/ --baseline audit.json --fail-on high -o sarif",
      "palisade audit --since monday.json -o json > tuesday.json",
      "palisade audit -f manifests/ -o html > audit.html",
    ],
  },
  {
    kind: "offline",
    name: "render",
    about: "print every child of the SecureWorkloads in some files, each line that nobody wrote with its origin",
    flags: [
      files("SecureWorkloads, and the ConfigMaps that they name"),
      PLATFORM,
      NAMESPACE,
      { form: "--no-marks", about: "without origins" },
      ...DESK,
    ],
    examples: ["palisade render -f secure/ --platform platform.yaml"],
  },
  {
    kind: "online",
    name: "diff",
    about: "say what an apply would change in SecureWorkloads and their children, and whether pods restart",
    flags: [
      files("SecureWorkloads, and the ConfigMaps that they name"),
      { form: "--against PATH", about: "files to compare with, instead of the cluster" },
      PLATFORM,
      NAMESPACE,
      ...CONNECTION,
      ...DESK,
    ],
    examples: ["palisade diff -f secure/", "palisade diff -f secure/ --against main/secure/"],
  },
  {
    kind: "online",
    name: "check",
    about: "verify an installation, one line per check",
    flags: [...OPERATION, wait("retries failed checks"), ...DESK],
    examples: ["palisade check -n palisade-system"],
  },
  {
    kind: "online",
    name: "plan",
    words: "<name>",
    about: "say what the operator would do next for a SecureWorkload, and why; writes nothing",
    flags: [...OPERATION, wait("waits for the cluster's state"), ...DESK],
    examples: ["palisade plan -n shop web"],
  },
  {
    kind: "online",
    name: "status",
    words: "[name]",
    about: "say on one page how a SecureWorkload stands and what to do; without a name, one line for each",
    flags: [
      { form: "-n, --namespace NAME", about: "namespace of the SecureWorkloads (default: the context's)" },
      { form: "-A, --all-namespaces", about: "every namespace; only without a name" },
      ...CONNECTION,
      ...DESK,
    ],
    examples: ["palisade status -n shop web", "palisade status -n shop", "palisade status -A -o json"],
  },
  {
    kind: "online",
    name: "undo",
    words: "<name>",
    about: "declare the spec of a SecureWorkload again that was in force before, out of its own history",
    flags: [
      { form: "-n, --namespace NAME", about: "namespace of the SecureWorkload (default: the context's)" },
      { form: "--to-revision N", about: "go back to this revision (default: the latest that differs)" },
      { form: "--list", about: "print the history, and change nothing" },
      { form: "--yes", about: "change it although a delivery tool, Argo CD for example, keeps it" },
      ...CONNECTION,
      ...DESK,
    ],
    examples: [
      "palisade undo web -n shop",
      "palisade undo web -n shop --list",
      "palisade undo web -n shop --to-revision 3",
    ],
  },
  {
    kind: "online",
    name: "report",
    words: "[file]",
    about:
      "write a page to look at: attack chains, who reaches whom, and what Palisade holds (default: palisade-report.html)",
    flags: [
      { form: "-n, --namespace NAME", about: "one namespace (default: every namespace)" },
      { form: "--since FILE", about: "show this report or audit, made with -o json, beside the new one" },
      ...CONNECTION,
      {
        form: "-o, --output FORMAT",
        about: "text, which writes the page into the file; json, yaml, or html on standard output",
        choices: ["text", "json", "yaml", "html"],
      },
      TIMEOUT,
    ],
    examples: [
      "palisade report",
      "palisade report monday.html --since sunday.json",
      "palisade report -o json > sunday.json",
    ],
  },
  {
    kind: "online",
    name: "migrate",
    about: "move what runs in a namespace to SecureWorkloads, one at a time; prints the plan unless told to go",
    flags: [
      { form: "-n, --namespace NAME", about: "namespace that moves (default: the context's)" },
      files("SecureWorkloads as they should be (default: what convert makes of the namespace)"),
      { form: "--go", about: "carry the plan out, and stop at the first trouble" },
      { form: "--keep FOLDER", about: "where to keep what is taken over (default: palisade-migration-NAMESPACE)" },
      { form: "--wait SECONDS", about: "how long it waits for each workload (default: 300)" },
      ...CONNECTION,
      ...DESK,
    ],
    examples: ["palisade migrate -n shop -f converted/secure", "palisade migrate -n shop -f converted/secure --go"],
  },
  {
    kind: "online",
    name: "learn",
    about: "see what workloads really do, beside what they declare: calls, permissions and directories that they write",
    flags: [
      { form: "-n, --namespace NAME", about: "namespace of the workloads (default: the context's)" },
      files("SecureWorkloads as they are declared, roles, and what runs them (default: those of the namespace)"),
      { form: "--no-edit", about: "print what was learned, and leave the files of -f as they are" },
      {
        form: "--for TIME",
        about: "look where they run, for so long: 90s, 10m or 1h; in each pod, by an ephemeral container",
      },
      {
        form: "--image NAME",
        about: "Palisade's image, for the ephemeral containers (default: that of the installation)",
      },
      { form: "--writes", about: "tell the directories in which files are newer than the program, too" },
      { form: "--hubble FILE", about: "flows of Hubble, one a line, as JSON; - is standard input" },
      { form: "--goldmane FILE", about: "flows of Goldmane or Whisker, one a line, as JSON" },
      { form: "--dns-log FILE", about: "lines of CoreDNS' log plugin" },
      { form: "--audit-log FILE", about: "the API server's audit log, for permissions" },
      {
        form: "--addresses PATH",
        about: "Pods, Services and Nodes as kubectl prints them, for addresses in logs",
        isRepeatable: true,
      },
      ...CONNECTION,
      ...DESK,
    ],
    examples: [
      "palisade learn -n shop -f converted/secure --for 10m --writes",
      "hubble observe -n shop --last 100000 -o json | palisade learn -n shop -f converted/secure --hubble -",
      "palisade learn -n shop -f converted/secure --dns-log coredns.log --addresses pods.yaml",
      "palisade learn -n shop -f converted/secure -f roles.yaml --audit-log audit.log",
    ],
  },
  {
    kind: "offline",
    name: "completion",
    words: "<shell>",
    about: "print the completion of bash, zsh or fish",
    flags: DESK,
    examples: ["source <(palisade completion bash)"],
  },
  {
    kind: "offline",
    name: "version",
    about: "print the version",
    flags: DESK,
    examples: ["palisade version -o json"],
  },
  {
    kind: "daemon",
    name: "operator",
    about: "run the operator",
    flags: OPERATION,
    examples: ["palisade operator --no-leader-elect"],
  },
  {
    kind: "daemon",
    name: "keep-admission",
    about: "run the policy controller, which restores the admission policies",
    flags: OPERATION,
    examples: ["palisade keep-admission --config config.json"],
  },
] as const satisfies readonly CommandEntry[];

type Entry = (typeof COMMANDS)[number];
export type DaemonName = Extract<Entry, { readonly kind: "daemon" }>["name"];
export type DeskName = Exclude<Entry["name"], DaemonName>;
