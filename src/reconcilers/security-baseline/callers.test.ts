import { expect, test } from "@jest/globals";
import type { Client, KubeObject } from "kopf-ts";
import { aClusterState } from "../../../test/support/cluster-state.ts";
import { API_VERSION, BASELINE_NAME, SECURITY_BASELINE } from "../../crds/group.ts";
import { NODE } from "../../kubernetes/kinds.ts";
import { CallerPods, callerProblems } from "./callers.ts";

const EDGE = { namespace: "edge", podLabels: [{ key: "app", value: "gateway" }] };

const baseline = (gateway: object) => ({
  apiVersion: API_VERSION,
  metadata: { name: BASELINE_NAME },
  spec: { callers: { gateway } },
});

/** What is said of `gateway` where these pods bear its labels. */
async function said(gateway: object, pods: readonly object[], podCIDRs: readonly string[] = []) {
  const { state, put } = aClusterState();
  put(SECURITY_BASELINE, baseline(gateway));
  put(NODE, { apiVersion: "v1", metadata: { name: "n" }, spec: { podCIDRs } });
  const asked: unknown[] = [];
  const client = {
    list: async (_resource: unknown, options: object) => {
      asked.push(options);
      return { items: pods as readonly KubeObject[] };
    },
  } as unknown as Client;
  const callers = new CallerPods(client, state.granted);
  await callers.reconcile({ key: "callers", signal: new AbortController().signal } as never);
  const everywhere = state.granted.baselines.get(BASELINE_NAME)?.everywhere ?? {};
  const problems = callerProblems(everywhere, state.granted, (role, named) => callers.presenceOf(role, named));
  return { problems, asked, granted: state.granted.platform("shop").gateway };
}

test("pods that are there are nothing to say", async () => {
  const { problems, asked } = await said(EDGE, [{ spec: {}, status: { phase: "Running" } }]);
  expect(problems).toEqual([]);
  expect(asked).toMatchObject([{ namespace: "edge", labelSelector: "app=gateway" }]);
});

test("labels that no living pod has are told", async () => {
  const { problems } = await said(EDGE, [{ status: { phase: "Succeeded" } }]);
  expect(problems).toMatchObject([
    {
      reason: "CallerPodsMissing",
      message: expect.stringMatching(/spec.callers.gateway: no pod in namespace edge has the labels app=gateway/),
    },
  ]);
});

test("pods on the host network need the networks of their nodes", async () => {
  const pods = [{ spec: { hostNetwork: true }, status: { phase: "Running" } }];
  expect((await said(EDGE, pods)).problems).toMatchObject([{ reason: "CallerOnHostNetwork" }]);
  expect((await said({ ...EDGE, cidrs: ["10.0.0.0/16"] }, pods)).problems).toEqual([]);
});

test("a load balancer has networks alone, and is not looked for", async () => {
  const { problems, asked, granted } = await said({ cidrs: ["35.191.0.0/16"] }, []);
  expect(problems).toEqual([]);
  expect(asked).toEqual([]);
  expect(granted).toEqual({ pods: undefined, cidrs: ["35.191.0.0/16"] });
});

test("networks that hold pods are left out, and told", async () => {
  const { problems, granted } = await said({ cidrs: ["10.244.0.0/16", "35.191.0.0/16"] }, [], ["10.244.1.0/24"]);
  expect(granted?.cidrs).toEqual(["35.191.0.0/16"]);
  expect(problems).toMatchObject([
    {
      reason: "CallerHoldsPods",
      message: expect.stringContaining("10.244.0.0/16 shares addresses with the pods in 10.244.1.0/24"),
    },
  ]);
  expect((await said({ cidrs: ["10.244.0.0/16"] }, [], ["10.244.1.0/24"])).granted).toBeUndefined();
});
