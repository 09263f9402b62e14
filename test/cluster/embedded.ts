/** A control plane of its own: etcd, API server and, where asked for, controllers and scheduler, as child processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { isAlive, kubernetesBinary, type Log, STATE_ROOT } from "./binary.ts";
import { tokenKubeconfig, USER_NAMES, USERS } from "./users.ts";

export type Component = "controller-manager" | "scheduler";

export interface EmbeddedOptions {
  readonly components?: readonly Component[];
  readonly log?: Log;
  /** Lives on when this process ends; to be stopped by its folder. */
  readonly detached?: boolean;
}

/** What is needed to talk to a running control plane from any process; it is plain data. */
export interface EmbeddedDescription {
  readonly folder: string;
  readonly url: string;
  readonly caFile: string;
  readonly binary: string;
  readonly kubectl: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly readyMs: number;
}

const LOOPBACK = "127.0.0.1";
const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "None", verbs: ["get", "list", "watch"] }, { level: "Metadata" }],
};

/** Starts a control plane and resolves when it serves. On failure nothing is left running. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDescription> {
  const log = options.log ?? (() => {});
  const binary = await kubernetesBinary(log);
  sweepAbandoned();
  const startedMs = performance.now();
  mkdirSync(STATE_ROOT, { recursive: true });
  const folder = mkdtempSync(join(STATE_ROOT, "c-"));
  if (options.detached !== true) writeFileSync(join(folder, "owner"), String(process.pid));
  const tokens = Object.fromEntries(USER_NAMES.map((user) => [user, randomBytes(16).toString("hex")]));
  const [etcdPort, peerPort, apiPort] = await freePorts(3);
  const url = `https://${LOOPBACK}:${apiPort}`;
  const caFile = join(folder, "certs", "apiserver.crt");
  try {
    writeConfiguration(folder, url, caFile, tokens);
    const start = (name: string, args: readonly string[]): ChildProcess =>
      startProcess(binary, folder, name, args, options.detached === true);
    start("etcd", etcdArgs(folder, Number(etcdPort), Number(peerPort)));
    writeFileSync(
      join(folder, "apiserver.json"),
      JSON.stringify(apiServerArgs(folder, Number(etcdPort), Number(apiPort))),
    );
    start("kube-apiserver", apiServerArgs(folder, Number(etcdPort), Number(apiPort)));
    const admin = join(folder, "admin.kubeconfig");
    await untilReady(url, caFile, tokens["admin"] ?? "", folder);
    for (const component of options.components ?? [])
      start(`kube-${component}`, controllerArgs(component, folder, admin));
    const readyMs = performance.now() - startedMs;
    return { folder, url, caFile, binary, kubectl: join(binary, "..", "kubectl"), tokens, readyMs };
  } catch (error) {
    await stopEmbedded(folder);
    throw error;
  }
}

/** Kills the API server without a farewell and starts it again on its port, over the same data. */
export async function restartApiServer({ folder, binary, url, caFile, tokens }: EmbeddedDescription): Promise<void> {
  await killProcess(folder, "kube-apiserver", "SIGKILL");
  const args = JSON.parse(readFileSync(join(folder, "apiserver.json"), "utf8")) as readonly string[];
  startProcess(binary, folder, "kube-apiserver", args, !existsSync(join(folder, "owner")));
  await untilReady(url, caFile, tokens["admin"] ?? "", folder);
}

/** Ends every process of a control plane and removes its folder. */
export async function stopEmbedded(folder: string): Promise<void> {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".pid")) : [];
  // The data is thrown away, so nobody needs time to put it in order; the API server goes before its store.
  const order = names.map((name) => name.slice(0, -4)).sort((a, b) => Number(a === "etcd") - Number(b === "etcd"));
  for (const name of order) await killProcess(folder, name, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

function startProcess(
  binary: string,
  folder: string,
  name: string,
  args: readonly string[],
  detached: boolean,
): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), "a");
  const env = { ...process.env, ...(detached ? {} : { PALISADE_PARENT_PID: String(process.pid) }) };
  const child = spawn(binary, [name, ...args], { stdio: ["ignore", log, log], env, detached, cwd: folder });
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new Error(`${name} did not start`);
  writeFileSync(join(folder, `${name}.pid`), String(child.pid));
  return child;
}

async function killProcess(folder: string, name: string, signal: NodeJS.Signals): Promise<void> {
  const file = join(folder, `${name}.pid`);
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8"));
  if (isAlive(pid)) process.kill(pid, signal);
  for (let tries = 0; isAlive(pid) && tries < 500; tries += 1) await pause(10);
  rmSync(file, { force: true });
}

/** Folders whose owner was killed: its processes end by themselves, the files do not. */
function sweepAbandoned(): void {
  if (!existsSync(STATE_ROOT)) return;
  for (const name of readdirSync(STATE_ROOT)) {
    const owner = join(STATE_ROOT, name, "owner");
    if (existsSync(owner) && !isAlive(Number(readFileSync(owner, "utf8"))))
      rmSync(join(STATE_ROOT, name), { recursive: true, force: true });
  }
}

function writeConfiguration(
  folder: string,
  url: string,
  caFile: string,
  tokens: Readonly<Record<string, string>>,
): void {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(join(folder, "sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }));
  writeFileSync(join(folder, "sa.pub"), publicKey.export({ type: "spki", format: "pem" }));
  writeFileSync(join(folder, "audit.json"), JSON.stringify(AUDIT_POLICY));
  const lines = USER_NAMES.map((user) => `${tokens[user]},${user},${user},"${USERS[user].join(",")}"`);
  writeFileSync(join(folder, "tokens.csv"), `${lines.join("\n")}\n`, { mode: 0o600 });
  for (const user of USER_NAMES)
    writeFileSync(join(folder, `${user}.kubeconfig`), tokenKubeconfig(url, caFile, user, tokens[user] ?? ""), {
      mode: 0o600,
    });
}

const etcdArgs = (folder: string, port: number, peerPort: number): readonly string[] => [
  `--data-dir=${join(folder, "etcd")}`,
  `--listen-client-urls=http://${LOOPBACK}:${port}`,
  `--advertise-client-urls=http://${LOOPBACK}:${port}`,
  `--listen-peer-urls=http://${LOOPBACK}:${peerPort}`,
  "--unsafe-no-fsync",
  "--log-level=error",
];

const apiServerArgs = (folder: string, etcdPort: number, port: number): readonly string[] => [
  `--etcd-servers=http://${LOOPBACK}:${etcdPort}`,
  `--secure-port=${port}`,
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

function controllerArgs(component: Component, folder: string, kubeconfig: string): readonly string[] {
  const shared = [
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
  ];
  if (component === "scheduler") return shared.filter((flag) => flag !== "--secure-port=0").concat("--secure-port=0");
  return [
    ...shared,
    `--service-account-private-key-file=${join(folder, "sa.key")}`,
    `--root-ca-file=${join(folder, "certs", "apiserver.crt")}`,
    "--use-service-account-credentials=true",
    "--controllers=*,bootstrapsigner,tokencleaner",
  ];
}

async function untilReady(url: string, caFile: string, token: string, folder: string): Promise<void> {
  const { Agent, request } = await import("undici");
  const deadlineMs = performance.now() + 90_000;
  while (performance.now() < deadlineMs) {
    if (existsSync(caFile)) {
      const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });
      try {
        const { statusCode, body } = await request(`${url}/readyz`, {
          dispatcher,
          headers: { authorization: `Bearer ${token}` },
        });
        await body.dump();
        if (statusCode === 200) return;
      } catch {
        // Not listening yet.
      } finally {
        await dispatcher.destroy();
      }
    }
    const pid = Number(readFileSync(join(folder, "kube-apiserver.pid"), "utf8"));
    if (!isAlive(pid)) throw new Error(`kube-apiserver ended at start:\n${tailOf(join(folder, "kube-apiserver.log"))}`);
    await pause(50);
  }
  throw new Error(`kube-apiserver was not ready in 90 s:\n${tailOf(join(folder, "kube-apiserver.log"))}`);
}

const tailOf = (file: string): string =>
  existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-15).join("\n") : "no log";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Ports that were free a moment ago, held open together so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve, reject) =>
        server.once("error", reject).listen(0, LOOPBACK, () => resolve(server)),
      );
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
