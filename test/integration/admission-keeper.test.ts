/** The admission policies are put back by whoever they are taken away or weakened, and the SecurityBaseline tells of it: case 74. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { AdmissionPolicy } from "../../src/admission/policy.ts";
import type { Condition } from "../../src/crds/v1alpha1/secure-workload.ts";
import type { KubeObject } from "../../src/kopf/object.ts";
import { startCluster, type TestCluster, until } from "../cluster/index.ts";
import { installPalisade, kubectl, type RunningPalisade, runPalisade } from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";

let cluster: TestCluster;
let palisade: RunningPalisade;

const POLICY: AdmissionPolicy = {
  name: "palisade-example",
  cases: [],
  about: "No ConfigMap is called forbidden.",
  rules: [{ apiGroups: [""], operations: ["CREATE"], resources: ["configmaps"] }],
  conditions: [{ name: "named", expression: "object.metadata.name == 'forbidden'" }],
  validations: [{ expression: "false", message: "it is called forbidden: call it something else" }],
  bindings: [{ actions: ["Deny"] }],
};

const platform = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, args, { user: "platform", ...(input === undefined ? {} : { input }) });

async function specOf(kind: string): Promise<string | undefined> {
  const { stdout, code } = await cluster.kubectl(["get", kind, POLICY.name, "-o", "json"]);
  return code === 0 ? JSON.stringify((JSON.parse(stdout) as KubeObject)["spec"]) : undefined;
}

async function enforced(): Promise<Condition | undefined> {
  const { status } = JSON.parse(await platform(["get", "securitybaseline", "cluster", "-o", "json"])) as {
    readonly status?: { readonly conditions?: readonly Condition[] };
  };
  return status?.conditions?.find(({ type }) => type === "AdmissionEnforced");
}

const told = async (): Promise<string> => (await lookAt(cluster, "default").corrections()).join("\n");

const isRefused = async (): Promise<boolean> =>
  (await cluster.kubectl(["create", "configmap", "forbidden", "--dry-run=server"])).stderr.includes(
    "call it something else",
  );

beforeAll(async () => {
  cluster = await startCluster({ components: ["controller-manager"] });
  await installPalisade(cluster);
  await platform(["apply", "-f", "-"], {
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecurityBaseline",
    metadata: { name: "cluster" },
    spec: {},
  });
  palisade = await runPalisade(cluster, { admission: [POLICY] });
}, 540_000);

afterAll(async () => {
  await palisade?.stop();
  await cluster?.stop();
});

test("the policies are made at the start, which is no correction", async () => {
  await until(isRefused, "the refusal");
  await until(async () => (await enforced())?.status === "True", "the condition");
  expect((await enforced())?.message).toBe("all 2 admission policies and bindings stand");
  expect(await told()).toBe("");
  const metrics = await palisade.operator.registry.metrics();
  expect(metrics).toContain('palisade_admission_policies{state="standing"} 2');
  expect(metrics).toContain('palisade_admission_policies{state="missing"} 0');
});

test.each([
  { what: "the policy is deleted", kind: "validatingadmissionpolicy", args: ["delete"] },
  { what: "the binding is deleted", kind: "validatingadmissionpolicybinding", args: ["delete"] },
  {
    what: "the binding is switched to Audit",
    kind: "validatingadmissionpolicybinding",
    args: ["patch", "--type=merge", "-p", '{"spec":{"validationActions":["Audit"]}}'],
  },
  {
    what: "the policy is emptied",
    kind: "validatingadmissionpolicy",
    args: ["patch", "--type=merge", "-p", '{"spec":{"validations":[{"expression":"true"}]}}'],
  },
  {
    what: "the policy fails open",
    kind: "validatingadmissionpolicy",
    args: ["patch", "--type=merge", "-p", '{"spec":{"failurePolicy":"Ignore"}}'],
  },
])("$what: it is put back, and told of", async ({ kind, args: [verb = "", ...rest] }) => {
  const before = await specOf(kind);
  const notes = async () => (await lookAt(cluster, "default").corrections()).length;
  const count = await notes();
  await platform([verb, kind, POLICY.name, ...rest]);
  await until(async () => (await notes()) > count, "the Event");
  await until(async () => (await specOf(kind)) === before, "the object as before");
  expect(await told()).toContain("drift case 74");
  await until(async () => (await enforced())?.message.includes("last put back") === true, "the condition");
  await until(isRefused, "the refusal");
});

test("nothing is written while nothing changes", async () => {
  const version = async () =>
    (
      await Promise.all(
        ["validatingadmissionpolicy", "validatingadmissionpolicybinding"].map((kind) =>
          cluster.kubectl(["get", kind, POLICY.name, "-o", "jsonpath={.metadata.generation}"]),
        ),
      )
    ).map(({ stdout }) => stdout);
  const before = await version();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(await version()).toEqual(before);
});
