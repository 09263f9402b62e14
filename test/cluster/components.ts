/** What each component of the control plane is started with. */
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOOPBACK } from "./ports.ts";
import { tokenKubeconfig, USER_NAMES, USERS } from "./users.ts";

export type Component = "controller-manager" | "scheduler";

/** Where a control plane listens, and who may speak to it. */
export interface Endpoints {
  readonly etcdPort: number;
  readonly peerPort: number;
  readonly apiPort: number;
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

/** Writes the keys, the audit policy, the tokens and a kubeconfig per user. */
export function writeConfiguration(folder: string, url: string, tokens: Readonly<Record<string, string>>): void {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secret = { mode: 0o600 };
  writeFileSync(join(folder, "sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }), secret);
  writeFileSync(join(folder, "sa.pub"), publicKey.export({ type: "spki", format: "pem" }));
  writeFileSync(join(folder, "audit.json"), JSON.stringify(AUDIT_POLICY));
  const lines = USER_NAMES.map((user) => `${tokens[user]},${user},${user},"${USERS[user].join(",")}"`);
  writeFileSync(join(folder, "tokens.csv"), `${lines.join("\n")}\n`, secret);
  for (const user of USER_NAMES) {
    const kubeconfig = tokenKubeconfig(url, caFileOf(folder), user, tokens[user] ?? "");
    writeFileSync(join(folder, `${user}.kubeconfig`), kubeconfig, secret);
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

export const apiServerArgs = (folder: string, { etcdPort, apiPort }: Endpoints): readonly string[] => [
  `--etcd-servers=http://${LOOPBACK}:${etcdPort}`,
  `--secure-port=${apiPort}`,
  `--bind-address=${LOOPBACK}`,
  `--advertise-address=${LOOPBACK}`,
  "--endpoint-reconciler-type=none",
  `--cert-dir=${join(folder, "certs")}`,
  "--service-cluster-ip-range=10.96.0.0/16",
  "--service-account-issuer=https://kubernetes.default.svc",
  `--service-account-key-file=${join(folder, "sa.pub")}`,
  `--service-account-signing-key-file=${join(folder, "sa.key")}`,
  `--token-auth-file=${join(folder, "tokens.csv")}`,
  "--authorization-mode=Node,RBAC",
  `--audit-policy-file=${join(folder, "audit.json")}`,
  `--audit-log-path=${join(folder, "audit.log")}`,
  "--allow-privileged=true",
  "--shutdown-delay-duration=0s",
];

// Nodes here exist on paper only and never report: without a long grace they would be lost after a minute.
const PAPER_NODES = ["--node-monitor-grace-period=24h", "--node-startup-grace-period=24h"];

/** Their client limits are lifted, or a scale test would measure those. */
export function controllerArgs(component: Component, folder: string): readonly string[] {
  const shared = [
    `--kubeconfig=${join(folder, "admin.kubeconfig")}`,
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
    "--use-service-account-credentials=true",
    ...PAPER_NODES,
  ];
}
