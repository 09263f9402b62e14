import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import type { KubeObject, Resource } from "kopf-ts";
import { aClusterState } from "../../test/support/cluster-state.ts";
import { anException } from "../../test/support/exceptions.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { API_VERSION, SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION } from "../crds/group.ts";
import { CHILD_KINDS, childNamed } from "../expand/child-kinds.ts";
import {
  CONFIG_MAP,
  DEPLOYMENT,
  INGRESS_CLASS,
  NAMESPACE,
  NETWORK_POLICY,
  POD,
  REPLICA_SET,
  SERVICE,
} from "../kubernetes/kinds.ts";
import type { Surplus } from "../rbac/excess.ts";
import { ReportedRights } from "../rbac/reported.ts";
import { objectMemory } from "../state/records/memory.ts";
import { MissingChildren } from "./apply/missing-children.ts";
import { EnrolmentBlockers } from "./namespace/enrolment-blockers.ts";

const PODS_A_ROUND = 17;
const OBJECTS_A_ROUND = 25;
const DEPLOYMENT_KIND = CHILD_KINDS.find(({ resource }) => resource === DEPLOYMENT);

/** Everything that remembers things, put together as it is when the operator starts. */
function everything() {
  const fixture = aClusterState({
    imageResolver: { resolve: () => new Promise(() => {}), failureOf: () => undefined },
  });
  const { state, clock, put } = fixture;
  const missing = new MissingChildren(clock, state.memory);
  const rights = new ReportedRights();
  state.memory.onTermEnd((term) => rights.forget(term));
  const blockers = new EnrolmentBlockers(state.memory, state.namespaces);
  put(INGRESS_CLASS, { apiVersion: "networking.k8s.io/v1", metadata: { name: "public" }, spec: { controller: "a/b" } });
  put(SECURITY_BASELINE, {
    apiVersion: API_VERSION,
    metadata: { name: "cluster" },
    spec: { registries: ["registry.example.com"] },
  });
  return { ...fixture, missing, rights, blockers };
}

const SURPLUS = { scope: "cluster", rules: [], binding: { uid: "b" } } as unknown as Surplus;

/** A workload with its namespace and all that belongs to it comes, is worked on, and goes. */
function round(all: ReturnType<typeof everything>, index: number): void {
  const { state, clock, put, remove, missing, rights, blockers } = all;
  const namespace = `shop-${index}`;
  const name = `web-${index}`;
  const made: [Resource, KubeObject][] = [];
  const come = (resource: Resource, object: object): KubeObject => {
    const held = put(resource, object);
    made.unshift([resource, held]);
    return held;
  };
  const core = (kindName: string, rest: object) => ({
    apiVersion: "v1",
    metadata: { name: kindName, namespace },
    ...rest,
  });
  come(NAMESPACE, { apiVersion: "v1", metadata: { name: namespace } });
  come(SECURE_WORKLOAD, {
    ...aWorkload(name, namespace, {
      image: `registry.example.com/shop/web@sha256:${"a".repeat(64)}`,
      expose: [{ host: `${name}.example.com`, path: "/", port: 8080 }],
      env: [{ name: "VALUE", valueFrom: { configMapKeyRef: { name: "settings", key: "value" } } }],
    }),
  });
  come(CONFIG_MAP, core("settings", { data: { value: String(index) } }));
  come(
    SECURITY_EXCEPTION,
    anException(`lifts-${index}`, { workload: { namespace, name } }, { creationTimestamp: "2023-11-14T22:00:00Z" }),
  );
  const workload = state.workloads.get(`${namespace}/${name}`);
  if (workload === undefined || DEPLOYMENT_KIND === undefined) throw new Error("not kept");
  state.references.images.request(workload, ["registry.example.com/shop/web:1.4.2"]);
  expect(state.granted.specs.of(workload)).toBeDefined();
  state.decideIdentity(workload, { uid: 10_000 + index, userNamespace: true });
  state.decideEnrolment(namespace, "Guarding");
  state.noteReported(workload, { observedGeneration: 1 });
  state.ledger.begin(workload, clock.monotonicMs());
  blockers.set(namespace, { state: "Guarding", foreign: { makers: [], others: ["Service/old"] } });
  rights.take(state.memory.of(workload).term, [SURPLUS], false);
  objectMemory(state.memory.of(workload).term.objects, `Pod/${namespace}/${name}-x`).corrections = {
    tokens: 0,
    refilledMs: 0,
    recentMs: [],
  };
  state.exceptions.entered.among(workload, { name: `lifts-${index}`, expires: "", closed: "2026-01-01T00:00:00Z" }, []);
  for (const kind of CHILD_KINDS.filter(({ resource }) => [DEPLOYMENT, SERVICE, NETWORK_POLICY].includes(resource))) {
    const desired = state.desired(workload, kind);
    if (desired !== undefined) come(kind.resource, desired.object);
  }
  const labels = { "palisade.dev/workload": name };
  come(REPLICA_SET, {
    ...core(`${name}-1`, { spec: { template: { metadata: { labels }, spec: { containers: [] } } } }),
  });
  for (let pod = 0; pod < PODS_A_ROUND; pod += 1) {
    const metadata = { name: `${name}-1-${pod}`, namespace, labels };
    come(POD, { apiVersion: "v1", metadata, spec: { containers: [] } });
  }
  expect(made).toHaveLength(OBJECTS_A_ROUND);
  for (const [resource, object] of made) {
    const child = childNamed(resource, object.metadata.name);
    const record =
      child === undefined ? undefined : state.childrenOf(resource).get(`${namespace}/${object.metadata.name}`);
    remove(resource, object);
    if (child !== undefined && record !== undefined)
      missing.onDeleted(child.kind, workload, object.metadata.name, record);
  }
  // A pass that was under way when the workload went.
  state.decideIdentity(workload, { uid: 10_000 + index, userNamespace: true });
  state.references.images.request(workload, ["registry.example.com/shop/web:1.4.2"]);
  missing.expect(workload, DEPLOYMENT_KIND);
  blockers.set(namespace, undefined);
  state.exceptions.forget(`lifts-${index}`);
  // Longer than a cache remembers what is gone.
  clock.stall(61_000);
}

test("20,000 objects that come and go under new names leave nothing in memory", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const heap = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const all = everything();
  const rounds = 20_000 / OBJECTS_A_ROUND;
  for (let index = 0; index < 100; index += 1) round(all, index);
  const before = heap();
  for (let index = 100; index < rounds; index += 1) round(all, index);
  const grown = heap() - before;
  const { state, rights, blockers } = all;
  expect(state.memory.size).toEqual({ workloads: 0, namespaces: 0 });
  expect(state.granted.claims.workloads()).toEqual([]);
  expect(rights.count("cluster")).toBe(0);
  expect(blockers.entries()).toEqual([]);
  expect(state.exceptions.namespaceOf("lifts-5")).toBeUndefined();
  const someone = { ...aWorkload("other", "other") } as unknown as KubeObject;
  all.put(SECURE_WORKLOAD, someone);
  const other = state.workloads.get("other/other");
  expect(other !== undefined && state.isUidTaken(10_005, other)).toBe(false);
  // One record for each workload would be four times as much; what jest and the compiler keep varies.
  expect(grown).toBeLessThan(2_500_000);
}, 120_000);
