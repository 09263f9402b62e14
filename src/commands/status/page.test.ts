/** What `palisade status NAME` makes of what it reads: each part of the page, and when a page is clean. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import {
  aCorrection,
  aPodOf,
  aReading,
  aStoredWorkload,
  CHILDREN,
  childOf,
  condition,
  NOW,
  withConditions,
} from "../../../test/support/workload-reading.ts";
import { CONDITION_TYPES, REASONS } from "../../crds/v1alpha1/conditions.ts";
import { NETWORK_POLICY } from "../../kubernetes/kinds.ts";
import { topicsCalled } from "../explain/find.ts";
import { hasTrouble, nextFor, pageOf } from "./page.ts";
import type { Reading } from "./reading.ts";
import { HELD_UP, RUNBOOKS, troublesOf } from "./troubles.ts";

const seen = (parts: Partial<Reading>) => pageOf(aReading(parts), NOW);
const withStatus = (status: object, spec: object = {}) => seen({ workload: aStoredWorkload({ status, spec }) });
const next = (parts: Partial<Reading>): string => {
  const reading = aReading(parts);
  return nextFor(pageOf(reading, NOW), reading.workload);
};

test("a workload without trouble has a clean page", () => {
  const page = seen({});
  expect(page).toMatchObject({
    workload: "shop/web",
    type: "Deployment",
    image: "registry.example.com/shop/web:1.4.2",
    ready: { status: "True", reason: "Running" },
    troubles: [],
    pods: { ready: 2, wanted: 2 },
    corrections: { total: 0, latest: [] },
    rights: { declared: [], match: "True" },
    hardening: { rules: 39 },
    unread: [],
  });
  expect(page.children.map(({ standing }) => standing)).toEqual(["there", "there", "there", "there"]);
  expect(hasTrouble(page)).toBe(false);
  expect(next({})).toBe("kubectl logs -n shop -l palisade.dev/workload=web --all-containers --tail=20");
});

describe("trouble", () => {
  test("a condition that is not as it should be says what it means and what to type", () => {
    const missing = condition("Ready", "False", "ReferenceMissing", "ConfigMap settings does not exist: create it");
    const page = withStatus({
      conditions: withConditions(missing, condition("Reconciling", "True", "ReferenceMissing")),
    });
    expect(page.troubles).toEqual([
      {
        condition: "Ready",
        status: "False",
        reason: "ReferenceMissing",
        message: "ConfigMap settings does not exist: create it",
        meaning: REASONS.ReferenceMissing,
        next: "palisade explain ReferenceMissing",
      },
    ]);
    expect(hasTrouble(page)).toBe(true);
  });

  test("Ready stands first, and what is there only while it is true follows", () => {
    const { troubles } = withStatus({
      conditions: [
        condition("PodsMutated", "True", "AddedByAdmission"),
        condition("DriftFree", "False", "Uncorrected"),
        condition("Ready", "False", "ImageNotAllowed"),
        condition("Stalled", "True", "ImageNotAllowed"),
        condition("Relaxed", "True", "ExceptionInForce"),
      ],
    });
    expect(troubles.map((trouble) => [trouble.condition, trouble.runbook])).toEqual([
      ["Ready", "docs/runbooks/PalisadeStalled.md"],
      ["PodsMutated", undefined],
      ["DriftFree", undefined],
    ]);
  });

  test.each([
    ["a spec that the operator has not seen", { observedGeneration: 2 }],
    ["a workload without a status", undefined],
  ])("%s is not clean", (_, status) => {
    const workload = status === undefined ? { ...aStoredWorkload(), status: {} } : aStoredWorkload({ status });
    const page = seen({ workload });
    expect(page.troubles).toMatchObject([{ condition: "Ready", status: "Unknown", reason: "NotSeen" }]);
    expect(page.generation).toBe(3);
    expect(next({ workload })).toBe("kubectl describe secureworkload web -n shop");
  });

  test("every condition has something to type that answers", () => {
    for (const type of Object.keys(CONDITION_TYPES))
      for (const reason of [...Object.keys(REASONS), "OfALaterVersion"])
        for (const status of ["True", "False"]) {
          const conditions = withConditions(condition(type, status, reason));
          for (const { next: line } of troublesOf(aStoredWorkload({ status: { conditions } })))
            expect(topicsCalled(line.replace(/^palisade explain /, ""))).not.toEqual([]);
        }
  });

  test("the reasons of the platform team are those of its runbook, and every runbook exists", () => {
    const page = (name: string) =>
      readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "runbooks", `${name}.md`), "utf8");
    const named = [...page("PalisadeWorkloadsHeldUp").matchAll(/`([A-Za-z]+)`/g)].flatMap(([, word = ""]) =>
      Object.hasOwn(REASONS, word) ? [word] : [],
    );
    expect([...HELD_UP].sort()).toEqual([...new Set(named)].sort());
    for (const name of [...Object.values(RUNBOOKS), "PalisadeStalled", "PalisadeControlPlaneUnknown"])
      expect(page(name)).toContain(`# ${name}`);
  });
});

describe("children", () => {
  const standings = (children: Reading["children"]) => {
    const page = seen({ children });
    return { standings: page.children.map(({ standing }) => standing), hasTrouble: hasTrouble(page) };
  };
  const [first = "", ...rest] = CHILDREN;
  const others = rest.map((child) => [child, aReading().children.get(child)] as const);

  test.each<[string, KubeObject | undefined]>([
    ["missing", undefined],
    ["foreign", { ...childOf(NETWORK_POLICY, "web"), metadata: { name: "web", namespace: "shop" } }],
    [
      "deleting",
      {
        ...childOf(NETWORK_POLICY, "web"),
        metadata: { ...childOf(NETWORK_POLICY, "web").metadata, deletionTimestamp: "2026-11-30T11:59:00Z" },
      },
    ],
  ])("one that is %s is a finding", (standing, child) => {
    expect(standings(new Map([[first, child], ...others]))).toEqual({
      standings: [standing, "there", "there", "there"],
      hasTrouble: true,
    });
  });

  test("one that could not be read is never missing, and the page is not clean", () => {
    const unread = [{ what: first, right: "get networkpolicies.networking.k8s.io", message: "you may not", next: "x" }];
    const page = seen({ children: new Map(others), unread });
    expect(page.children[0]).toEqual({ kind: "NetworkPolicy", name: "web", standing: "unread" });
    expect(hasTrouble(page)).toBe(true);
    expect(next({ children: new Map(others), unread })).toBe("x");
  });
});

describe("pods", () => {
  const waiting = { waiting: { reason: "CrashLoopBackOff" } };
  const crashed = { lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } } };

  test.each<[string, object, string | undefined, string | undefined]>([
    [
      "crashes",
      { containerStatuses: [{ name: "web", ready: false, restartCount: 4, state: waiting, ...crashed }] },
      "container web: CrashLoopBackOff; container web ended with exit code 137 (OOMKilled)",
      "kubectl logs p -n shop -c web --previous",
    ],
    [
      "has failed",
      {
        phase: "Failed",
        reason: "Evicted",
        containerStatuses: [{ name: "web", ready: false, state: { terminated: { exitCode: 1, reason: "Error" } } }],
      },
      "the pod failed (Evicted); container web ended with exit code 1",
      "kubectl logs p -n shop -c web",
    ],
    [
      "no node takes",
      {
        phase: "Pending",
        containerStatuses: [],
        conditions: [
          { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes are available" },
        ],
      },
      "no node can run the pod (Unschedulable): 0/3 nodes are available",
      "kubectl describe pod p -n shop",
    ],
    [
      "runs and does not answer its probe",
      { containerStatuses: [{ name: "web", ready: false, state: { running: {} } }] },
      "container web runs and is not ready yet: its readiness probe has not succeeded",
      "kubectl describe pod p -n shop",
    ],
    [
      "has not begun",
      { phase: "Pending", containerStatuses: [] },
      "the pod has not started yet",
      "kubectl describe pod p -n shop",
    ],
    [
      "has completed",
      {
        phase: "Succeeded",
        containerStatuses: [{ name: "web", ready: false, state: { terminated: { exitCode: 0 } } }],
      },
      undefined,
      undefined,
    ],
  ])("one that %s", (_, status, why, command) => {
    const [pod] = seen({ pods: [aPodOf("p", status)] }).pods.items;
    expect(pod?.why).toBe(why);
    expect(pod?.next).toBe(command);
  });

  test("those that do not run come first, and none that is on its way out", () => {
    const ending = aPodOf("a", { containerStatuses: [] }, { deletionTimestamp: "2026-11-30T11:59:00Z" });
    const { items } = seen({ pods: [ending, aPodOf("b"), aPodOf("c", { containerStatuses: [] })] }).pods;
    expect(items.map(({ name, phase }) => `${name} ${phase}`)).toEqual(["c Running", "a Terminating", "b Running"]);
  });

  test("the words of a container are never repeated", () => {
    const status = { waiting: { reason: "CrashLoopBackOff", message: "password=hunter2" } };
    const end = { terminated: { exitCode: 1, reason: "Error", message: "password=hunter2" } };
    const containerStatuses = [{ name: "web", ready: false, state: status, lastState: end }];
    expect(JSON.stringify(seen({ pods: [aPodOf("p", { containerStatuses })] }))).not.toContain("hunter2");
  });

  test("are what to look at where Ready waits for them", () => {
    const conditions = withConditions(condition("Ready", "False", "Progressing"));
    const containerStatuses = [{ name: "web", ready: false, restartCount: 4, state: waiting, ...crashed }];
    const parts = { workload: aStoredWorkload({ status: { conditions } }), pods: [aPodOf("p", { containerStatuses })] };
    expect(next(parts)).toBe("kubectl logs p -n shop -c web --previous");
    const refused = withConditions(condition("Ready", "False", "ImageNotAllowed"));
    expect(next({ ...parts, workload: aStoredWorkload({ status: { conditions: refused } }) })).toBe(
      "palisade explain ImageNotAllowed",
    );
  });

  test.each([
    [{ replicas: 3 }, 3],
    [{ type: "StatefulSet", replicas: 4 }, 4],
    [{ type: "DaemonSet" }, 2],
    [{ replicas: 1, autoscaling: { maxReplicas: 5 } }, 2],
  ])("of %j are wanted: %d", (spec, wanted) => {
    expect(withStatus({}, spec).pods.wanted).toBe(wanted);
  });
});

test("rights are said by verb, resource and name, with what RBAC grants beyond", () => {
  const permissions = [
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "update"], resourceNames: ["state"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
  ];
  const conditions = withConditions(condition("RightsMatch", "False", "SurplusRights", "the account may read Secrets"));
  const page = withStatus({ conditions }, { permissions });
  expect(page.rights).toEqual({
    declared: ["get, update configmaps named state", "create leases.coordination.k8s.io"],
    match: "False",
    message: "the account may read Secrets",
  });
  expect(page.troubles).toMatchObject([{ reason: "SurplusRights", runbook: "docs/runbooks/PalisadeSurplusRights.md" }]);
});

test("exceptions say what is left of their time", () => {
  const exceptions = [
    { name: "legacy", lifts: ["read-only-root"], expires: "2026-12-02T13:00:00Z" },
    { name: "incident", user: "jane@example.com", expires: "2026-11-30T13:00:00Z", closed: "2026-11-30T11:00:00Z" },
  ];
  expect(withStatus({ exceptions }).exceptions).toEqual([
    { name: "legacy", lifts: ["read-only-root"], expires: "2026-12-02T13:00:00Z", leftSeconds: 49 * 3_600 },
    { name: "incident", lifts: [], user: "jane@example.com", expires: "2026-11-30T11:00:00Z", leftSeconds: 0 },
  ]);
});

describe("corrections", () => {
  const note =
    "Reverted a change of Deployment/web: spec.replicas (drift case 27); last written by kubectl-edit (Update) at 2026-11-30T11:49:59Z; corrected in 40 ms";
  const last = {
    time: "2026-11-30T10:00:00Z",
    object: "Service/web",
    action: "Repair",
    fields: ["spec.type"],
    manager: "helm",
  };

  test("come from Events and the status, newest first, with who and which field", () => {
    const series = { count: 4, lastObservedTime: "2026-11-30T11:55:00.000000Z" };
    const events = [aCorrection(note), aCorrection(note.replace("Deployment", "Service"), { series })];
    const workload = aStoredWorkload({ status: { drift: { corrected: 6, last } } });
    const { total, latest } = seen({ workload, events }).corrections;
    expect(total).toBe(6);
    expect(latest.map(({ time, times, object }) => `${time} ${times} ${object}`)).toEqual([
      "2026-11-30T11:55:00.000000Z 4 Service/web",
      "2026-11-30T11:50:00.000000Z 1 Deployment/web",
      "2026-11-30T10:00:00Z 1 Service/web",
    ]);
    expect(latest[1]).toMatchObject({
      action: "Repair",
      fields: ["spec.replicas"],
      case: "27",
      by: "last written by kubectl-edit (Update) at 2026-11-30T11:49:59Z",
    });
    expect(latest[2]).toMatchObject({ fields: ["spec.type"], by: "written by helm" });
  });

  test("the latest is told once", () => {
    const drift = { corrected: 1, last: { ...last, object: "Deployment/web", time: "2026-11-30T11:50:01Z" } };
    const { latest } = seen({
      workload: aStoredWorkload({ status: { drift } }),
      events: [aCorrection(note)],
    }).corrections;
    expect(latest).toHaveLength(1);
  });

  test.each([
    ["another reason", { reason: "BaselineChanged" }],
    ["somebody else's", { reportingController: "example.com/other" }],
    ["of a workload that had the name before", { regarding: { uid: "other" } }],
  ])("an Event with %s is none", (_, fields) => {
    expect(seen({ events: [aCorrection(note, fields)] }).corrections.latest).toEqual([]);
  });

  test("ten are shown, and none of them makes a page that is not clean", () => {
    const events = Array.from({ length: 14 }, (_, minute) =>
      aCorrection(note, { eventTime: `2026-11-30T11:${10 + minute}:00.000000Z` }),
    );
    const page = seen({ events });
    expect(page.corrections.latest).toHaveLength(10);
    expect(page.corrections.latest[0]?.time).toBe("2026-11-30T11:23:00.000000Z");
    expect(hasTrouble(page)).toBe(false);
  });
});

test("what is unusual is said in words, with its numbers", () => {
  const exits = [{ code: 137, reason: "OOMKilled", pods: 1, last: "2026-11-30T10:00:00Z" }];
  const unusual = { containers: [{ name: "web", restarts: 9, pods: 1, exits }] };
  expect(withStatus({ unusual }).unusual).toEqual([
    "container web restarted 9 times; ended with 137 (OOMKilled) at 2026-11-30T10:00:00Z",
  ]);
  expect(withStatus({}).unusual).toEqual([]);
});

test("what admission adds to pods is said by field and source", () => {
  const podMutations = { fields: ["spec.containers[istio-proxy]"], by: ["MutatingWebhookConfiguration/istio"] };
  expect(withStatus({ podMutations }).podMutations).toEqual(podMutations);
});
