/** The main job in a minute: an embedded Kubernetes, the operator as in production, and attacks that do not last. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ADMISSION_POLICIES } from "../src/reconcilers/admission/policies.ts";
import { addNode, grantNamespace, startCluster, type TestCluster, until } from "../test/cluster/index.ts";
import { listOf, mustKubectl } from "../test/cluster/kubectl.ts";
import { DRIFT_CASES } from "../test/drift/cases/index.ts";
import { type Outcome, PATIENCE_MS, tryAttack } from "../test/drift/outcome.ts";
import { type Clients, INTRUDER, openClients, type Stage, stageOf } from "../test/drift/stage.ts";
import { installPalisade, runPalisade } from "../test/support/cluster.ts";

const SAMPLES = join(import.meta.dirname, "..", "config", "samples");
const KEEP = process.env["KEEP"] === "1";
const NAMESPACE = "shop";
/** Who declares. `alice` has `edit` and `bob` has `admin`. */
const TEAM = "carol";

/** Of the list of drift cases: the first attack of each of these. */
const SHOWN = [1, 12, 6, 4, 27, 31, 40, 41, 47, 64, 56, 66, 69, 74];
const ATTACKS = SHOWN.flatMap((wanted) => DRIFT_CASES.find(({ number }) => number === wanted)?.attacks[0] ?? []);

/** What the demo says of each kind that a workload becomes, in the order in which it is shown. */
const CHILDREN = {
  networkpolicy: "closed in both directions but for what is declared",
  serviceaccount: "of its own, no token",
  service: "cluster-internal",
  poddisruptionbudget: "drains wait",
  deployment: "non-root, own UID, user namespace, read-only root, no capabilities",
  replicaset: "",
  pod: "",
};

const say = (text: string): void => console.log(text);
const heading = (text: string): void => say(`\n\u001b[1m${text}\u001b[0m`);

/** The platform team's sample but for its registries: with those named, tags are resolved, and no registry is there to ask. */
function baseline(): string {
  const sample = parse(readFileSync(join(SAMPLES, "platform", "security-baseline.yaml"), "utf8")) as {
    readonly spec: Readonly<Record<string, unknown>>;
  };
  const { registries: _named, ...spec } = sample.spec;
  return JSON.stringify({ ...sample, spec });
}

/** As the quick start does. The others have what teams have elsewhere. */
const giveTeam = (cluster: TestCluster, namespace: string): Promise<string> =>
  mustKubectl(cluster, [
    "create",
    "rolebinding",
    "app-team",
    "-n",
    namespace,
    "--clusterrole=palisade-app-team",
    `--user=${TEAM}`,
  ]);

async function applySamples(cluster: TestCluster): Promise<void> {
  for (const namespace of [NAMESPACE, "edge"]) await grantNamespace(cluster, namespace, "alice", "edit");
  await grantNamespace(cluster, NAMESPACE, "bob", "admin");
  for (const namespace of [NAMESPACE, "edge"]) await giveTeam(cluster, namespace);
  const apply = ["apply", "-f", "-"];
  await mustKubectl(cluster, apply, { input: listOf(INTRUDER) });
  await mustKubectl(cluster, apply, { user: "platform", input: baseline() });
  const may = ["auth", "can-i", "use", "secrets", "-n", "edge"];
  await until(async () => (await cluster.kubectl(may, { user: TEAM })).code === 0, "the role of the team");
  const token = ["create", "secret", "generic", "web", "-n", NAMESPACE, "--from-literal=token=only-an-example"];
  await mustKubectl(cluster, token, { user: TEAM });
  say(readFileSync(join(SAMPLES, "web.yaml"), "utf8").trimEnd());
  const files = readdirSync(SAMPLES).filter((file) => file.endsWith(".yaml"));
  for (const file of files)
    await mustKubectl(cluster, apply, { user: TEAM, input: readFileSync(join(SAMPLES, file), "utf8") });
  const sinceMs = performance.now();
  const pods = ["get", "pods", "-n", NAMESPACE, "-l", "palisade.dev/workload=web", "-o", "name"];
  await until(async () => (await mustKubectl(cluster, pods)) !== "", "the pod of web", 30_000);
  say(
    `\n${TEAM}, who has palisade-app-team and so reads no Secret, made the Secret that it names, and applied it and ${files.length - 1} more; ${Math.round(performance.now() - sinceMs)} ms later it had become`,
  );
}

async function printChildren(cluster: TestCluster): Promise<void> {
  const kinds = Object.keys(CHILDREN).join(",");
  const names = await mustKubectl(cluster, ["get", kinds, "-n", NAMESPACE, "-o", "name"]);
  say("SecureWorkload/web\n  ├─ Pod Security restricted: enforce, audit, warn");
  for (const name of names
    .trim()
    .split("\n")
    .filter((one) => !one.endsWith("/default"))) {
    const [, about = ""] = Object.entries(CHILDREN).find(([kind]) => name.startsWith(kind)) ?? [];
    say(`  ├─ ${name.padEnd(60)} ${about}`.trimEnd());
  }
}

/** Policies hold a moment after they are stored. */
const untilGuarded = (cluster: TestCluster): Promise<void> =>
  until(async () => {
    const probe = ["label", "deployment", "web", "-n", NAMESPACE, "palisade.dev/probe=yes", "--dry-run=server"];
    return (await cluster.kubectl(probe)).code !== 0;
  }, "the admission policies");

/** The part of a refusal that an admission policy says itself. */
const inShort = (message: string): string => / denied request: (.*)$/s.exec(message)?.[1] ?? message;

function textOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case "refused":
      return `refused by ${outcome.by}\n    ${inShort(outcome.message)}`;
    case "undone":
      return `gone after ${Math.round(outcome.ms)} ms`;
    case "told":
      return `told by ${outcome.by}`;
    case "stands":
      return "STILL STANDS";
  }
}

/** How many attacks are refused or undone. */
async function attackAll(stage: Stage, clients: Clients, patienceMs: number): Promise<number> {
  let foiled = 0;
  for (const attack of ATTACKS) {
    const outcome = await tryAttack(attack, stage, clients, { patienceMs });
    const isFoiled = outcome.kind === "refused" || outcome.kind === "undone";
    if (isFoiled) foiled += 1;
    say(`${isFoiled ? "✓" : "✗"} ${attack.user} ${attack.title}: ${textOf(outcome)}`);
  }
  return foiled;
}

async function printReports(cluster: TestCluster): Promise<void> {
  const events = ["get", "events", "-A", "--field-selector", "reason=DriftCorrected"];
  for (const args of [["get", "sw", "-A", "-o", "wide"], ["get", "sb", "-o", "wide"], events])
    say(`${(await mustKubectl(cluster, args)).trimEnd()}\n`);
}

/** Until Ctrl-C. */
async function keep(cluster: TestCluster): Promise<void> {
  say(
    `It keeps running until Ctrl-C:\n  export KUBECONFIG=${cluster.kubeconfig()}\n  alice: ${cluster.kubeconfig("alice")}`,
  );
  say(`  ${cluster.description?.kubectl ?? "kubectl"} get sw -A`);
  await once(process, "SIGINT");
}

async function main(cluster: TestCluster): Promise<boolean> {
  say(`etcd, API server, controllers and scheduler, ready in ${(cluster.readyMs / 1_000).toFixed(1)} s`);
  await addNode(cluster, "node-1", { userNamespaces: true });

  heading("2. Palisade: the operator and the keeper of the policies, each under its own ServiceAccount and role");
  await installPalisade(cluster);
  const palisade = await runPalisade(cluster, { admission: ADMISSION_POLICIES });
  const clients = await openClients(cluster);
  try {
    await applySamples(cluster);
    await printChildren(cluster);
    await untilGuarded(cluster);

    heading("3. Attacks");
    const stage = stageOf(cluster, clients, NAMESPACE);
    const foiled = await attackAll(stage, clients, PATIENCE_MS);
    heading("4. What the teams see");
    await printReports(cluster);
    if (KEEP) await keep(cluster);
    await palisade.stop();
    heading("5. The same attacks while both are stopped");
    const refused = await attackAll(stage, clients, 0);
    heading(
      `${foiled} of ${ATTACKS.length} attacks refused or undone; ${refused} of them refused with nobody there to undo them`,
    );
    return foiled === ATTACKS.length;
  } finally {
    await clients.close();
    await palisade.stop();
  }
}

heading("1. A real Kubernetes");
const cluster = await startCluster({ components: ["controller-manager", "scheduler"], log: say });
try {
  process.exitCode = (await main(cluster)) ? 0 : 1;
} finally {
  await cluster.stop();
}
