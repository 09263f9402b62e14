/** What each component of the control plane is started with. */
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SERVICE_RANGE } from "./node/addresses.ts";
import type { NodeFront } from "./node/front.ts";
import { LOOPBACK } from "./ports.ts";
import { auditLogOf } from "./state-folder.ts";
import { tokenKubeconfig } from "./users.ts";

export type Component = "controller-manager" | "scheduler";

/** Where a control plane listens, and who may speak to it. */
export interface Endpoints {
  readonly etcdPort: number;
  readonly peerPort: number;
  readonly apiPort: number;
  /** Where a real node reaches the API server; without one, it answers on the loopback address alone. */
  readonly front?: NodeFront;
}

/** Every write with its user, object and user agent; no read, and no body. */
const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "None", verbs: ["get", "list", "watch"] }, { level: "Metadata" }],
};

/** The certificate the API server makes for itself; it is its own authority. */
export const caFileOf = (folder: string): string => join(folder, "certs", "apiserver.crt");

export const kubeconfigOf = (folder: string, user: string): string => join(folder, `${user}.kubeconfig`);

/** Writes the keys, the audit policy, the tokens and a kubeconfig per user. */
export function writeConfiguration(
  folder: string,
  url: string,
  identities: Readonly<Record<string, readonly string[]>>,
  tokens: Readonly<Record<string, string>>,
): void {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secret = { mode: 0o600 };
  writeFileSync(join(folder, "sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }), secret);
  writeFileSync(join(folder, "sa.pub"), publicKey.export({ type: "spki", format: "pem" }));
  writeFileSync(join(folder, "audit.json"), JSON.stringify(AUDIT_POLICY));
  const lines = Object.entries(identities).map(
    ([user, groups]) => `${tokens[user]},${user},${user},"${groups.join(",")}"`,
  );
  writeFileSync(join(folder, "tokens.csv"), `${lines.join("\n")}\n`, secret);
  for (const user of Object.keys(identities)) {
    const kubeconfig = tokenKubeconfig(url, caFileOf(folder), user, tokens[user] ?? "");
    writeFileSync(kubeconfigOf(folder, user), kubeconfig, secret);
  }
}

export const etcdArgs = (folder: string, { etcdPort, peerPort }: Endpoints): readonly string[] => [
  `--data-dir=${join(folder, "etcd")}`,
  `--listen-client-urls=http://${LOOPBACK}:${etcdPort}`,
  `--advertise-client-urls=http://${LOOPBACK}:${etcdPort}`,
  `--listen-peer-urls=http://${LOOPBACK}:${peerPort}`,
  `--initial-advertise-peer-urls=http://${LOOPBACK}:${peerPort}`,
  `--initial-cluster=default=http://${LOOPBACK}:${peerPort}`,
  "--unsafe-no-fsync",
  "--log-level=error",
];

export const apiServerArgs = (folder: string, { etcdPort, apiPort, front }: Endpoints): readonly string[] => [
  `--etcd-servers=http://${LOOPBACK}:${etcdPort}`,
  `--secure-port=${apiPort}`,
  ...(front === undefined ? UNREACHABLE : reachable(front)),
  `--cert-dir=${join(folder, "certs")}`,
  `--service-cluster-ip-range=${SERVICE_RANGE}`,
  "--service-account-issuer=https://kubernetes.default.svc",
  `--service-account-key-file=${join(folder, "sa.pub")}`,
  `--service-account-signing-key-file=${join(folder, "sa.key")}`,
  `--token-auth-file=${join(folder, "tokens.csv")}`,
  "--authorization-mode=Node,RBAC",
  `--audit-policy-file=${join(folder, "audit.json")}`,
  `--audit-log-path=${auditLogOf(folder)}`,
  // One file, however long: it is read from where a test began.
  "--audit-log-maxsize=100000",
  "--allow-privileged=true",
  "--shutdown-delay-duration=0s",
];

/** Has the API server read the policies of a folder, as docs/guides/static-admission.md says. */
export function staticPolicyArgs(folder: string, policies: string): readonly string[] {
  const file = join(folder, "admission.json");
  writeFileSync(file, JSON.stringify(staticAdmission(policies)));
  return [`--admission-control-config-file=${file}`];
}

const staticAdmission = (policies: string): object => ({
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "AdmissionConfiguration",
  plugins: [
    {
      name: "ValidatingAdmissionPolicy",
      configuration: {
        apiVersion: "apiserver.config.k8s.io/v1",
        kind: "ValidatingAdmissionPolicyConfiguration",
        staticManifestsDir: policies,
      },
    },
  ],
});

const UNREACHABLE = [
  `--bind-address=${LOOPBACK}`,
  `--advertise-address=${LOOPBACK}`,
  "--endpoint-reconciler-type=none",
];

/** Its certificate is valid for the advertised address and for the kubernetes Service, whose endpoint it keeps itself. */
const reachable = ({ address, certFile, keyFile }: NodeFront): readonly string[] => [
  `--bind-address=${address}`,
  `--advertise-address=${address}`,
  "--kubelet-preferred-address-types=InternalIP",
  `--kubelet-client-certificate=${certFile}`,
  `--kubelet-client-key=${keyFile}`,
];

// Most nodes here exist on paper only and never report: without a long grace they would be lost after a minute.
const PAPER_NODES = ["--node-monitor-grace-period=24h", "--node-startup-grace-period=24h"];

/** A component under another name than the usual one. */
export interface Renamed {
  readonly user: string;
  readonly groups: readonly string[];
  /** The user itself in place of a ServiceAccount per controller. */
  readonly asOne?: boolean;
}

export type RenamedComponents = Partial<Readonly<Record<Component, Renamed>>>;

/** Their client limits are lifted, or a scale test would measure those. */
export function controllerArgs(component: Component, folder: string, renamed?: Renamed): readonly string[] {
  const shared = [
    `--kubeconfig=${kubeconfigOf(folder, renamed?.user ?? `system:kube-${component}`)}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
  ];
  if (component === "scheduler") return shared;
  return [
    ...shared,
    `--service-account-private-key-file=${join(folder, "sa.key")}`,
    `--root-ca-file=${caFileOf(folder)}`,
    `--use-service-account-credentials=${renamed?.asOne !== true}`,
    ...PAPER_NODES,
  ];
}
