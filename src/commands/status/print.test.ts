/** What people read of a page and of rows. */
import { expect, test } from "@jest/globals";
import {
  aCorrection,
  aPodOf,
  aReading,
  aStoredWorkload,
  condition,
  NOW,
  withConditions,
} from "../../../test/support/workload-reading.ts";
import { pageOf } from "./page.ts";
import { lasting, pageText, rowsText } from "./print.ts";
import type { Reading } from "./reading.ts";
import { isTroubled, rowsOf } from "./rows.ts";

const text = (parts: Partial<Reading>): string => pageText(pageOf(aReading(parts), NOW));

test("a page without trouble", () => {
  expect(text({})).toBe(`SecureWorkload web in namespace shop
  Ready is True: Running: 2 of 2 pods are ready
  Deployment, registry.example.com/shop/web:1.4.2
  generation 3, seen by the operator

children
  NetworkPolicy/web   there
  ServiceAccount/web  there
  Service/web         there
  Deployment/web      there

pods
  2 of 2 ready
  web-1  Running  1/1 containers ready  0 restarts
  web-2  Running  1/1 containers ready  0 restarts

rights
  none in the Kubernetes API
  RightsMatch is True: RBAC grants the account exactly what it declares

hardening
  39 rules hold for every pod
  amounts by default: web limits.memory 256Mi`);
});

test("a page with everything", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const half = { peer: "shop/catalog", direction: "outbound", port: 8443, protocol: "TCP", missing: "theirs" };
  const workload = aStoredWorkload({
    spec: {
      access: { outbound: [{ workload: "catalog", port: 8443, protocol: "TCP" }] },
      expose: [{ host: "shop.example.com", path: "/", port: 8080 }],
      permissions: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
    },
    status: {
      observedGeneration: 2,
      readyReplicas: 1,
      conditions: withConditions(
        condition("AccessAgreed", "False", "HalfMissing", "shop/catalog does not allow shop/web"),
      ),
      access: [half],
      images: [{ image: "registry.example.com/shop/web:1.4.2", digest }],
      exceptions: [{ name: "legacy", lifts: ["read-only-root"], expires: "2026-12-02T13:00:00Z" }],
      podMutations: { fields: ["spec.containers[istio-proxy]"], by: [] },
      drift: { corrected: 12 },
    },
  });
  const note = "Recreated Service/web (drift case 31); field manager unknown; corrected in 40 ms";
  const series = { count: 2, lastObservedTime: "2026-11-30T11:55:00Z" };
  const pods = [aPodOf("web-1"), aPodOf("web-2", { phase: "Pending", containerStatuses: [] })];
  const message = "you may not get deployments.apps in namespace shop";
  const unread = [{ what: "Deployment/web", right: "get deployments.apps", message, next: "kubectl auth can-i" }];
  const children = new Map([...aReading().children].filter(([child]) => child !== "Deployment/web"));
  expect(text({ workload, pods, children, unread, events: [aCorrection(note, { series, action: "Recreate" })] })).toBe(
    `SecureWorkload web in namespace shop
  Ready is True: Running: 2 of 2 pods are ready
  Deployment, registry.example.com/shop/web:1.4.2 (${digest})
  generation 3, not seen by the operator yet (last seen: 2)

trouble
  Ready is Unknown: NotSeen
    Palisade has not reported on this spec yet: look again in a moment. If it stays so, ask the platform team whether the operator runs (palisade check)
    type: kubectl describe secureworkload web -n shop
  AccessAgreed is False: HalfMissing
    shop/catalog does not allow shop/web
    meaning: A declared peer does not declare its side, or does not exist: no traffic flows.
    type: palisade explain HalfMissing

not read
  Deployment/web: you may not get deployments.apps in namespace shop

children
  NetworkPolicy/web   there
  ServiceAccount/web  there
  Service/web         there
  Deployment/web      unread

pods
  1 of 2 ready
  web-2  Pending  0/1 containers ready  0 restarts
    the pod has not started yet
    type: kubectl describe pod web-2 -n shop
  web-1  Running  1/1 containers ready  0 restarts

access
  to  shop/catalog  8443/TCP  missing: the peer does not declare its side
  exposed at shop.example.com/: not granted

rights
  get configmaps
  RightsMatch is True: RBAC grants the account exactly what it declares

exceptions
  legacy lifts read-only-root until 2026-12-02T13:00:00Z (2d 1h left)

corrections
  12 since the workload was created
  2026-11-30T11:55:00Z Recreate Service/web (drift case 31); field manager unknown, 2 times

added to pods by the cluster
  spec.containers[istio-proxy]
  possible sources: unknown

hardening
  39 rules hold for every pod
  amounts by default: web limits.memory 256Mi`,
  );
});

test("many pods are counted, and nothing from the cluster moves the cursor", () => {
  const pods = Array.from({ length: 25 }, (_, index) => aPodOf(`web-${index + 10}`));
  const conditions = withConditions(condition("Ready", "False", "WriteRefused", "webhook says \u001b[31mno\nmore"));
  const said = text({ pods, workload: aStoredWorkload({ status: { conditions } }) });
  expect(said).toContain("  and 5 more");
  expect(said).toContain("webhook says ?[31mno?more");
  expect(said).not.toContain("\u001b");
});

test.each([
  [30, "less than a minute"],
  [60, "1m"],
  [3_599, "59m"],
  [7_260, "2h 1m"],
  [86_400, "1d"],
  [90_060, "1d 1h"],
])("%d seconds are %s", (seconds, words) => {
  expect(lasting(seconds)).toBe(words);
});

const WORKLOADS = [
  aStoredWorkload({ name: "api" }),
  aStoredWorkload({
    name: "cart",
    status: {
      conditions: withConditions(condition("AccessAgreed", "False", "HalfMissing")),
      access: [
        { peer: "shop/api", direction: "outbound", port: 1, missing: "theirs" },
        { peer: "shop/gone", direction: "outbound", port: 1, missing: "absent" },
        { peer: "shop/web", direction: "inbound", port: 1, missing: "ours" },
      ],
      exceptions: [
        { name: "legacy", lifts: ["read-only-root"], expires: "2026-12-02T13:00:00Z" },
        { name: "over", user: "jane", expires: "2026-11-30T10:00:00Z", closed: "2026-11-30T10:00:00Z" },
      ],
      drift: { corrected: 7 },
    },
  }),
  aStoredWorkload({
    name: "web",
    status: { readyReplicas: 0, conditions: withConditions(condition("Ready", "False", "ImageRefused")) },
  }),
];

test("rows have those with trouble first", () => {
  const rows = rowsOf(WORKLOADS);
  expect(rows.map(isTroubled)).toEqual([true, true, false]);
  expect(rowsText(rows, false)).toBe(`NAME  READY  REASON        ACCESS     PODS  EXCEPTIONS  CORRECTIONS  TROUBLE
web   False  ImageRefused  agreed     0/2   0           0            Ready
cart  True   Running       2 missing  2/2   1           7            AccessAgreed
api   True   Running       agreed     2/2   0           0            -`);
});

test("rows of several namespaces name theirs, and there may be none", () => {
  expect(rowsText(rowsOf(WORKLOADS), true)).toMatch(/^NAMESPACE {2}NAME .*\nshop {7}web /);
  expect(rowsText([], true)).toBe("");
  const conditions = withConditions(condition("Ready", "False", "ImageNotAllowed"));
  const changed = aStoredWorkload({ status: { conditions, observedGeneration: 2 } });
  expect(rowsText(rowsOf([changed]), false)).toMatch(/web {3}False {2}ImageNotAllowed,NotSeen /);
});

test("a workload that the operator has not seen has trouble", () => {
  const [row] = rowsOf([{ ...aStoredWorkload(), status: {} }]);
  expect(row).toMatchObject({ ready: "Unknown", reason: "NotSeen", access: "Unknown", troubles: ["Ready"] });
});
