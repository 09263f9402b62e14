/** What `palisade check` makes of what it sees. Against a cluster it is run in test/integration/chart-lifecycle.test.ts. */

import { afterEach, expect, test } from "@jest/globals";
import { type Client, type HealthServer, LEASE, startHealthServer } from "kopf-ts";
import { FakeClock } from "kopf-ts/testing";
import { Registry } from "prom-client";
import { admissionObjects } from "../admission/index.ts";
import { SECURE_WORKLOAD } from "../crds/group.ts";
import { DEFAULT_INSTALLATION } from "../installation.ts";
import { ADMISSION_POLICIES } from "../reconcilers/admission/policies.ts";
import { problemOf } from "./check/definitions.ts";
import { no, type Surroundings, yes } from "./check/finding.ts";
import { keeperLeads, operatorLeads } from "./check/lease.ts";
import { policyProblems } from "./check/policies.ts";
import { probesAnswer } from "./check/probes.ts";
import { untilItHolds } from "./check.ts";

/** Lets what waits on the clock go on, step by step, until `work` is done. */
async function passingTime<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await clock.advance(500);
  }
  return done;
}

const established = { conditions: [{ type: "Established", status: "True" }] };
const serving = (name: string, served = true) => ({ spec: { versions: [{ name, served }] }, status: established });

test.each([
  [undefined, "secureworkloads.palisade.dev does not exist"],
  [serving("v1beta1"), "secureworkloads.palisade.dev does not serve v1alpha1"],
  [serving("v1alpha1", false), "secureworkloads.palisade.dev does not serve v1alpha1"],
  [{ ...serving("v1alpha1"), status: {} }, "secureworkloads.palisade.dev is not Established"],
  [serving("v1alpha1"), undefined],
])("of the definition %j it says %p", (definition, problem) => {
  expect(problemOf(SECURE_WORKLOAD, definition)).toBe(problem);
});

test("a policy that is gone or changed is named, and another order of fields is no change", () => {
  const wanted = ADMISSION_POLICIES.flatMap(admissionObjects);
  const [gone, changed, ...rest] = wanted;
  const reordered = rest.map((object) => Object.fromEntries(Object.entries(object).reverse()) as typeof object);
  expect(policyProblems(wanted, [...reordered, ...(changed === undefined ? [] : [{ ...changed, spec: {} }])])).toEqual([
    `${gone?.kind}/${gone?.metadata.name} is missing`,
    `${changed?.kind}/${changed?.metadata.name} was modified`,
  ]);
  expect(policyProblems(wanted, wanted)).toEqual([]);
});

interface Lease {
  readonly holderIdentity?: string;
  readonly renewTime?: string;
}

/** Answers with the leases in turn, and with the last one for good. */
function aLease(clock: FakeClock, ...leases: readonly (Lease | undefined)[]): Surroundings {
  let asked = 0;
  const get = async () => {
    const lease = leases[Math.min(asked++, leases.length - 1)];
    return lease === undefined ? undefined : { spec: { leaseDurationSeconds: 7, ...lease } };
  };
  return {
    client: { get } as unknown as Client,
    clock,
    installation: DEFAULT_INSTALLATION,
    signal: new AbortController().signal,
    shards: 1,
    probes: undefined,
  };
}

test.each<[string, readonly (Lease | undefined)[], boolean, RegExp]>([
  [
    "is not there",
    [undefined],
    false,
    /^Lease palisade does not exist in namespace .*: run kubectl describe deployment palisade$/,
  ],
  ["was released", [{ holderIdentity: "" }], false, /Lease palisade has no holder/],
  ["stands still", [{ holderIdentity: "a", renewTime: "1" }], false, /a holds .* but has not renewed it for 7s/],
  [
    "moves, whatever its times say",
    [
      { holderIdentity: "a", renewTime: "2" },
      { holderIdentity: "a", renewTime: "1" },
    ],
    true,
    /a holds and renews Lease palisade/,
  ],
  [
    "changes hands",
    [
      { holderIdentity: "a", renewTime: "1" },
      { holderIdentity: "b", renewTime: "2" },
    ],
    true,
    /b holds/,
  ],
])("a Lease that %s", async (_what, leases, holds, message) => {
  const clock = new FakeClock();
  const finding = await passingTime(clock, operatorLeads(aLease(clock, ...leases)));
  expect(finding).toEqual({ holds, message: expect.stringMatching(message) });
});

test("each shard has a Lease, and so has the policy controller", async () => {
  const clock = new FakeClock();
  const asked = new Set<string>();
  const { client, ...surroundings } = aLease(clock, { holderIdentity: "a", renewTime: "1" });
  const get = (_resource: unknown, { name }: { readonly name: string }) => {
    asked.add(name);
    return client.get(LEASE, { name });
  };
  const counting = { ...surroundings, client: { get } as unknown as Client, shards: 2 };
  await passingTime(clock, operatorLeads(counting));
  expect([...asked]).toEqual(["palisade-shard-0", "palisade-shard-1"]);
  const { message } = await passingTime(clock, keeperLeads(counting));
  expect(message).toMatch(/Lease palisade-admission.*run kubectl describe deployment palisade-admission$/);
});

let health: HealthServer | undefined;
afterEach(async () => {
  await health?.close();
  health = undefined;
});

const probesOf = (port: number): Surroundings => ({
  ...aLease(new FakeClock(), undefined),
  probes: `http://127.0.0.1:${port}`,
});

test.each([
  [true, /\/readyz says ok$/],
  [false, /\/readyz says 503: \[-\] cache, not ready$/],
])("probes that say %p", async (ready, message) => {
  health = await startHealthServer({
    port: 0,
    host: "127.0.0.1",
    ready: () => ({ cache: ready }),
    registry: new Registry(),
  });
  expect(await probesAnswer(probesOf(health.port))).toEqual({ holds: ready, message: expect.stringMatching(message) });
});

test("probes that do not answer", async () => {
  const server = await startHealthServer({ port: 0, host: "127.0.0.1", ready: () => ({}), registry: new Registry() });
  await server.close();
  const { holds, message } = await probesAnswer(probesOf(server.port));
  expect(holds).toBe(false);
  expect(message).toContain("does not answer (ECONNREFUSED)");
});

test("what does not hold yet is asked again, for as long as it is told", async () => {
  const clock = new FakeClock();
  const answers = [no("not yet"), no("not yet"), yes("now")];
  expect(
    await passingTime(
      clock,
      untilItHolds(async () => answers.shift() ?? no("too late"), clock, 60_000),
    ),
  ).toEqual(yes("now"));
  const startedMs = clock.monotonicMs();
  expect(
    await passingTime(
      clock,
      untilItHolds(async () => no("never"), clock, 60_000),
    ),
  ).toEqual(no("never"));
  expect(clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(58_000);
});

test("a question that cannot be asked does not hold, and says why", async () => {
  const clock = new FakeClock();
  const asked = untilItHolds(() => Promise.reject(new Error("forbidden")), clock, 60_000);
  expect(await passingTime(clock, asked)).toEqual(no("forbidden"));
});
