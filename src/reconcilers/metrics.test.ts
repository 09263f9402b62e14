import { expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import type { ClusterState } from "../state/cluster-state.ts";
import { ControlPlane, type ControlPlaneFinding } from "../state/control-plane.ts";
import type { AdmissionState } from "./admission/state.ts";
import { measureWorld } from "./metrics.ts";
import type { NetworkProbe } from "./network-probe/probe.ts";
import type { BaselineFinding } from "./security-baseline/status.ts";

const ready = (status: string, reason: string) => ({ type: "Ready", status, reason });
const contested = { type: "DriftContested", status: "True", reason: "ChangedBack" };

function aWorld(): ClusterState {
  const workloads = [
    [ready("True", "Running")],
    [ready("False", "WriteRefused"), contested],
    [ready("False", "WriteRefused")],
    undefined,
  ];
  const enrolments: Readonly<Record<string, string>> = { shop: "Sealed", legacy: "Observing", office: "Sealed" };
  return {
    workloads: { entries: () => workloads.map((conditions, index) => [String(index), { status: { conditions } }]) },
    controlPlane: new ControlPlane(),
    enrolled: () => [...Object.keys(enrolments), "undecided"],
    enrolmentOf: (namespace: string) => enrolments[namespace],
  } as unknown as ClusterState;
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
    "palisade_mutated_workloads 0",
    'palisade_namespaces{enrolment="observing"} 1',
    'palisade_namespaces{enrolment="guarding"} 0',
    'palisade_namespaces{enrolment="sealed"} 2',
    'palisade_admission_policies{state="standing"} 1',
    'palisade_admission_policies{state="missing"} 2',
  ]);
});

test("whether the control plane is known is said once it answered", async () => {
  const said = async (answer: ControlPlaneFinding): Promise<string | undefined> => {
    const state = aWorld();
    state.controlPlane.note(answer);
    const registry = new Registry();
    measureWorld(registry, state, PREVENTION, undefined);
    return (await registry.metrics()).split("\n").find((line) => line.startsWith("palisade_control_plane_known"));
  };
  expect(await said({ kind: "known", scheduler: "system:kube-scheduler" })).toBe("palisade_control_plane_known 1");
  expect(await said({ kind: "unknown", users: [] })).toBe("palisade_control_plane_known 0");
  expect(await said({ kind: "silent", why: "" })).toBeUndefined();
});

test("whether NetworkPolicy is enforced is said once it was tried", async () => {
  const finding = (holds: boolean): BaselineFinding => ({ holds, reason: "ClosedWaysAreClosed", message: "" });
  expect((await seriesOf(finding(true))).at(-1)).toBe("palisade_network_policy_enforced 1");
  expect((await seriesOf(finding(false))).at(-1)).toBe("palisade_network_policy_enforced 0");
});
