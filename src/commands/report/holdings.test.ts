/** What Palisade holds, from the objects as the operator writes them. */
import { expect, test } from "@jest/globals";
import { aCorrection, aStoredWorkload, condition, NOW, UID } from "../../../test/support/workload-reading.ts";
import { holdings } from "../../report/model.ts";
import { type HeldReading, holdingsOf } from "./holdings.ts";

const namespace = (name: string, label?: string) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels: label === undefined ? {} : { "palisade.dev/enrolment": label } },
});

const baselineWith = (status: object) => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecurityBaseline",
  metadata: { name: "cluster" },
  status,
});

const exception = (name: string, fields: object = {}) => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecurityException",
  metadata: { name, creationTimestamp: "2026-11-29T12:00:00Z" },
  spec: {
    workload: { namespace: "shop", name: "web" },
    lifts: ["non-root"],
    validFor: "72h",
    reason: "it is old",
    requestedBy: "alice",
  },
  ...fields,
});

const heldIn = (parts: Partial<HeldReading>) =>
  holdings.parse(
    holdingsOf(
      {
        workloads: [aStoredWorkload()],
        events: [],
        baseline: undefined,
        exceptions: [],
        namespaces: [namespace("shop")],
        namespace: undefined,
        unread: [],
        ...parts,
      },
      NOW,
    ),
  );

test("namespaces stand by their label, with what holds them back", () => {
  const { namespaces } = heldIn({
    namespaces: [
      namespace("shop", "guarding"),
      namespace("edge", "sealed"),
      namespace("other"),
      namespace("data", "sealed"),
    ],
    baseline: baselineWith({
      notSealed: [{ name: "shop", state: "Guarding", heldBackBy: ["Deployment/legacy"], more: 2 }],
      sealedWith: [{ name: "data", found: ["Pod/left"] }],
    }),
  });
  expect(namespaces).toEqual([
    { name: "data", enrolment: "Sealed", workloads: 0, heldBackBy: [], found: ["Pod/left"] },
    { name: "edge", enrolment: "Sealed", workloads: 0, heldBackBy: [], found: [] },
    { name: "shop", enrolment: "Guarding", workloads: 1, heldBackBy: ["Deployment/legacy"], more: 2, found: [] },
  ]);
});

test("a namespace that may not be read is not taken for one that is not enrolled", () => {
  const unread = [{ what: "namespaces", problem: "may not be read" }];
  expect(heldIn({ namespaces: [], unread })).toMatchObject({
    namespaces: [{ name: "shop", enrolment: "Unknown" }],
    unread,
  });
  const baseline = baselineWith({ notSealed: [{ name: "shop", state: "Observing", heldBackBy: [] }] });
  expect(heldIn({ namespaces: [], baseline }).namespaces[0]?.enrolment).toBe("Observing");
});

test("corrections come from Events and the status, newest first, with how many there were", () => {
  const last = { time: "2026-11-29T09:00:00Z", action: "Delete", object: "Pod/x", fields: [] };
  const { corrections } = heldIn({
    workloads: [aStoredWorkload({ status: { drift: { corrected: 7, last } } })],
    events: [
      aCorrection(
        "Reverted a change of Deployment/web: spec.replicas (drift case 4); written by kubectl (Update); corrected in 9 ms",
      ),
    ],
  });
  expect(corrections.total).toBe(7);
  expect(corrections.latest).toMatchObject([
    { workload: "shop/web", object: "Deployment/web", case: "4", fields: ["spec.replicas"], times: 1 },
    { workload: "shop/web", object: "Pod/x", action: "Delete", time: "2026-11-29T09:00:00Z" },
  ]);
});

test("Events of somebody else count nothing", () => {
  const events = [
    aCorrection("Deleted Pod/x", { reportingController: "example.com/other" }),
    aCorrection("Deleted Pod/x", { regarding: { uid: `${UID}2` } }),
  ];
  expect(heldIn({ events }).corrections).toEqual({ total: 0, latest: [] });
});

test("exceptions have days left from their status, else from their creation; the next to end is first", () => {
  const { exceptions } = heldIn({
    exceptions: [
      exception("later", {
        status: { expires: "2026-12-10T13:00:00Z", conditions: [condition("Active", "True", "InForce")] },
      }),
      exception("over", {
        status: { expires: "2026-11-30T11:00:00Z", conditions: [condition("Active", "False", "Expired")] },
      }),
      exception("new"),
    ],
  });
  expect(exceptions).toMatchObject([
    { name: "over", active: "False", reason: "Expired", daysLeft: 0 },
    { name: "new", active: "Unknown", daysLeft: 2, expires: "2026-12-02T12:00:00.000Z" },
    { name: "later", active: "True", daysLeft: 10, lifts: ["non-root"], workload: "shop/web" },
  ]);
});

test("where exceptions may not be read, workloads say which they have; of another namespace none is told", () => {
  const status = { exceptions: [{ name: "web-1", user: "alice", expires: "2026-12-01T13:00:00Z" }] };
  const { exceptions } = heldIn({
    workloads: [aStoredWorkload({ status })],
    exceptions: [exception("elsewhere", { spec: { workload: { namespace: "edge", name: "x" }, validFor: "1h" } })],
    namespace: "shop",
  });
  expect(exceptions).toEqual([
    {
      name: "web-1",
      workload: "shop/web",
      lifts: [],
      user: "alice",
      active: "True",
      reason: "InForce",
      expires: "2026-12-01T13:00:00Z",
      daysLeft: 1,
    },
  ]);
});
