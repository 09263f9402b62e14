/** The main job in a minute: an embedded Kubernetes, the operator as in production, and attacks that do not last. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { DEFAULT_INSTALLATION } from "../src/admission/identities.ts";
import {
  addNode,
  type CommandResult,
  grantNamespace,
  startCluster,
  type TestCluster,
  until,
} from "../test/cluster/index.ts";
import { mustKubectl } from "../test/cluster/kubectl.ts";
import { installPalisade } from "../test/support/install.ts";

const root = join(import.meta.dirname, "..");
const KEEP = process.env["KEEP"] === "1";
const NAMESPACE = "shop";

interface Scene {
  readonly title: string;
  readonly user: "alice" | "platform";
  readonly args: readonly string[];
  readonly input?: object;
  /** Where the Event is, if not beside the workload. */
  readonly namespaceOfEvents?: string;
  /** True once nothing is left of it. */
  readonly isUndone: (cluster: TestCluster) => Promise<boolean>;
}

/** The policy that keeps others from writing what belongs to workloads. */
const BINDING = "palisade-owned-objects";

const say = (text: string): void => console.log(text);
const heading = (text: string): void => say(`\n\u001b[1m${text}\u001b[0m`);

async function json<T>(cluster: TestCluster, args: readonly string[]): Promise<T | undefined> {
  const { stdout, code } = await cluster.kubectl([...args, "-o", "json"]);
  return code === 0 ? (JSON.parse(stdout) as T) : undefined;
}

const get = (cluster: TestCluster, kind: string, name: string): Promise<Record<string, unknown> | undefined> =>
  json(cluster, ["get", kind, name, "-n", NAMESPACE]);

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: Readonly<Record<string, unknown>> & {
        readonly containers: readonly { readonly name: string; readonly image: string; readonly env?: unknown }[];
      };
    };
  };
}

const deployment = async (cluster: TestCluster): Promise<Deployment | undefined> =>
  (await get(cluster, "deployment", "web")) as unknown as Deployment | undefined;

const podSpec = (patch: object): readonly string[] => [
  "patch",
  "deployment",
  "web",
  "--type=strategic",
  "-p",
  JSON.stringify({ spec: { template: { spec: patch } } }),
];

const safe = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

const SCENES: readonly Scene[] = [
  {
    title: "adds a sidecar that mines coins",
    user: "alice",
    args: podSpec({ containers: [{ name: "miner", image: "registry.example.com/miner:1", securityContext: safe }] }),
    isUndone: async (cluster) => (await deployment(cluster))?.spec.template.spec.containers.length === 1,
  },
  {
    title: "swaps the image",
    user: "alice",
    args: podSpec({ containers: [{ name: "web", image: "registry.example.com/shop/web:evil" }] }),
    isUndone: async (cluster) =>
      (await deployment(cluster))?.spec.template.spec.containers[0]?.image === "registry.example.com/shop/web:1.4.2",
  },
  {
    title: "preloads a library through the environment",
    user: "alice",
    args: podSpec({ containers: [{ name: "web", env: [{ name: "LD_PRELOAD", value: "/tmp/x.so" }] }] }),
    isUndone: async (cluster) => (await deployment(cluster))?.spec.template.spec.containers[0]?.env === undefined,
  },
  {
    title: "moves the pods into the host's network",
    user: "alice",
    args: podSpec({ hostNetwork: true, hostUsers: null }),
    isUndone: async (cluster) => (await deployment(cluster))?.spec.template.spec["hostNetwork"] === undefined,
  },
  {
    title: "scales to fifty",
    user: "alice",
    args: ["scale", "deployment", "web", "--replicas=50"],
    isUndone: async (cluster) => (await deployment(cluster))?.spec.replicas === 1,
  },
  {
    title: "deletes the namespace's default deny",
    user: "alice",
    args: ["delete", "networkpolicy", "palisade-default-deny"],
    isUndone: async (cluster) => (await get(cluster, "networkpolicy", "palisade-default-deny")) !== undefined,
  },
  {
    title: "adds a NetworkPolicy that allows everything",
    user: "alice",
    args: ["create", "-f", "-"],
    input: {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "open" },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}], egress: [{}] },
    },
    isUndone: async (cluster) => (await get(cluster, "networkpolicy", "open")) === undefined,
  },
  {
    title: "points the Service at pods of her own",
    user: "alice",
    args: [
      "patch",
      "service",
      "web",
      "--type=merge",
      "-p",
      JSON.stringify({ spec: { selector: { "palisade.dev/workload": "evil" } } }),
    ],
    isUndone: async (cluster) =>
      JSON.stringify((await get(cluster, "service", "web"))?.["spec"]).includes('"palisade.dev/workload":"web"'),
  },
  {
    title: "mounts the account's token everywhere",
    user: "alice",
    args: [
      "patch",
      "serviceaccount",
      "web",
      "--type=merge",
      "-p",
      JSON.stringify({ automountServiceAccountToken: true }),
    ],
    isUndone: async (cluster) =>
      (await get(cluster, "serviceaccount", "web"))?.["automountServiceAccountToken"] === false,
  },
  {
    title: "deletes the Deployment",
    user: "alice",
    args: ["delete", "deployment", "web", "--wait=false"],
    isUndone: async (cluster) => (await deployment(cluster)) !== undefined,
  },
  {
    title: "binds a strong role to the application's account",
    user: "platform",
    args: ["create", "rolebinding", "strong", "--clusterrole=admin", `--serviceaccount=${NAMESPACE}:web`],
    isUndone: async (cluster) => (await get(cluster, "rolebinding", "strong")) === undefined,
  },
  {
    title: "lowers the namespace's Pod Security label",
    user: "platform",
    args: ["label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=privileged", "--overwrite"],
    isUndone: async (cluster) =>
      JSON.stringify(await json(cluster, ["get", "namespace", NAMESPACE])).includes(
        '"pod-security.kubernetes.io/enforce":"restricted"',
      ),
  },
  {
    title: "opens a shell in the container",
    user: "alice",
    args: ["exec", "deployment/web", "--", "sh"],
    isUndone: async () => false,
  },
  {
    title: "switches an admission policy to Audit",
    user: "platform",
    args: [
      "patch",
      "validatingadmissionpolicybinding",
      BINDING,
      "--type=merge",
      "-p",
      '{"spec":{"validationActions":["Audit"]}}',
    ],
    namespaceOfEvents: "default",
    isUndone: async (cluster) =>
      JSON.stringify(await json(cluster, ["get", "validatingadmissionpolicybinding", BINDING])).includes('["Deny"]'),
  },
];

interface EventList {
  readonly items: readonly {
    readonly reason: string;
    readonly note: string;
    readonly series?: { readonly count: number };
  }[];
}

async function notes(cluster: TestCluster, namespace: string): Promise<readonly string[]> {
  const events = await json<EventList>(cluster, ["get", "events.events.k8s.io", "-n", namespace]);
  return (events?.items ?? [])
    .filter(({ reason }) => reason === "DriftCorrected")
    .map(({ note, series }) => (series === undefined ? note : `${note} (${series.count} times)`));
}

/** Milliseconds from the attack's answer until nothing of it is left, as a client sees it; undefined if it lasts. */
async function play(
  cluster: TestCluster,
  scene: Scene,
): Promise<{
  readonly standingMs: number | undefined;
  readonly note: string | undefined;
  readonly refused: string | undefined;
}> {
  const where = scene.namespaceOfEvents ?? NAMESPACE;
  const before = new Set(await notes(cluster, where));
  const attack: CommandResult = await cluster.kubectl(["-n", NAMESPACE, ...scene.args], {
    user: scene.user,
    ...(scene.input === undefined ? {} : { input: JSON.stringify(scene.input) }),
  });
  const doneMs = performance.now();
  if (attack.code !== 0) return { standingMs: 0, note: undefined, refused: inShort(attack.stderr) };
  let note: string | undefined;
  try {
    await until(() => scene.isUndone(cluster), scene.title, 10_000);
  } catch {
    return { standingMs: undefined, note, refused: undefined };
  }
  const standingMs = performance.now() - doneMs;
  const findNote = async (): Promise<boolean> => {
    note = (await notes(cluster, where)).find((candidate) => !before.has(candidate));
    return note !== undefined;
  };
  await until(findNote, "its Event", 10_000).catch(() => {});
  return { standingMs: note === undefined ? undefined : standingMs, note, refused: undefined };
}

/** The last line of what kubectl says; of an admission policy, its own words. */
function inShort(stderr: string): string {
  const line = stderr.split("\n").findLast((candidate) => candidate !== "") ?? "";
  const [, policy, words] = /ValidatingAdmissionPolicy '([^']+)' .* denied request: (.*)$/.exec(line) ?? [];
  return policy === undefined ? line : `${policy}: ${words}`;
}

/** Policies hold a moment after they are stored. */
const untilGuarded = (cluster: TestCluster): Promise<void> =>
  until(
    async () =>
      (
        await cluster.kubectl([
          "label",
          "deployment",
          "web",
          "-n",
          NAMESPACE,
          "palisade.dev/probe=yes",
          "--dry-run=server",
        ])
      ).code !== 0,
    "the admission policies",
  );

/** With nobody there to undo anything: what the API server refuses by itself. */
async function replayAll(cluster: TestCluster): Promise<number> {
  let refused = 0;
  for (const { title, user, args, input } of SCENES) {
    const { code } = await cluster.kubectl(["-n", NAMESPACE, ...args], {
      user,
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
    });
    if (code !== 0) refused += 1;
    say(`${code === 0 ? "✗ done until the operator is back" : "✓ refused"}: ${user} ${title}`);
  }
  return refused;
}

interface Running {
  readonly process: ChildProcess;
  readonly output: () => string;
}

/** A command of Palisade under its own account. Its log goes to a file, so that it can outlive this process. */
async function start(cluster: TestCluster, command: string, account: string): Promise<Running> {
  const kubeconfig = await cluster.serviceAccountKubeconfig(DEFAULT_INSTALLATION.namespace, account);
  const path = `${kubeconfig}.log`;
  const log = openSync(path, "a");
  const child = spawn(
    process.execPath,
    ["src/main.ts", command, "--kubeconfig", kubeconfig, "--health-port", "0", "--log-level", "warn"],
    { cwd: root, stdio: ["ignore", log, log], detached: KEEP },
  );
  closeSync(log);
  return { process: child, output: () => readFileSync(path, "utf8").slice(-5_000) };
}

/** The platform team's sample but for its registries: with those named, tags are resolved, and no registry is there to ask. */
function baselineOf(samples: string): string {
  const sample = parse(readFileSync(join(samples, "platform", "security-baseline.yaml"), "utf8")) as {
    readonly spec: Readonly<Record<string, unknown>>;
  };
  const { registries: _named, ...spec } = sample.spec;
  return JSON.stringify({ ...sample, spec });
}

async function playAll(
  cluster: TestCluster,
  operatorOutput: () => string,
): Promise<{ readonly corrected: number; readonly slowestMs: number }> {
  let corrected = 0;
  let slowestMs = 0;
  for (const scene of SCENES) {
    const { standingMs, note, refused } = await play(cluster, scene);
    if (standingMs === undefined)
      say(`\n✗ ${scene.user} ${scene.title}: STILL STANDS\n    ${note ?? operatorOutput()}`);
    else {
      corrected += 1;
      slowestMs = Math.max(slowestMs, standingMs);
      say(
        `\n✓ ${scene.user} ${scene.title}: ${refused === undefined ? `gone after ${Math.round(standingMs)} ms` : "refused"}`,
      );
      say(`    ${note ?? refused ?? ""}`);
    }
  }
  return { corrected, slowestMs };
}

async function main(): Promise<number> {
  heading("1. A real Kubernetes");
  const cluster = await startCluster({ components: ["controller-manager", "scheduler"], detached: KEEP, log: say });
  const started: Running[] = [];
  const end = async (): Promise<void> => {
    for (const { process: child } of started) child.kill("SIGTERM");
    await cluster.stop();
  };
  const onSignal = (): void => void end().finally(() => process.exit(130));
  process.once("SIGINT", onSignal);
  try {
    say(`etcd, API server, controllers and scheduler, ready in ${(cluster.readyMs / 1_000).toFixed(1)} s`);
    await addNode(cluster, "node-1", { userNamespaces: true });
    for (const namespace of [NAMESPACE, "edge"]) await grantNamespace(cluster, namespace, "alice", "edit");

    heading("2. Palisade: the operator and the keeper of the policies, each under its own ServiceAccount and role");
    await installPalisade(cluster);
    const keeper = await start(cluster, "keep-admission", DEFAULT_INSTALLATION.keeper);
    started.push(keeper);
    const running = await start(cluster, "operator", DEFAULT_INSTALLATION.account);
    started.push(running);
    const samples = join(root, "config", "samples");
    await mustKubectl(cluster, ["apply", "-f", "-"], { user: "platform", input: baselineOf(samples) });
    say(readFileSync(join(samples, "web.yaml"), "utf8").trimEnd());
    const files = readdirSync(samples).filter((file) => file.endsWith(".yaml"));
    for (const file of files) {
      await mustKubectl(cluster, ["apply", "-f", "-"], {
        user: "alice",
        input: readFileSync(join(samples, file), "utf8"),
      });
    }
    const appliedMs = performance.now();
    await until(async () => (await deployment(cluster)) !== undefined, "the Deployment", 30_000).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}\n${running.output()}`);
      },
    );
    say(
      `\nalice applied it and ${files.length - 1} more; ${Math.round(performance.now() - appliedMs)} ms later it had become`,
    );
    await printTree(cluster);
    await untilGuarded(cluster);

    heading("3. Attacks");
    const { corrected, slowestMs } = await playAll(cluster, running.output);
    heading("4. What the teams see");
    say((await mustKubectl(cluster, ["get", "sw", "-A", "-o", "wide"])).trimEnd());
    say(`\n${(await mustKubectl(cluster, ["get", "sb", "-o", "wide"])).trimEnd()}`);
    if (!KEEP) {
      heading("5. The same attacks while both are stopped");
      for (const { process: child } of started.splice(0)) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      say(`\n${await replayAll(cluster)} of ${SCENES.length} are refused all the same`);
    }
    heading(
      `${corrected} of ${SCENES.length} attacks undone or refused, the slowest seen gone after ${Math.round(slowestMs)} ms (kubectl's own start included)`,
    );
    if (KEEP) {
      for (const { process: child } of started) child.unref();
      say(
        `It keeps running:\n  export KUBECONFIG=${cluster.kubeconfig()}\n  alice: ${cluster.kubeconfig("alice")}\n  ${cluster.description?.kubectl ?? "kubectl"} get sw -A\nTo end it:\n  kill ${started.map(({ process: child }) => child.pid).join(" ")}; npm exec -- node test/cluster/stop.ts ${cluster.description?.folder ?? ""}`,
      );
    }
    return corrected === SCENES.length ? 0 : 1;
  } finally {
    process.removeListener("SIGINT", onSignal);
    if (!KEEP) await end();
  }
}

async function printTree(cluster: TestCluster): Promise<void> {
  const kinds = [
    "namespace",
    "networkpolicy",
    "serviceaccount",
    "service",
    "poddisruptionbudget",
    "deployment",
    "replicaset",
    "pod",
  ];
  say(`SecureWorkload/web`);
  await until(
    async () => ((await json<{ items: unknown[] }>(cluster, ["get", "pod", "-n", NAMESPACE]))?.items.length ?? 0) > 0,
    "the pod",
  );
  for (const kind of kinds) {
    const args = kind === "namespace" ? ["get", kind, NAMESPACE] : ["get", kind, "-n", NAMESPACE];
    const found = await json<{ items?: Named[] } & Named>(cluster, args);
    const objects = found?.items ?? (found === undefined ? [] : [found]);
    for (const { metadata } of objects.filter(
      ({ metadata: { name } }) => kind !== "serviceaccount" || name !== "default",
    )) {
      say(`  ├─ ${`${kind}/${metadata.name}`.padEnd(40)} ${FACTS[kind] ?? ""}`.trimEnd());
    }
  }
}

interface Named {
  readonly metadata: { readonly name: string };
}

const FACTS: Readonly<Record<string, string>> = {
  namespace: "Pod Security restricted: enforce, audit, warn",
  networkpolicy: "closed in both directions but for what is declared",
  serviceaccount: "of its own, no token",
  service: "cluster-internal",
  deployment: "non-root, own UID, user namespace, read-only root, no capabilities",
};

process.exit(await main());
