/** A cluster whose scheduler, and then whose controllers, have names that admission does not know: told before a pod hangs, and settled by one value. */
import { type Client, type KubeObject, systemClock } from "kopf-ts";
import { controlPlaneKnown } from "../../src/commands/check/control-plane.ts";
import { BASELINE_NAME } from "../../src/crds/group.ts";
import { type Installation, installationIn, PROBE_NAME } from "../../src/installation.ts";
import { policiesFor } from "../../src/reconcilers/admission/policies.ts";
import type { Renamed } from "../cluster/components.ts";
import { renameComponent } from "../cluster/embedded.ts";
import { startCluster, type TestCluster, until } from "../cluster/index.ts";
import { clientOf, kubectl, type RunningPalisade, runPalisade, stopEveryProcess } from "../support/cluster.ts";
import { installPalisade } from "../support/install.ts";
import { lookAt } from "../support/look.ts";
import { type PaperKubelet, startPaperKubelet } from "../support/paper-kubelet.ts";
import { setBaseline } from "../support/platform.ts";
import { aWorkload } from "../support/workloads.ts";

const NAMESPACE = "palisade-system";
const SCHEDULER: Renamed = { user: "company:scheduler", groups: [] };
/** Without an account for each controller. */
const CONTROLLERS: Renamed = { user: "company:controllers", groups: ["system:masters"], asOne: true };

let cluster: TestCluster;
let client: Client;
let close: () => Promise<void>;
let kubelet: PaperKubelet;
let running: RunningPalisade | undefined;

beforeAll(async () => {
  cluster = await startCluster({
    components: ["controller-manager", "scheduler"],
    renamed: { scheduler: SCHEDULER },
    identities: { [CONTROLLERS.user]: CONTROLLERS.groups },
  });
  await installPalisade(cluster);
  for (const role of ["system:kube-scheduler", "system:volume-scheduler"])
    await kubectl(cluster, [
      "create",
      "clusterrolebinding",
      `company-${role.replace("system:", "")}`,
      `--clusterrole=${role}`,
      `--user=${SCHEDULER.user}`,
    ]);
  ({ client, close } = await clientOf(cluster));
  kubelet = await startPaperKubelet(cluster, client);
  await setBaseline(cluster, {});
}, 300_000);

afterAll(async () => {
  await stopEveryProcess();
  await kubelet?.stop();
  await close?.();
  await cluster?.stop();
}, 60_000);

/** Palisade as its chart runs it with `config.controlPlane.users`. */
async function runWith(...users: readonly string[]): Promise<Installation> {
  await running?.stop();
  const installation = installationIn(NAMESPACE, { users });
  running = await runPalisade(cluster, { installation, admission: policiesFor(installation) });
  return installation;
}

async function create(namespace: string): Promise<void> {
  await kubectl(cluster, ["create", "namespace", namespace]);
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("web", namespace) });
}

const condition = async (type: string): Promise<string | undefined> => {
  const baseline = JSON.parse(await kubectl(cluster, ["get", "securitybaseline", BASELINE_NAME, "-o", "json"])) as {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly message: string }[] };
  };
  return baseline.status?.conditions?.find((one) => one.type === type)?.message;
};

const check = (installation: Installation) =>
  controlPlaneKnown({
    client,
    clock: systemClock,
    installation,
    signal: AbortSignal.timeout(30_000),
    shards: 1,
    probes: undefined,
  });

const namespaceOf = async (name: string): Promise<KubeObject> =>
  JSON.parse(await kubectl(cluster, ["get", "namespace", name, "-o", "json"])) as KubeObject;

const isRunning = async (namespace: string): Promise<boolean> =>
  (await lookAt(cluster, namespace).condition("web", "Ready"))?.reason === "Running";

test("an unknown scheduler is named, and nothing is enrolled in which pods could not start", async () => {
  const installation = await runWith();
  await create("early");
  await until(async () => (await condition("ControlPlaneUnknown")) !== undefined, "the condition", 60_000);
  expect(await condition("ControlPlaneUnknown")).toContain("User company:scheduler schedules pods");
  const early = lookAt(cluster, "early");
  await until(async () => (await early.condition("web", "ReportOnly"))?.reason === "ControlPlaneUnknown", "the report");
  expect((await early.condition("web", "ReportOnly"))?.message).toContain(
    "set the chart's config.controlPlane.users to {company:scheduler}",
  );
  expect((await namespaceOf("early")).metadata.labels).not.toHaveProperty(["palisade.dev/enrolment"]);
  expect(await early.list("pods")).toEqual([]);
  expect(await check(installation)).toMatchObject({
    holds: false,
    message: expect.stringContaining("company:scheduler"),
  });
}, 120_000);

test("the value settles it: what waited is enrolled, and its pods run", async () => {
  const installation = await runWith(SCHEDULER.user);
  await until(() => isRunning("early"), "the pods to run", 60_000);
  expect(await condition("ControlPlaneUnknown")).toBeUndefined();
  expect(await lookAt(cluster, "early").condition("web", "ReportOnly")).toBeUndefined();
  expect(await check(installation)).toMatchObject({ holds: true });
  await until(
    async () => (await lookAt(cluster, NAMESPACE).get("replicaset", PROBE_NAME)) === undefined,
    "the probe to go",
  );
}, 120_000);

test("what is enrolled stays guarded when the controllers change their name, and nothing new is enrolled", async () => {
  await running?.stop();
  running = undefined;
  const { description } = cluster;
  if (description === undefined) throw new Error("this cluster is somebody else's");
  await renameComponent(description, "controller-manager", CONTROLLERS);
  await runWith(SCHEDULER.user);
  await create("late");
  await until(async () => (await condition("ControlPlaneUnknown")) !== undefined, "the condition", 60_000);
  expect(await condition("ControlPlaneUnknown")).toContain("User company:controllers creates pods");
  expect((await namespaceOf("late")).metadata.labels).not.toHaveProperty(["palisade.dev/enrolment"]);
  expect((await namespaceOf("early")).metadata.labels).toHaveProperty(["palisade.dev/enrolment"]);
  expect(await lookAt(cluster, "early").condition("web", "ReportOnly")).toBeUndefined();
  await runWith(SCHEDULER.user, CONTROLLERS.user);
  await until(() => isRunning("late"), "the pods to run", 60_000);
  await kubectl(cluster, ["delete", "secureworkload", "web", "-n", "late"]);
  await until(async () => (await lookAt(cluster, "late").list("pods")).length === 0, "the garbage collector", 60_000);
}, 240_000);
