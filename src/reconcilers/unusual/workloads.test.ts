/** What becomes of pods' facts on their way to the status: slowly, bounded, and known after a restart. */
import { expect, test } from "@jest/globals";
import { aClusterState } from "../../../test/support/cluster-state.ts";
import { aWorkload } from "../../../test/support/workloads.ts";
import { SECURE_WORKLOAD } from "../../crds/group.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import { POD } from "../../kubernetes/kinds.ts";
import { unusualNotices } from "./notices.ts";
import { toldOf, UnusualWorkloads, unusualFor, unusualSources } from "./workloads.ts";

/** Ten thousand keys are in pace.test.ts. */
const MANY = 2_000;

const context = (key: string) => ({ key, signal: new AbortController().signal }) as never;

const crashing = (workload: string, restartCount: number, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: `${workload}-x`, namespace: "shop", labels: { "palisade.dev/workload": workload } },
  spec: { containers: [{ name: "web", image: "web" }], ...more },
  status: {
    containerStatuses: [
      {
        name: "web",
        restartCount,
        lastState: { terminated: { exitCode: 3, reason: "Error", finishedAt: "2020-01-01T00:00:00Z" } },
      },
    ],
  },
});

function facts() {
  const fixture = aClusterState();
  const unusual = new UnusualWorkloads(fixture);
  const told: string[] = [];
  unusual.onChange((key) => told.push(key));
  const queued = new Set<string>();
  for (const source of unusualSources(fixture.state, unusual))
    source.subscribe((mapped) => queued.add(typeof mapped === "string" ? mapped : mapped.key));
  return { ...fixture, unusual, told, queued };
}

const workloadOf = ({ state }: ReturnType<typeof facts>, key: string) => {
  const workload = state.workloads.get(key);
  if (workload === undefined) throw new Error(`no ${key}`);
  return workload;
};

test("a container that restarts is told, with its exit codes, and from the third time on as a condition", async () => {
  const fixture = facts();
  const { state, put, unusual, told, queued } = fixture;
  put(SECURE_WORKLOAD, aWorkload("web", "shop"));
  put(POD, crashing("web", 2));
  expect([...queued]).toEqual(["shop/web"]);
  await unusual.reconcile(context("shop/web"));
  expect(told).toEqual(["shop/web"]);
  const found = unusualFor(workloadOf(fixture, "shop/web"), state);
  expect(found?.containers).toMatchObject([
    { name: "web", restarts: 2, pods: 1, exits: [{ code: 3, reason: "Error" }] },
  ]);
  expect(unusualNotices(found)).toEqual([]);
  const thrice = found?.containers?.map((one) => ({ ...one, restarts: 3 })) ?? [];
  expect(unusualNotices({ containers: thrice })).toMatchObject([{ type: "Unusual", reason: "ContainersRestart" }]);
});

test("a pod that break-glass opened is told though it is replaced at once, and a start settles nothing", async () => {
  const fixture = facts();
  const { state, put, remove, unusual, queued } = fixture;
  const closed = { name: "enter", user: "alice", expires: "2020-01-01T01:00:00Z", closed: "2020-01-01T00:30:00Z" };
  const ended = { ...aWorkload("web", "shop"), status: { exceptions: [closed] } };
  const pod = crashing("web", 0);
  put(SECURE_WORKLOAD, aWorkload("web", "shop"));
  const stored = put(POD, { ...pod, metadata: { ...pod.metadata, creationTimestamp: "2020-01-01T00:00:00Z" } });
  put(SECURE_WORKLOAD, ended);
  const workload = workloadOf(fixture, "shop/web");
  const records = [...state.pods.entries()].map(([, record]) => record);
  expect(state.exceptions.entered.knownAmong(workload, closed, records).size).toBe(0);
  expect(state.exceptions.entered.among(workload, closed, records).size).toBe(1);
  put(SECURE_WORKLOAD, { ...ended, status: { exceptions: [{ ...closed, lifts: [] }] } });
  remove(POD, stored);
  expect([...queued]).toEqual(["shop/web"]);
  await unusual.reconcile(context("shop/web"));
  expect(unusualFor(workload, state)?.entered).toMatchObject([{ pod: "web-x", how: "BreakGlass", name: "enter" }]);
});

test("CPU alone is no condition, and an entered pod is one whatever else there is", () => {
  const cpu = [{ pod: "a", millicores: 990, limit: 1_000, others: 1 }];
  expect(unusualNotices({ cpu })).toEqual([]);
  const entered = [{ pod: "a", how: "EphemeralContainer" as const, name: "debugger", seen: "2026-12-01T00:00:00Z" }];
  expect(unusualNotices({ cpu, entered })).toMatchObject([{ reason: "PodsEntered" }]);
});

test("thousands of pods that restart at once are told two a second, and an entered one does not wait for them", async () => {
  const fixture = facts();
  const { put, unusual, told, queued, clock } = fixture;
  for (let index = 0; index < MANY; index += 1) {
    put(SECURE_WORKLOAD, aWorkload(`w${index}`, "shop"));
    put(POD, crashing(`w${index}`, 1));
  }
  expect(queued.size).toBe(MANY);
  for (const key of queued) await unusual.reconcile(context(key));
  expect(told).toHaveLength(1);
  put(SECURE_WORKLOAD, aWorkload("late", "shop"));
  put(POD, crashing("late", 1, { ephemeralContainers: [{ name: "debugger" }] }));
  await unusual.reconcile(context("shop/late"));
  expect(told).toEqual(["shop/w0", "shop/late"]);
  await clock.advance(60_000);
  for (const key of queued) await unusual.reconcile(context(key));
  expect(told.length).toBeLessThanOrEqual(2 + 120);
  expect(told.length).toBeGreaterThan(100);
}, 60_000);

test("a pod that was entered and is gone at once is told all the same", async () => {
  const fixture = facts();
  const { state, put, remove, unusual } = fixture;
  put(SECURE_WORKLOAD, aWorkload("web", "shop"));
  const pod = put(POD, crashing("web", 0, { ephemeralContainers: [{ name: "debugger" }] }));
  remove(POD, pod);
  await unusual.reconcile(context("shop/web"));
  expect(unusualFor(workloadOf(fixture, "shop/web"), state)?.entered).toMatchObject([
    { pod: "web-x", how: "EphemeralContainer", name: "debugger" },
  ]);
});

test("after a restart what was told stays until it is looked for; what somebody writes there later counts for nothing", async () => {
  const fixture = facts();
  const { state, put, unusual, queued, clock } = fixture;
  const seen = isoSeconds(clock.now());
  const entered = [{ pod: "web-y", how: "EphemeralContainer", name: "debugger", seen }];
  const stored = { ...aWorkload("web", "shop"), status: { unusual: { entered } } };
  put(SECURE_WORKLOAD, stored);
  expect([...queued]).toEqual(["shop/web"]);
  expect(toldOf(workloadOf(fixture, "shop/web"), state)).toEqual({ entered });
  expect(unusualFor(workloadOf(fixture, "shop/web"), state)).toEqual({ entered });
  put(SECURE_WORKLOAD, { ...stored, status: { unusual: { entered: [{ ...entered[0], pod: "forged" }] } } });
  expect(unusualFor(workloadOf(fixture, "shop/web"), state)).toEqual({ entered });
  await unusual.reconcile(context("shop/web"));
  expect(unusualFor(workloadOf(fixture, "shop/web"), state)).toEqual({ entered });
});
