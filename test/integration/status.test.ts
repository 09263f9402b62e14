/** `palisade status` as an app team types it: with the role that the installation has for it, and with less. */

import { beforeAll, expect, test } from "@jest/globals";
import { ANSWERS } from "../../src/commands/answer-schemas.ts";
import { until } from "../cluster/index.ts";
import type { ClusterUser } from "../cluster/users.ts";
import { kubectl } from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";
import { typePalisade } from "../support/palisade-command.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const NAMESPACE = "status-team";
const BROKEN = "registry.example.com/shop/broken:1.0.0";

const palisade = usePalisade({ namespaces: [NAMESPACE], kubelet: "all" });
const { cluster } = palisade;
const look = lookAt(cluster, NAMESPACE);

const apply = (input: object): Promise<string> => kubectl(cluster, ["apply", "-f", "-"], { input });

const status = (words: readonly string[], user: ClusterUser = "bob") =>
  typePalisade(cluster, ["status", "-n", NAMESPACE, ...words], user);

async function pageOf(name: string, user: ClusterUser = "bob") {
  const { code, stdout, stderr } = await status([name, "-o", "json"], user);
  if (code > 1) throw new Error(`palisade status ${name}: ${stderr}`);
  return { code, stderr, page: ANSWERS.WorkloadStatus.parse(JSON.parse(stdout)) };
}

beforeAll(async () => {
  palisade.kubelet.fates.set(BROKEN, { reason: "ImagePullBackOff" });
  const bind = (role: string, user: ClusterUser): Promise<string> =>
    kubectl(cluster, ["create", "rolebinding", `${user}-status`, "-n", NAMESPACE, role, `--user=${user}`]);
  await bind("--clusterrole=palisade-app-team", "bob");
  const rights = ["--verb=get,list", "--resource=secureworkloads.palisade.dev"];
  await kubectl(cluster, ["create", "role", "workloads-only", "-n", NAMESPACE, ...rights]);
  await bind("--role=workloads-only", "carol");
  await apply(aWorkload("web", NAMESPACE, { replicas: 2 }));
  await apply(aWorkload("broken", NAMESPACE, { image: BROKEN }));
  await until(async () => (await look.condition("web", "Ready"))?.status === "True", "the workload to run");
  const told = async (): Promise<boolean> =>
    (await look.condition("broken", "Ready"))?.message.includes("ImagePullBackOff") === true;
  await until(told, "the trouble of the pod to be told");
}, 240_000);

test("a healthy workload is clean, with every child and pod", async () => {
  const { code, page, stderr } = await pageOf("web");
  expect({ code, troubles: page.troubles, unread: page.unread }).toEqual({ code: 0, troubles: [], unread: [] });
  expect([...new Set(page.children.map(({ standing }) => standing))]).toEqual(["there"]);
  expect(page.children).toContainEqual({ kind: "Deployment", name: "web", standing: "there" });
  expect(page.pods).toMatchObject({ ready: 2, wanted: 2 });
  expect(page.pods.items.map(({ phase, why }) => ({ phase, why }))).toEqual([
    { phase: "Running", why: undefined },
    { phase: "Running", why: undefined },
  ]);
  expect(stderr).toMatch(/^next: kubectl logs .*palisade\.dev\/workload=web/);
});

test("one whose pods do not run says why, and what to type about the pod", async () => {
  const { code, page, stderr } = await pageOf("broken");
  expect(code).toBe(1);
  expect(page.troubles[0]).toMatchObject({ condition: "Ready", status: "False", reason: "Progressing" });
  const [pod] = page.pods.items;
  expect(pod?.why).toBe("container broken: ImagePullBackOff");
  expect(stderr).toContain(`next: kubectl describe pod ${pod?.name} -n ${NAMESPACE}\n`);
  const { stdout } = await status(["broken"]);
  expect(stdout).toContain("container broken: ImagePullBackOff");
});

test("a correction is told with who and which field, and the workload is clean again", async () => {
  await kubectl(cluster, ["set", "image", "deploy/web", "*=evil/miner:1", "-n", NAMESPACE]);
  // Pods that were made of the change meanwhile are corrections of their own.
  const ofDeployment = async () =>
    (await pageOf("web")).page.corrections.latest.find(({ object }) => object === "Deployment/web");
  await until(async () => (await ofDeployment()) !== undefined, "the correction to be told");
  await until(async () => (await pageOf("web")).code === 0, "the workload to be clean again", 60_000);
  expect((await pageOf("web")).page.corrections.total).toBeGreaterThanOrEqual(1);
  const correction = await ofDeployment();
  expect(correction).toMatchObject({ action: "Repair", by: expect.stringMatching(/written by kubectl/) });
  expect(correction?.fields.join()).toContain("image");
}, 120_000);

test("without a name those with trouble stand first", async () => {
  const { code, stdout, stderr } = await status([]);
  expect(code).toBe(1);
  expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual(["NAME", "broken", "web", ""]);
  expect(stderr).toContain(`next: palisade status -n ${NAMESPACE} broken\n`);
});

test("whoever may read no more than SecureWorkloads gets the rest of the page, and is told of what is missing", async () => {
  const { code, page } = await pageOf("web", "carol");
  expect(code).toBe(1);
  expect(page.ready.status).toBe("True");
  expect(page.unread.map(({ right }) => right)).toEqual(
    expect.arrayContaining(["get deployments.apps", "list pods", "list events.events.k8s.io"]),
  );
  expect([...new Set(page.children.map(({ standing }) => standing))]).toEqual(["unread"]);
});

test.each<[string, readonly string[], ClusterUser, RegExp]>([
  [
    "who may read nothing",
    ["web"],
    "mallory",
    /you may not get secureworkloads\.palisade\.dev in namespace status-team/,
  ],
  [
    "who may list one namespace asks for all",
    ["-A"],
    "bob",
    /you may not list secureworkloads\.palisade\.dev in every namespace/,
  ],
  ["who asks for what is not there", ["gone"], "bob", /there is no SecureWorkload status-team\/gone/],
])("nobody could look: %s", async (_, words, user, said) => {
  const typed = words.includes("-A")
    ? await typePalisade(cluster, ["status", ...words], user)
    : await status(words, user);
  expect(typed).toMatchObject({ code: 3, stdout: "", stderr: expect.stringMatching(said) });
});
