/** The admission policies are put back by whoever they are taken away or weakened, and the SecurityBaseline tells of it: case 74. */

import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { type AdmissionPolicy, admissionObjects } from "../../src/admission/policy.ts";
import type { Condition } from "../../src/crds/v1alpha1/secure-workload.ts";
import { until } from "../cluster/index.ts";
import { installPalisade, kubectl } from "../support/cluster.ts";
import { refusalOfAttempt } from "../support/enforce.ts";
import { lookAt } from "../support/look.ts";
import { usePalisade } from "../support/use-palisade.ts";

/** Under a name that the keeper's role lets it change. */
const POLICY: AdmissionPolicy = {
  name: "palisade-connect",
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

const palisade = usePalisade({ baseline: {}, admission: [POLICY] });
const { cluster } = palisade;

test("the policies are made at the start, which is no correction", async () => {
  await until(isRefused, "the refusal");
  await until(async () => (await enforced())?.status === "True", "the condition");
  expect((await enforced())?.message).toBe("all 2 admission policies and bindings exist unchanged");
  expect(await told()).toBe("");
  const metrics = await palisade.running.operator.registry.metrics();
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
  await until(async () => (await enforced())?.message.includes("last restored") === true, "the condition");
  await until(isRefused, "the refusal");
});

test("it is told of as often as it happens, and whoever wipes its writers is undone as well", async () => {
  const wiped = { metadata: { managedFields: [{}] } };
  const weak = {
    validatingadmissionpolicy: { spec: { failurePolicy: "Ignore" } },
    validatingadmissionpolicybinding: { spec: { validationActions: ["Audit"] } },
  };
  const count = async () => (await lookAt(cluster, "default").corrections()).length;
  for (const [kind, body] of Object.entries(weak))
    for (const change of [body, body, { ...wiped, ...body }]) {
      const [before, spec] = [await count(), await specOf(kind)];
      await platform(["patch", kind, POLICY.name, "--type=merge", "-p", JSON.stringify(change)]);
      await until(async () => (await count()) > before, "the Event");
      await until(async () => (await specOf(kind)) === spec, "the object as before");
    }
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

const KINDS = ["validatingadmissionpolicy", "validatingadmissionpolicybinding"];
const stands = async (kind: string, name: string): Promise<boolean> =>
  (await cluster.kubectl(["get", kind, name])).code === 0;

test("what another version of Palisade left is taken away, and what is not ours stays", async () => {
  const [policy, binding] = admissionObjects({ ...POLICY, name: "palisade-older" });
  const [foreign] = admissionObjects({ ...POLICY, name: "others-own" });
  for (const input of [foreign, policy, binding]) if (input !== undefined) await platform(["create", "-f", "-"], input);
  for (const kind of KINDS) await until(async () => !(await stands(kind, "palisade-older")), `the end of the ${kind}`);
  expect(await stands("validatingadmissionpolicy", "others-own")).toBe(true);
  await platform(["delete", "validatingadmissionpolicy", "others-own"]);
});

test("the operator sees what stands, and writes none of it", async () => {
  const as = "--as=system:serviceaccount:palisade-system:palisade";
  for (const verb of [["delete"], ["label", "--overwrite"]]) {
    const [first = "", ...flags] = verb;
    const args = [first, ...flags, KINDS[0] ?? "", POLICY.name, ...(first === "label" ? ["a=b"] : []), as];
    expect(await refusalOfAttempt(cluster, { user: "admin", args })).toContain("forbidden");
  }
});

describe("with what installed them", () => {
  const uid = (kind: string, name: string, path: string): Promise<string> =>
    kubectl(cluster, ["get", kind, name, "-o", `jsonpath={${path}}`]);

  test("they belong to the role of the keeper", async () => {
    const role = await uid("clusterrole", "palisade-admission", ".metadata.uid");
    for (const kind of KINDS) expect(await uid(kind, POLICY.name, ".metadata.ownerReferences[*].uid")).toBe(role);
  });

  test("they go, and are not made anew until it is installed again", async () => {
    await platform(["delete", "clusterrole", "palisade-admission"]);
    for (const kind of KINDS) await until(async () => !(await stands(kind, POLICY.name)), `the end of the ${kind}`);
    const before = await told();
    await until(async () => (await enforced())?.status === "False", "the condition");
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    for (const kind of KINDS) expect(await stands(kind, POLICY.name)).toBe(false);
    await installPalisade(cluster);
    for (const kind of KINDS) await until(() => stands(kind, POLICY.name), `the ${kind}`, 60_000);
    const role = await uid("clusterrole", "palisade-admission", ".metadata.uid");
    expect(await uid(KINDS[0] ?? "", POLICY.name, ".metadata.ownerReferences[*].uid")).toBe(role);
    await until(async () => (await enforced())?.status === "True", "the condition");
    expect(await told()).toBe(before);
  });
});
