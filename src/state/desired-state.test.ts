import { afterEach, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject, Resource } from "kopf-ts";
import { aClusterState, type ClusterStateFixture } from "../../test/support/cluster-state.ts";
import { anException } from "../../test/support/exceptions.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { API_VERSION, SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION } from "../crds/group.ts";
import { CHILD_KINDS, type ChildKind } from "../expand/child-kinds.ts";
import {
  CONFIG_MAP,
  DAEMON_SET,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  INGRESS_CLASS,
  SCALED_OBJECT,
  SERVICE,
} from "../kubernetes/kinds.ts";
import type { WorkloadRecord } from "./records/workload.ts";

const IDENTITY = { uid: 12_345, userNamespace: true };

const recordOf = ({ state }: ClusterStateFixture, key = "shop/web"): WorkloadRecord => {
  const record = state.workloads.get(key);
  if (record === undefined || record.invalid !== undefined) throw new Error(`${key}: ${record?.invalid ?? "not kept"}`);
  return record;
};

/** Everything that exists, so that it can be put into another state as it is. */
class Objects {
  readonly #objects = new Map<string, readonly [Resource, object]>();
  served = false;
  identity = IDENTITY;

  put(resource: Resource, object: object): void {
    const { name, namespace } = (object as KubeObject).metadata;
    this.#objects.set(`${resource.plural}/${namespace}/${name}`, [resource, object]);
  }

  remove(resource: Resource, { metadata: { name, namespace } }: KubeObject): void {
    this.#objects.delete(`${resource.plural}/${namespace}/${name}`);
  }

  /** ConfigMaps are kept only while somebody names them: each pass reads those that are not known. */
  lookForSources(fixture: ClusterStateFixture): void {
    for (const [resource, object] of this.#objects.values()) if (resource === CONFIG_MAP) fixture.put(resource, object);
  }

  /** What the children of shop/web must be, worked out from nothing else. */
  desiredAnew(clock: ClusterStateFixture["clock"]): string {
    const fixture = aClusterState({ clock });
    fixture.serve(SCALED_OBJECT, this.served);
    for (const [resource, object] of this.#objects.values()) fixture.put(resource, object);
    this.lookForSources(fixture);
    fixture.state.decideIdentity(recordOf(fixture), this.identity);
    return desiredOf(fixture);
  }
}

const desiredOf = (fixture: ClusterStateFixture): string =>
  JSON.stringify(CHILD_KINDS.map((kind) => fixture.state.desired(recordOf(fixture), kind)));

const service = (namespace: string, name: string, spec: object) => ({
  apiVersion: "v1",
  metadata: { name, namespace },
  spec,
});
const dns = (port: number) =>
  service("kube-system", "kube-dns", {
    selector: { "k8s-app": "kube-dns" },
    ports: [{ port: 53, targetPort: port, protocol: "UDP" }],
  });
const apiEndpoints = (ip: string) => ({
  apiVersion: "discovery.k8s.io/v1",
  metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
  endpoints: [{ addresses: [ip] }],
  ports: [{ port: 6443 }],
});
const nodeLocalDns = (ip: string) => ({
  apiVersion: "apps/v1",
  metadata: { name: "node-local-dns", namespace: "kube-system", labels: { "k8s-app": "node-local-dns" } },
  spec: { template: { spec: { containers: [{ name: "node-cache", args: ["-localip", `${ip},10.96.0.10`] }] } } },
});
const baseline = (generation: number, hosts: readonly string[]) => ({
  apiVersion: API_VERSION,
  metadata: { name: "cluster", generation },
  spec: {
    callers: { gateway: { namespace: "edge", podLabels: [{ key: "app", value: `gateway-${generation}` }] } },
    exposure: { ingressClass: "public" },
    namespaces: [{ name: "shop", hosts }],
  },
});
const ingressClass = { apiVersion: "networking.k8s.io/v1", metadata: { name: "public" }, spec: { controller: "a/b" } };
const settings = (value: string) => ({
  apiVersion: "v1",
  metadata: { name: "settings", namespace: "shop" },
  data: { value },
});
/** A Secret of each workload's own: whose it is would depend on who came first. */
const exposeOf = (name: string) => [
  { host: "web.example.com", path: "/", port: 8080, tls: { secretName: `${name}-tls` } },
];
const workload = (name: string, change: { replicas: number; exposed: boolean; configured: boolean; label: string }) => {
  const { replicas, exposed, configured, label } = change;
  return {
    ...aWorkload(name, "shop", {
      replicas,
      ...(exposed ? { expose: exposeOf(name) } : {}),
      ...(configured
        ? { env: [{ name: "VALUE", valueFrom: { configMapKeyRef: { name: "settings", key: "value" } } }] }
        : {}),
      permissions: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"], resourceNames: ["state"] }],
    }),
    metadata: {
      name,
      namespace: "shop",
      labels: { team: label },
      creationTimestamp: name === "web" ? "2026-01-02T00:00:00Z" : "2026-01-01T00:00:00Z",
    },
  };
};

type Change = (objects: Objects, fixture: ClusterStateFixture) => void;

const putting =
  (resource: Resource, object: object): Change =>
  (objects, fixture) => {
    objects.put(resource, object);
    fixture.put(resource, object);
  };

const removing =
  (resource: Resource, object: object): Change =>
  (objects, fixture) => {
    const held = fixture.put(resource, object);
    fixture.remove(resource, held);
    objects.remove(resource, held);
  };

const small = fc.integer({ min: 1, max: 3 });
const workloadChange = fc.record({
  replicas: small,
  exposed: fc.boolean(),
  configured: fc.boolean(),
  label: fc.constantFrom("a", "b"),
});
const ip = small.map((last) => `192.0.2.${last}`);

const change: fc.Arbitrary<Change> = fc.oneof(
  workloadChange.map((spec) => putting(SECURE_WORKLOAD, workload("web", spec))),
  workloadChange.map((spec) => putting(SECURE_WORKLOAD, workload("older", spec))),
  workloadChange.map((spec) => removing(SECURE_WORKLOAD, workload("older", spec))),
  small.map((port) => putting(SERVICE, dns(port))),
  fc.constant(removing(SERVICE, dns(1))),
  ip.map((address) => putting(ENDPOINT_SLICE, apiEndpoints(address))),
  fc.constant(removing(ENDPOINT_SLICE, apiEndpoints("192.0.2.1"))),
  ip.map((address) => putting(DAEMON_SET, nodeLocalDns(address))),
  fc
    .tuple(small, fc.subarray(["web.example.com", "other.example.com"]))
    .map(([generation, hosts]) => putting(SECURITY_BASELINE, baseline(generation, hosts))),
  fc.constant(removing(SECURITY_BASELINE, baseline(1, []))),
  fc.constantFrom(putting(INGRESS_CLASS, ingressClass), removing(INGRESS_CLASS, ingressClass)),
  fc.constantFrom("1", "2").map((value) => putting(CONFIG_MAP, settings(value))),
  fc.constantFrom(["read-only-root"], ["non-root"]).chain((lifts) => {
    const exception = anException(`lifts-${lifts}`, { lifts }, { creationTimestamp: "2023-11-14T22:00:00Z" });
    return fc.constantFrom(putting(SECURITY_EXCEPTION, exception), removing(SECURITY_EXCEPTION, exception));
  }),
  fc.boolean().map(
    (served): Change =>
      (objects, fixture) => {
        objects.served = served;
        fixture.serve(SCALED_OBJECT, served);
      },
  ),
  small.map(
    (uid): Change =>
      (objects, fixture) => {
        objects.identity = { ...IDENTITY, uid: IDENTITY.uid + uid };
        fixture.state.decideIdentity(recordOf(fixture), objects.identity);
      },
  ),
);

test("what is shared is what would be built anew, whatever changes", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      const fixture = aClusterState();
      const objects = new Objects();
      putting(CONFIG_MAP, settings("0"))(objects, fixture);
      putting(SECURE_WORKLOAD, workload("web", { replicas: 1, exposed: true, configured: true, label: "a" }))(
        objects,
        fixture,
      );
      fixture.state.decideIdentity(recordOf(fixture), IDENTITY);
      for (const apply of changes) {
        apply(objects, fixture);
        objects.lookForSources(fixture);
        const desired = desiredOf(fixture);
        seen.add(desired);
        expect(desired).toBe(objects.desiredAnew(fixture.clock));
      }
    }),
    { numRuns: 20 },
  );
  // Not the same all the time, whatever is put.
  expect(seen.size).toBeGreaterThan(10);
});

afterEach(() => {
  jest.restoreAllMocks();
});

const kindOf = (resource: Resource): ChildKind => {
  const found = CHILD_KINDS.find((kind) => kind.resource === resource);
  if (found === undefined) throw new Error(`${resource.kind} is no child kind`);
  return found;
};

test("the Deployment is built once for each change, however often it is compared, planned and told of", () => {
  const fixture = aClusterState();
  const { state } = fixture;
  const kind = kindOf(DEPLOYMENT);
  const build = jest.spyOn(kind as { build: ChildKind["build"] }, "build");
  const spec = { replicas: 1, exposed: false, configured: false, label: "a" };
  fixture.put(SECURE_WORKLOAD, workload("web", spec));
  state.decideIdentity(recordOf(fixture), IDENTITY);
  const desired = state.desired(recordOf(fixture), kind);
  expect(build).toHaveBeenCalledTimes(1);
  const stands = (deployment: object) => {
    fixture.put(DEPLOYMENT, deployment);
    const record = state.childrenOf(DEPLOYMENT).get("shop/web");
    return record?.type === "child" ? record.comparison : undefined;
  };
  const made = desired?.object ?? {};
  expect(stands(made)).toBe("inSync");
  // One correction: seen, planned, written, seen again, told.
  expect(stands({ ...made, spec: { ...((made as KubeObject)["spec"] as object), paused: true } })).toBe("drifted");
  expect(state.desired(recordOf(fixture), kind)?.digest).toBe(desired?.digest);
  expect(stands(made)).toBe("inSync");
  expect(state.expanded(recordOf(fixture)).map((child) => child.kind)).toContain("Deployment");
  // A status that is written changes nothing that it is built from.
  fixture.put(SECURE_WORKLOAD, { ...workload("web", spec), status: { observedGeneration: 1 } });
  expect(state.desired(recordOf(fixture), kind)?.object).toBe(desired?.object);
  expect(build).toHaveBeenCalledTimes(1);
  fixture.put(SECURE_WORKLOAD, workload("web", { ...spec, replicas: 2 }));
  expect(stands(made)).toBe("stale");
  expect(state.expanded(recordOf(fixture)).length).toBeGreaterThan(3);
  expect(build).toHaveBeenCalledTimes(2);
});

test("what is only assumed is built beside what is known, and displaces nothing", () => {
  const fixture = aClusterState();
  const { state } = fixture;
  const kind = kindOf(DEPLOYMENT);
  fixture.put(SECURE_WORKLOAD, aWorkload("web", "shop"));
  state.decideIdentity(recordOf(fixture), IDENTITY);
  const known = state.desired(recordOf(fixture), kind);
  const assumed = state.desired(recordOf(fixture), kind, { lifted: new Set(["read-only-root"]) });
  expect(assumed?.digest).not.toBe(known?.digest);
  expect(state.desired(recordOf(fixture), kind)).toBe(known);
});
