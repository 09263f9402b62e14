/** A namespace with one workload in it, as the operator sees it: its children stand, and tests add objects of others beside them. */

import { apiVersionOf, type KubeObject, keyOf, type OwnerReference, type Resource } from "kopf-ts";
import { API_VERSION, ENROLMENT_LABEL, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../../src/crds/group.ts";
import { type Enrolment, labelOfEnrolment } from "../../src/crds/v1alpha1/enrolment.ts";
import { CHILD_RESOURCES } from "../../src/expand/child-kinds.ts";
import { DEPLOYMENT, NAMESPACE, POD, REPLICA_SET } from "../../src/kubernetes/kinds.ts";
import type { WorkloadRecord } from "../../src/state/records/workload.ts";
import { aClusterState, type ClusterStateFixture } from "./cluster-state.ts";
import { aWorkload } from "./workloads.ts";

export const BEFORE = "2026-01-01T00:00:00Z";
export const BORN = "2026-02-01T00:00:00Z";
export const LATER = "2026-03-01T00:00:00Z";

const IMAGE = `registry.example.com/shop/web:1@sha256:${"a".repeat(64)}`;

export interface Governed extends ClusterStateFixture {
  /** The workload as it is known now. */
  workload(name?: string): WorkloadRecord;
  /** Declares a workload; its children follow only with {@link Governed.stand}. */
  declare(name: string, spec?: object): WorkloadRecord;
  /** Puts its children as they must be; those that `change` returns undefined for are left out. */
  stand(name?: string, change?: (child: KubeObject) => KubeObject | undefined): void;
  /** An object of somebody else's, made after the workload unless told. */
  foreign(resource: Resource, name: string, body?: object, metadata?: object): KubeObject;
  enrol(state: Enrolment | undefined): void;
  /** Every object of a kind that was put, as it was last. */
  all(resource: Resource): readonly KubeObject[];
}

/** Of the namespace `shop`, sealed, with the workload `web` and its children. */
export function governed(spec: object = {}): Governed {
  const fixture = aClusterState();
  const { state } = fixture;
  const objects = new Map<string, KubeObject>();
  const put: ClusterStateFixture["put"] = (resource, object) => {
    const stored = fixture.put(resource, object);
    objects.set(`${resource.kind}/${keyOf(stored.metadata)}`, stored);
    return stored;
  };
  const workload = (name = "web"): WorkloadRecord => {
    const found = state.workloads.get(`shop/${name}`);
    if (found === undefined) throw new Error(`there is no workload ${name}`);
    return found;
  };
  const world: Governed = {
    ...fixture,
    put,
    remove: (resource, object) => {
      fixture.remove(resource, object);
      objects.delete(`${resource.kind}/${keyOf(object.metadata)}`);
    },
    all: (resource) => [...objects].flatMap(([key, object]) => (key.startsWith(`${resource.kind}/`) ? [object] : [])),
    workload,
    declare: (name, more = {}) => {
      const object = aWorkload(name, "shop", { image: IMAGE, ...more });
      put(SECURE_WORKLOAD, { ...object, metadata: { name, namespace: "shop", creationTimestamp: BORN } });
      state.decideIdentity(workload(name), { uid: 100_000 + name.length, userNamespace: true });
      return workload(name);
    },
    stand: (name = "web", change = (child) => child) => {
      for (const child of state.expanded(workload(name))) {
        const made = change({ ...child, metadata: { creationTimestamp: LATER, ...child.metadata } });
        if (made !== undefined) put(resourceOf(child), made);
      }
    },
    foreign: (resource, name, body = {}, metadata = {}) =>
      put(resource, {
        apiVersion: apiVersionOf(resource),
        kind: resource.kind,
        metadata: {
          name,
          ...(resource.namespaced ? { namespace: "shop" } : {}),
          creationTimestamp: LATER,
          ...metadata,
        },
        ...body,
      }),
    enrol: (enrolment) =>
      void put(NAMESPACE, {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: {
          name: "shop",
          labels: enrolment === undefined ? {} : { [ENROLMENT_LABEL]: labelOfEnrolment(enrolment) },
        },
      }),
  };
  world.enrol("Sealed");
  world.declare("web", spec);
  world.stand();
  return world;
}

function resourceOf({ kind, apiVersion }: KubeObject): Resource {
  const found = CHILD_RESOURCES.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  if (found === undefined) throw new Error(`${kind} is no child's`);
  return found;
}

export const controlledBy = (owner: KubeObject, resource: Resource): { ownerReferences: OwnerReference[] } => ({
  ownerReferences: [
    {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      name: owner.metadata.name,
      uid: owner.metadata.uid ?? "",
      controller: true,
    },
  ],
});

export const workloadReference = ({ ref }: WorkloadRecord): OwnerReference => ({
  apiVersion: API_VERSION,
  kind: SECURE_WORKLOAD.kind,
  name: ref.name,
  uid: ref.uid,
  controller: true,
});

/** The uid that {@link ClusterStateFixture.put} gives. */
export const uidOf = (resource: Resource, name: string): string => `uid-of-${resource.plural}-shop-${name}`;

/** What the Deployment controller and the ReplicaSet controller make of a workload's Deployment. */
export function run(world: Governed, name = "web"): { readonly set: KubeObject; readonly pod: KubeObject } {
  const deployment = world.state.expanded(world.workload(name)).find(({ kind }) => kind === DEPLOYMENT.kind);
  if (deployment === undefined) throw new Error(`${name} has no Deployment`);
  const { template } = deployment["spec"] as { readonly template: KubeObject };
  const labels = { ...template.metadata.labels, "pod-template-hash": "7d9f" };
  const owner = { ...deployment, metadata: { ...deployment.metadata, uid: uidOf(DEPLOYMENT, name) } };
  const set = world.foreign(
    REPLICA_SET,
    `${name}-7d9f`,
    { spec: { template: { ...template, metadata: { ...template.metadata, labels } } } },
    { labels, ...controlledBy(owner, DEPLOYMENT) },
  );
  const pod = world.foreign(
    POD,
    `${name}-7d9f-abcde`,
    { spec: template["spec"], status: { podIPs: [{ ip: "10.0.0.7" }] } },
    { labels: { ...labels, [WORKLOAD_LABEL]: name }, ...controlledBy(set, REPLICA_SET) },
  );
  return { set, pod };
}
