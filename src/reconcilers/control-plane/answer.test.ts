import { expect, test } from "@jest/globals";
import { controlPlaneProblem } from "../../state/control-plane.ts";
import { readAnswer } from "./answer.ts";

const TRUSTED = ["system:kube-scheduler"];
const refusal = (part: string, user: string): string =>
  `pods "palisade-probe-x7k2p" is forbidden: ValidatingAdmissionPolicy 'palisade-control-plane' with binding 'palisade-control-plane' denied request: Palisade asks who ${part} pods here: it is [${user}]`;

const replicaSet = (message: string) => ({
  status: { conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message }] },
});
const pod = (reason: string, message: string) => ({
  status: { conditions: [{ type: "PodScheduled", status: "False", reason, message }] },
});

test("nothing yet is pending, with what is missing", () => {
  expect(readAnswer({}, [], TRUSTED)).toMatchObject({ kind: "pending", why: expect.stringContaining("no controller") });
  expect(readAnswer({}, [{}], TRUSTED)).toMatchObject({
    kind: "pending",
    why: expect.stringContaining("no scheduler"),
  });
});

test("a scheduler is known by its name, behind whatever it says of its plugins", () => {
  const said = (user: string) =>
    pod("SchedulerError", `running Bind plugin "DefaultBinder": ${refusal("schedules", user)}`);
  expect(readAnswer({}, [said("system:kube-scheduler")], TRUSTED)).toEqual({
    kind: "known",
    scheduler: "system:kube-scheduler",
  });
  expect(readAnswer({}, [said("company:scheduler")], TRUSTED)).toEqual({
    kind: "unknown",
    users: [{ user: "company:scheduler", does: "schedules" }],
  });
});

test("a controller that may not create the pod is named, and what to set", () => {
  const answer = readAnswer(replicaSet(refusal("creates", "company:controllers")), [], TRUSTED);
  expect(answer).toEqual({ kind: "unknown", users: [{ user: "company:controllers", does: "creates" }] });
  if (answer.kind === "pending") throw new Error("it answered");
  expect(controlPlaneProblem(answer)).toMatch(
    /User company:controllers creates pods .* config[.]controlPlane[.]users to \{company:controllers\}/,
  );
});

test("a refusal of somebody who is trusted is of the policy before: it is waited for", () => {
  expect(readAnswer(replicaSet(refusal("creates", "system:kube-scheduler")), [], TRUSTED)).toMatchObject({
    kind: "pending",
  });
});

test.each([
  { what: "another refusal", of: replicaSet("exceeded quota: pods"), pods: [], why: "exceeded quota" },
  { what: "no node", of: {}, pods: [pod("Unschedulable", "no nodes available")], why: "no nodes available" },
  { what: "a node all the same", of: {}, pods: [{ spec: { nodeName: "n" } }], why: "was given a node" },
])("$what is no answer", ({ of, pods, why }) => {
  expect(readAnswer(of, pods, TRUSTED)).toMatchObject({ kind: "silent", why: expect.stringContaining(why) });
});
