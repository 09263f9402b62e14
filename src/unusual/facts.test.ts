/** What pods and nodes say of themselves, and what of that is told. */
import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { unevenPods, usageOf } from "./cpu.ts";
import { deniedIn, totalOf, withCount } from "./denials.ts";
import { enteredOf } from "./entered.ts";
import { digestDifferences } from "./image-digests.ts";
import { nodeFacts, nodeFindings, platformOf } from "./node-facts.ts";
import { findingsOfNodes, nodesMessage } from "./nodes.ts";
import { podFacts } from "./pod-facts.ts";
import { restartsOf } from "./restarts.ts";
import { CONTAINERD_ENDS, endedOn, KUBERNETES_ENDS, skewOf, versionIn } from "./support.ts";
import { factsIn, linesOf, unusualOf } from "./workload.ts";

const NOW = Date.parse("2026-12-01T12:00:00Z");
const PIN = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;
const THIRD = `sha256:${"c".repeat(64)}`;

interface PodParts {
  readonly spec?: object;
  readonly status?: object;
  readonly deleted?: boolean;
}

const pod = (name: string, { spec = {}, status = {}, deleted = false }: PodParts = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", ...(deleted ? { deletionTimestamp: "2026-12-01T11:00:00Z" } : {}) },
  spec: { nodeName: "n1", containers: [{ name: "web", image: `registry.example.com/web@${PIN}` }], ...spec },
  status,
});

const crashed = (name: string, exitCode: number, finishedAt: string, restartCount = 4) =>
  podFacts(
    pod(name, {
      status: {
        containerStatuses: [
          { name: "web", restartCount, lastState: { terminated: { exitCode, reason: "Error", finishedAt } } },
        ],
      },
    }),
  );

test("a pod that never restarted has nothing to tell, and neither has one that ends", () => {
  const terminated = { exitCode: 137, finishedAt: "2026-12-01T11:00:00Z" };
  const ending = { containerStatuses: [{ name: "web", restartCount: 2, state: { terminated } }] };
  expect(
    podFacts(pod("web", { status: { containerStatuses: [{ name: "web", restartCount: 0 }] } })).containers,
  ).toEqual([]);
  expect(podFacts(pod("web", { status: ending, deleted: true })).containers).toEqual([]);
  expect(podFacts(pod("web", { status: ending })).containers).toMatchObject([{ restarts: 2, ends: [{ code: 137 }] }]);
});

test("a run that completed did not fail", () => {
  const status = {
    containerStatuses: [
      { name: "web", restartCount: 0, state: { terminated: { exitCode: 0, finishedAt: "2026-12-01T11:00:00Z" } } },
    ],
  };
  expect(podFacts(pod("run", { status })).containers).toEqual([]);
});

test("the CPU limit is that of all containers, and none where one has none", () => {
  const limited = (cpu?: string) => ({ name: "c", ...(cpu === undefined ? {} : { resources: { limits: { cpu } } }) });
  expect(podFacts(pod("web", { spec: { containers: [limited("500m"), limited("1.5")] } })).cpuLimit).toBe(2_000);
  expect(podFacts(pod("web", { spec: { containers: [limited("500m"), limited()] } })).cpuLimit).toBeUndefined();
});

test("restarts add up over pods, and an exit of an earlier pod stays for a week", () => {
  const first = restartsOf(
    [crashed("a", 1, "2026-12-01T10:00:00Z"), crashed("b", 1, "2026-12-01T11:00:00Z", 2)],
    [],
    NOW,
  );
  expect(first).toEqual([
    {
      name: "web",
      restarts: 6,
      pods: 2,
      exits: [{ code: 1, reason: "Error", pods: 2, last: "2026-12-01T11:00:00Z" }],
    },
  ]);
  const second = restartsOf([crashed("c", 137, "2026-12-01T11:30:00Z", 1)], first, NOW);
  expect(second[0]?.exits).toEqual([
    { code: 137, reason: "Error", pods: 1, last: "2026-12-01T11:30:00Z" },
    { code: 1, reason: "Error", pods: 0, last: "2026-12-01T11:00:00Z" },
  ]);
  expect(restartsOf([], second, NOW + 8 * 86_400_000)).toEqual([]);
});

test("a clock that is ahead keeps no exit for ever", () => {
  const [told] = restartsOf([crashed("a", 1, "2099-01-01T00:00:00Z")], [], NOW);
  expect(told?.exits[0]?.last).toBe("2026-12-01T12:00:00Z");
  expect(
    restartsOf([crashed("a", 1, "2099-01-01T00:00:00Z")], told === undefined ? [] : [told], NOW + 3_600_000),
  ).toEqual([told]);
  const forged = [
    { name: "web", restarts: 1, pods: 1, exits: [{ code: 1, reason: "Error", pods: 1, last: "2099-01-01T00:00:00Z" }] },
  ];
  expect(restartsOf([crashed("a", 1, "2026-12-01T11:00:00Z")], forged, NOW)[0]?.exits[0]?.last).toBe(
    "2026-12-01T11:00:00Z",
  );
});

test("however many containers and exits there are, the lists are bounded", () => {
  const many = Array.from({ length: 10_000 }, (_, index) => crashed(`p${index}`, index % 200, "2026-12-01T11:00:00Z"));
  const [told] = restartsOf(many, [], NOW);
  expect(told).toMatchObject({ restarts: 40_000, pods: 10_000 });
  expect(told?.exits).toHaveLength(5);
});

test("an entered pod is told for a day after it is gone, and a clock that is ahead does not change that", () => {
  const now = [{ pod: "web-1", how: "EphemeralContainer" as const, name: "debugger" }];
  const first = enteredOf(now, [], "2026-12-01T12:00:00Z");
  expect(first).toEqual([{ ...now[0], seen: "2026-12-01T12:00:00Z" }]);
  expect(enteredOf(now, first, "2026-12-01T13:00:00Z")).toEqual(first);
  expect(enteredOf([], first, "2026-12-02T11:00:00Z")).toEqual(first);
  expect(enteredOf([], first, "2026-12-02T12:00:00Z")).toEqual([]);
  expect(enteredOf([], first, "2026-12-01T11:00:00Z")[0]?.seen).toBe("2026-12-01T11:00:00Z");
});

const reporting = (node: string, reported: string) => ({ node, images: [{ container: "web", pinned: PIN, reported }] });
const samePlatform = (): string => "containerd://2.3.0 amd64";

test("a report that differs from the pin is told only where other pods on the same platform disagree", () => {
  const oneWay = [reporting("n1", OTHER), reporting("n2", OTHER)];
  expect(digestDifferences(oneWay, samePlatform)).toEqual([]);
  expect(digestDifferences([...oneWay, reporting("n3", PIN)], samePlatform)).toEqual([
    { container: "web", pinned: PIN, reported: OTHER, pods: 2, others: 1 },
  ]);
  expect(digestDifferences([reporting("n1", OTHER), reporting("n2", THIRD)], samePlatform)).toHaveLength(2);
});

test("reports of another runtime, architecture or an unknown node are compared with nothing", () => {
  const pods = [reporting("n1", OTHER), reporting("n2", PIN)];
  expect(digestDifferences(pods, (node) => node)).toEqual([]);
  expect(digestDifferences(pods, () => undefined)).toEqual([]);
});

test("the digest is read from every form of an image id", () => {
  const status = (imageID: string) => ({ containerStatuses: [{ name: "web", imageID }] });
  const reportOf = (imageID: string) => podFacts(pod("web", { status: status(imageID) })).images[0]?.reported;
  expect(reportOf(`registry.example.com/web@${OTHER}`)).toBe(OTHER);
  expect(reportOf(`docker-pullable://registry.example.com/web@${OTHER}`)).toBe(OTHER);
  expect(reportOf(OTHER)).toBe(OTHER);
  expect(reportOf("")).toBeUndefined();
});

const used = (pod: string, millicores: number, timestamp = "t1") => ({ pod, millicores, limit: 1_000, timestamp });

test("CPU is told after two measurements, and only beside idle pods", () => {
  const window = [used("a", 990), used("b", 20), used("c", 40)];
  const first = unevenPods(window, new Map());
  expect(first.uneven).toEqual([]);
  expect(unevenPods(window, first.hot).uneven).toEqual([]);
  const later = window.map((one) => ({ ...one, timestamp: "t2" }));
  expect(unevenPods(later, first.hot).uneven).toEqual([{ pod: "a", millicores: 990, limit: 1_000, others: 20 }]);
  expect(unevenPods([used("a", 990, "t2"), used("b", 400, "t2")], first.hot).uneven).toEqual([]);
  expect(unevenPods([used("a", 990, "t2")], first.hot).uneven).toEqual([]);
});

test("usage is the sum of the containers, and an amount that is none says nothing", () => {
  const metrics = (...cpu: readonly string[]) => ({
    apiVersion: "metrics.k8s.io/v1beta1",
    kind: "PodMetrics",
    metadata: { name: "a" },
    timestamp: "t1",
    containers: cpu.map((amount) => ({ usage: { cpu: amount } })),
  });
  expect(usageOf(metrics("250m", "1500000n"), 1_000)?.millicores).toBe(251);
  expect(usageOf(metrics("much"), 1_000)).toBeUndefined();
});

test("refused requests are counted by policy, and one server twice only once", () => {
  const text = (count: number, started = "1.0") =>
    [
      "# HELP apiserver_validating_admission_policy_check_total checks",
      `apiserver_validating_admission_policy_check_total{enforcement_action="deny",error_type="no_error",policy="palisade-pods",policy_binding="b"} ${count}`,
      'apiserver_validating_admission_policy_check_total{enforcement_action="deny",error_type="invalid_error",policy="palisade-pods",policy_binding="b"} 2',
      'apiserver_validating_admission_policy_check_total{enforcement_action="allow",error_type="no_error",policy="palisade-pods",policy_binding="b"} 900',
      'apiserver_validating_admission_policy_check_total{enforcement_action="deny",error_type="no_error",policy="other",policy_binding="b"} 50',
      `process_start_time_seconds ${started}`,
    ].join("\n");
  const isAsked = (policy: string): boolean => policy.startsWith("palisade-");
  const once = withCount([], deniedIn(text(3), isAsked));
  expect(totalOf(once)).toEqual(new Map([["palisade-pods", 5]]));
  expect(totalOf(withCount(once, deniedIn(text(4), isAsked)))).toEqual(new Map([["palisade-pods", 6]]));
  expect(totalOf(withCount(once, deniedIn(text(1, "2.0"), isAsked)))).toEqual(new Map([["palisade-pods", 8]]));
});

const node = (status: object, name = "n1"): KubeObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name },
  status,
});
const info = (kubeletVersion: string, containerRuntimeVersion = "containerd://2.3.1") => ({
  nodeInfo: { kubeletVersion, containerRuntimeVersion, architecture: "amd64" },
});
const SERVER = { major: 1, minor: 37 };

test("a node that says nothing is neither healthy nor not", () => {
  expect(nodeFindings(nodeFacts(node({})), { server: SERVER, nowMs: NOW })).toEqual([]);
  expect(platformOf(nodeFacts(node({})))).toBeUndefined();
});

test("conditions of a node are told where they are not as they should be", () => {
  const conditions = [
    { type: "Ready", status: "Unknown" },
    { type: "MemoryPressure", status: "True" },
    { type: "DiskPressure", status: "False" },
    { type: "CustomIsGood", status: "True" },
  ];
  expect(nodeFindings(nodeFacts(node({ conditions })), { server: SERVER, nowMs: NOW })).toEqual([
    { fact: "NotReady", detail: "Ready is Unknown" },
    { fact: "UnderPressure", detail: "MemoryPressure" },
  ]);
});

test("versions are out of support from the day after their last, and skewed where the API server is too far", () => {
  const findings = (status: object, nowMs = NOW) =>
    nodeFindings(nodeFacts(node(status)), { server: SERVER, nowMs }).map(({ fact }) => fact);
  expect(findings(info("v1.37.2"))).toEqual([]);
  expect(findings(info("v1.35.1-eks-abc"))).toEqual([]);
  expect(findings(info("v1.34.6"))).toEqual(["KubeletOutOfSupport"]);
  expect(findings(info("v1.34.6"), Date.parse("2026-10-27T23:00:00Z"))).toEqual([]);
  expect(findings(info("v1.33.0"))).toEqual(["KubeletSkewed", "KubeletOutOfSupport"]);
  expect(findings(info("v1.38.0"))).toEqual(["KubeletSkewed"]);
  expect(findings(info("v1.37.2", "containerd://1.7.27"))).toEqual(["RuntimeOutOfSupport"]);
  expect(findings(info("v1.37.2", "cri-o://1.30.0"))).toEqual([]);
  expect(nodeFindings(nodeFacts(node(info("v1.30.0"))), { server: undefined, nowMs: NOW })).toHaveLength(1);
});

test("a version that no table has is unknown where it is new, and over where it is old", () => {
  const ended = (text: string, table = KUBERNETES_ENDS) => endedOn(table, versionIn(text) ?? SERVER, NOW);
  expect(ended("1.99")).toBeUndefined();
  expect(ended("1.20")).toBe("2025-10-28 or earlier");
  expect(ended("1.2", CONTAINERD_ENDS)).toContain("or earlier");
  expect(versionIn("weekly")).toBeUndefined();
  expect(skewOf({ major: 1, minor: 34 }, SERVER)).toBeUndefined();
});

test.each([KUBERNETES_ENDS, CONTAINERD_ENDS])("the tables of support hold days, the oldest version first", (table) => {
  const versions = Object.keys(table).map((text) => versionIn(text) ?? SERVER);
  expect(versions.toSorted((a, b) => a.major - b.major || a.minor - b.minor)).toEqual(versions);
  for (const day of Object.values(table)) expect(new Date(day).toISOString().slice(0, 10)).toBe(day);
});

test("of two thousand nodes without user namespaces, the ones that matter stand first", () => {
  const facts = nodeFacts(node(info("v1.37.2")));
  const nodes = Array.from({ length: 2_000 }, (_, index) => ({
    name: `n${String(index).padStart(4, "0")}`,
    facts,
    userNamespaces: false,
    staticPods: index === 7 ? ["shop/web-n0007"] : [],
    answers: index === 1_999 ? "the kubelet's read-only port answers on port 10255 without login" : undefined,
  }));
  const found = findingsOfNodes(nodes, { server: SERVER, nowMs: NOW });
  expect(found.slice(0, 3).map(({ name, fact }) => [name, fact])).toEqual([
    ["n1999", "KubeletAnswers"],
    ["n0007", "StaticPods"],
    ["n0000", "NoUserNamespaces"],
  ]);
  expect(found).toHaveLength(2_002);
  expect(nodesMessage(found)).toEqual({
    fact: "KubeletAnswers",
    message: "KubeletAnswers: n1999 (the kubelet's read-only port answers on port 10255 without login)",
  });
  expect(nodesMessage(found.slice(1))).toBeUndefined();
});

test("the words of a workload's facts have their numbers, and nothing is said of nothing", () => {
  expect(unusualOf({ containers: [], entered: [], images: [], cpu: [] })).toBeUndefined();
  const facts = {
    containers: restartsOf([crashed("a", 137, "2026-12-01T11:00:00Z")], [], NOW),
    entered: enteredOf([{ pod: "a", how: "BreakGlass", name: "night" }], [], "2026-12-01T12:00:00Z"),
    images: digestDifferences([reporting("n1", OTHER), reporting("n2", PIN)], samePlatform),
    cpu: [{ pod: "a", millicores: 990, limit: 1_000, others: 20 }],
  };
  expect(factsIn(unusualOf(facts))).toEqual(["Entered", "ImageDiffers", "Restarts", "CPUUneven"]);
  expect(linesOf(facts)).toEqual([
    "a was open to the user of SecurityException night, seen 2026-12-01T12:00:00Z",
    `container web pins ${PIN}; 1 pods report ${OTHER}, 1 of the same runtime another digest`,
    "container web restarted 4 times; ended with 137 (Error) at 2026-12-01T11:00:00Z",
    "a used 990m of its 1000m CPU while the others used 20m",
  ]);
});
