/**
 * Years of operation in minutes, on a cluster of its own: an installation of the version before is upgraded under load, loses its leader in every
 * way that there is, goes back, is removed and comes again. Whatever happens to the operator, nothing that runs begins anew and nobody who asks
 * it sees a gap.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BuiltImage } from "../../scripts/image/build.ts";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { crdNameOf } from "../../src/crds/custom-resource-definition.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { type TestCluster, until } from "../cluster/index.ts";
import { startNodeCluster } from "../cluster/node/index.ts";
import { pause } from "../cluster/pause.ts";
import { claimsOn, outsideTenure, writesOf } from "../support/tenures.ts";
import { runApplication } from "./support/application.ts";
import { IMAGES, kubectl } from "./support/e2e.ts";
import {
  beginLoad,
  change,
  correctionsOf,
  podsIn,
  tamper,
  untilPoliciesAreConfigured,
  untilUndone,
} from "./support/life.ts";
import { memoryOf } from "./support/memory.ts";
import { beginPolls, expectNoGap, type Polls, pollerOf } from "./support/poller.ts";
import { applyRelease, helmOn, makeNamespace, NAMESPACE, packageChart, shipImage } from "./support/release.ts";
import { cutNetworkOf, killProcessOf, mustLead, untilAnotherLeads, untilReplicasReady } from "./support/replicas.ts";

const BEFORE = "0.0.9";
const SHOP = "shop";
/** Of another team, which will leave. */
const DOOMED = "doomed";
const KINDS = CUSTOM_KINDS.map(({ resource }) => crdNameOf(resource));

/** As the chart's values have it. */
const LEASE_MS = 7_000;
const MOST_MS = 10_000;

const WORKLOADS = {
  web: {
    image: IMAGES.podinfo,
    ports: [{ name: "http", port: 9898 }],
    probes: { readiness: { httpGet: { path: "/readyz", port: 9898 }, timeoutSeconds: 5 } },
    scratch: [{ path: "/data" }],
    access: { inbound: [{ workload: "poller" }] },
  },
  changed: { image: IMAGES.agnhost, args: ["pause"], ports: [] },
  poller: pollerOf("web", 9898),
};

const folder = mkdtempSync(join(tmpdir(), "palisade-installation-"));
let cluster: TestCluster;
let older: BuiltImage;
let current: BuiltImage;
let polls: Polls;
let pods: readonly string[];

beforeAll(async () => {
  cluster = await startNodeCluster({});
  older = await shipImage(cluster, BEFORE);
  current = await shipImage(cluster);
  await makeNamespace(cluster);
  await applyRelease(cluster, "install", older, { chart: await packageChart(BEFORE, folder) });
  await runApplication(cluster, SHOP, WORKLOADS);
  await runApplication(cluster, DOOMED, { idle: WORKLOADS.changed });
  polls = await beginPolls(cluster, SHOP, "poller");
  pods = await podsIn(cluster, SHOP);
}, 540_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** What holds whatever happened: what ran runs on, and a client noticed nothing. */
async function expectNothingHappened(): Promise<void> {
  expect(await podsIn(cluster, SHOP)).toEqual(pods);
  await expectNoGap(polls);
}

/** Nothing was written but by the replica that had the Lease at that moment. */
const expectOneWriter = (): void =>
  expect(outsideTenure(writesOf(cluster), claimsOn(cluster, "palisade"), LEASE_MS)).toEqual([]);

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const imagesOfOperator = async (): Promise<readonly string[]> => {
  const path = "jsonpath={.items[*].spec.containers[0].image}";
  const of = ["get", "pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/component in (operator,admission)"];
  return [
    ...new Set((await kubectl(cluster, [...of, "--field-selector=status.phase=Running", "-o", path])).split(" ")),
  ];
};

const stands = async (what: string, ...more: readonly string[]): Promise<boolean> =>
  (await cluster.kubectl(["get", what, ...more])).code === 0;

/** What the API server says to a change that the policies are there for. */
const isRefused = async (): Promise<boolean> => {
  const change = ["scale", "deployment", "changed", "--replicas=2", "-n", SHOP, "--dry-run=server"];
  return (await cluster.kubectl(change)).stderr.includes("are set by SecureWorkload changed");
};

describe("an upgrade", () => {
  test("under load loses no change and no correction", async () => {
    const load = beginLoad(cluster, SHOP, { changed: "changed", tampered: "web" });
    await pause(2_000);
    await applyRelease(cluster, "upgrade", current);
    await until(async () => (await imagesOfOperator()).join() === current.name, "the pods of the version before to go");
    const took = await load.stop();
    say(`upgrade: ${took.length} changes and corrections, the slowest after ${Math.round(Math.max(...took))} ms`);

    expect(took.length).toBeGreaterThan(10);
    expect(Math.max(...took)).toBeLessThan(MOST_MS);
    expect(correctionsOf(cluster, SHOP, "web")).toBe(took.length / 2);
    expectOneWriter();
    await expectNothingHappened();
  }, 240_000);
});

describe("a leader", () => {
  const WAYS: Readonly<Record<string, (pod: string) => Promise<unknown>>> = {
    "that is killed": (pod) => killProcessOf(cluster, pod),
    "whose pod is deleted by force": (pod) =>
      kubectl(cluster, ["delete", "pod", pod, "-n", NAMESPACE, "--force", "--grace-period=0"], { user: "platform" }),
  };

  test.each(Object.entries(WAYS))(
    "%s is followed by another in less than 10 seconds",
    async (name, end) => {
      await untilReplicasReady(cluster);
      const before = correctionsOf(cluster, SHOP, "web");
      const leader = await mustLead(cluster);
      const fromMs = Date.now();
      await end(leader.pod);
      await tamper(cluster, SHOP, "web");
      const { tookMs } = await untilAnotherLeads(cluster, leader, fromMs);
      await untilUndone(cluster, SHOP, "web");
      say(`a leader ${name}: another leads after ${tookMs} ms, and all is as it was ${Date.now() - fromMs} ms after`);

      expect(tookMs).toBeLessThan(MOST_MS);
      await untilReplicasReady(cluster);
      expect(correctionsOf(cluster, SHOP, "web")).toBe(before + 1);
      expectOneWriter();
      await expectNothingHappened();
    },
    180_000,
  );

  test("that is cut off for a minute writes nothing, and comes back to follow", async () => {
    await untilReplicasReady(cluster);
    const before = correctionsOf(cluster, SHOP, "web");
    const leader = await mustLead(cluster);
    const fromMs = Date.now();
    const mend = await cutNetworkOf(cluster, leader.pod);
    await tamper(cluster, SHOP, "web");
    const { leader: follower, tookMs } = await untilAnotherLeads(cluster, leader, fromMs);
    await untilUndone(cluster, SHOP, "web");
    await pause(60_000 - (Date.now() - fromMs));
    mend();
    say(`a leader that is cut off: another leads after ${tookMs} ms`);

    expect(tookMs).toBeLessThan(MOST_MS);
    expect(follower.pod).not.toBe(leader.pod);
    await untilReplicasReady(cluster);
    expect((await mustLead(cluster)).identity).toBe(follower.identity);
    expect(correctionsOf(cluster, SHOP, "web")).toBe(before + 1);
    expectOneWriter();
    await expectNothingHappened();
  }, 240_000);

  test("goes on, or another does, when the API server is killed and comes back", async () => {
    const before = correctionsOf(cluster, SHOP, "web");
    const downMs = Date.now();
    await cluster.restartApiServer();
    await untilPoliciesAreConfigured(cluster, SHOP, "web");
    const upMs = Date.now();
    await tamper(cluster, SHOP, "web");
    await untilUndone(cluster, SHOP, "web");
    say(`an API server that is away for ${upMs - downMs} ms: all is as it was ${Date.now() - upMs} ms after`);

    // One lease, counted from when the server answers again, and what a watch waits for before it is begun anew.
    expect(Date.now() - upMs).toBeLessThan(LEASE_MS + MOST_MS);
    await untilReplicasReady(cluster);
    expect(correctionsOf(cluster, SHOP, "web")).toBe(before + 1);
    expectOneWriter();
    await expectNothingHappened();
  }, 240_000);
});

describe("what runs Palisade", () => {
  test("takes less memory than it may", async () => {
    for (const { pod, peakMiB, limitMiB } of await memoryOf(cluster)) {
      say(`${pod}: ${peakMiB} MiB at most, of ${limitMiB}`);
      expect(peakMiB).toBeLessThan(limitMiB / 2);
    }
  });
});

describe("going back", () => {
  test("to the version before replaces its own pods and nobody else's", async () => {
    await helmOn(cluster, ["rollback", "palisade", "1", "--wait", "--timeout", "3m"]);
    await until(async () => (await imagesOfOperator()).join() === older.name, "the newer pods to go");
    await tamper(cluster, SHOP, "web");
    await untilUndone(cluster, SHOP, "web");

    expectOneWriter();
    await expectNothingHappened();
  }, 240_000);

  test("and forth with another value, too", async () => {
    await applyRelease(cluster, "upgrade", current, { values: { config: { logLevel: "debug" } } });
    await until(async () => (await imagesOfOperator()).join() === current.name, "the older pods to go");

    // Of both replicas: one that only waits has next to nothing to say.
    const logs = ["logs", "-n", NAMESPACE, "-l", "app.kubernetes.io/component=operator", "--tail=-1"];
    const isDebugged = async (): Promise<boolean> => (await cluster.kubectl(logs)).stdout.includes('"level":"debug"');
    await until(isDebugged, "a line of the level debug");
    await expectNothingHappened();
  }, 240_000);
});

describe("a removal", () => {
  const leftBy = async (path: string): Promise<string> =>
    kubectl(cluster, ["get", "namespace", SHOP, "-o", `jsonpath=${path}`]);

  test("leaves what runs, closed as it is, and takes the policies along", async () => {
    const labels = await leftBy("{.metadata.labels}");
    await helmOn(cluster, ["uninstall", "palisade", "--wait", "--timeout", "2m"]);
    const fromMs = Date.now();
    const left = async (): Promise<string> =>
      kubectl(cluster, ["get", "validatingadmissionpolicies,validatingadmissionpolicybindings", "-o", "name"]);
    await until(async () => (await left()).trim() === "", "the policies to go");
    say(`a removal: the policies are gone ${Date.now() - fromMs} ms after`);

    expect(labels).toContain("palisade.dev/enrolment");
    expect(await leftBy("{.metadata.labels}")).toBe(labels);
    expect(await leftBy("{.metadata.deletionTimestamp}")).toBe("");
    expect(await stands("networkpolicy", "web", "-n", SHOP)).toBe(true);
    await expectNothingHappened();
  }, 180_000);

  test("keeps nobody from deleting a SecureWorkload, or a whole namespace", async () => {
    // The teams' rights went with the release; the platform team's are its own.
    const platform = { user: "platform" } as const;
    await kubectl(cluster, ["delete", "secureworkload", "changed", "-n", SHOP, "--timeout=60s"], platform);
    await until(async () => !(await stands("deployment", "changed", "-n", SHOP)), "what ran it to go", 60_000);
    await kubectl(cluster, ["delete", "namespace", DOOMED, "--timeout=90s"], platform);
    pods = pods.filter((pod) => !pod.includes(" changed-"));
    await until(async () => (await podsIn(cluster, SHOP)).length === pods.length, "its pod to go", 60_000);
  }, 240_000);

  test("is made good by installing again: what was done meanwhile is undone, and the policies stand", async () => {
    await tamper(cluster, SHOP, "web");
    await applyRelease(cluster, "install", current);
    await untilUndone(cluster, SHOP, "web");
    const names = ADMISSION_POLICIES.map(({ name }) => name);
    for (const name of names) await until(() => stands("validatingadmissionpolicy", name), name);
    await runApplication(cluster, SHOP, { changed: WORKLOADS.changed });
    await until(isRefused, "the refusal of a change", 60_000);
    await change(cluster, SHOP, "changed", 200);

    expect((await podsIn(cluster, SHOP)).filter((pod) => !pod.includes(" changed-"))).toEqual(pods);
    await expectNoGap(polls);
    expectOneWriter();
  }, 240_000);

  test("with the definitions, when it is told to, takes every workload along", async () => {
    await applyRelease(cluster, "upgrade", current, { values: { crds: { keep: false } } });
    await helmOn(cluster, ["uninstall", "palisade", "--wait", "--timeout", "2m"]);
    for (const kind of KINDS) await until(async () => !(await stands(`crd/${kind}`)), `${kind} to go`, 60_000);
    const deployments = ["get", "deployments", "-n", SHOP, "-o", "name"];
    await until(async () => (await kubectl(cluster, deployments)).trim() === "", "what ran to go", 60_000);
  }, 240_000);
});
