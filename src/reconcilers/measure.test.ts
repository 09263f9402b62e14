import { expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import type { AdmissionState } from "./admission/state.ts";
import { measureWorld } from "./measure.ts";
import type { NetworkProbe } from "./network-probe/probe.ts";
import type { BaselineFinding } from "./security-baseline/status.ts";
import type { World } from "./world.ts";

const ready = (status: string, reason: string) => ({ type: "Ready", status, reason });
const contested = { type: "DriftContested", status: "True", reason: "ChangedBack" };

function aWorld(): World {
  const workloads = [
    [ready("True", "Running")],
    [ready("False", "WriteRefused"), contested],
    [ready("False", "WriteRefused")],
    undefined,
  ];
  const enrolments: Readonly<Record<string, string>> = { shop: "Sealed", legacy: "Observing", office: "Sealed" };
  return {
    workloads: { entries: () => workloads.map((conditions, index) => [String(index), { status: { conditions } }]) },
    enrolled: () => [...Object.keys(enrolments), "undecided"],
    enrolmentOf: (namespace: string) => enrolments[namespace],
  } as unknown as World;
}

/** Two of three do not stand. */
const PREVENTION = { size: 3, missing: () => ["changed", "gone"] } as unknown as AdmissionState;

async function seriesOf(finding?: BaselineFinding): Promise<readonly string[]> {
  const registry = new Registry();
  measureWorld(registry, aWorld(), PREVENTION, { finding: () => finding } as NetworkProbe);
  return (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("workloads, namespaces and policies are counted as the caches have them, and states that nothing is in are 0", async () => {
  expect(await seriesOf()).toEqual([
    'palisade_workloads{ready="True"} 1',
    'palisade_workloads{ready="False"} 2',
    'palisade_workloads{ready="Unknown"} 1',
    'palisade_workloads_not_ready{reason="WriteRefused"} 2',
    "palisade_drift_contested_workloads 1",
    'palisade_namespaces{enrolment="observing"} 1',
    'palisade_namespaces{enrolment="guarding"} 0',
    'palisade_namespaces{enrolment="sealed"} 2',
    'palisade_admission_policies{state="standing"} 1',
    'palisade_admission_policies{state="missing"} 2',
  ]);
});

test("whether NetworkPolicy is enforced is said once it was tried", async () => {
  const finding = (holds: boolean): BaselineFinding => ({ holds, reason: "ClosedWaysAreClosed", message: "" });
  expect((await seriesOf(finding(true))).at(-1)).toBe("palisade_network_policy_enforced 1");
  expect((await seriesOf(finding(false))).at(-1)).toBe("palisade_network_policy_enforced 0");
});
