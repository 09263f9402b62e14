import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { apiVersionOf, type KubeObject, type ObjectName, type OwnerReference, type Resource } from "kopf-ts";
import { API_VERSION, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../crds/group.ts";
import { CONFIG_MAP, DEPLOYMENT, NETWORK_POLICY, POD, ROLE, SERVICE } from "../kubernetes/kinds.ts";
import { kindsWith } from "./child-kinds.ts";
import { isOurs } from "./ownership.ts";

const LIVING = "uid-of-web";
const living = ({ namespace, name }: ObjectName) =>
  namespace === "shop" && name === "web" ? { uid: LIVING, serviceNames: ["shop"] } : undefined;

const reference = (changes: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: API_VERSION,
  kind: SECURE_WORKLOAD.kind,
  name: "web",
  uid: LIVING,
  controller: true,
  ...changes,
});

const object = (resource: Resource, name: string, ownerReferences: readonly OwnerReference[]): KubeObject => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  metadata: { name, namespace: "shop", ownerReferences, labels: { [WORKLOAD_LABEL]: "web" } },
});

test.each(kindsWith(["shop"]).map((kind) => ({ ...kind, name: kind.nameFor("web") })))(
  "a $resource.kind called $name is ours by the uid of its controller",
  ({ resource, name }) => {
    expect(isOurs(object(resource, name, [reference()]), living)).toBe(true);
  },
);

test("another version of the API group is ours too", () => {
  const apiVersion = `${SECURE_WORKLOAD.group}/v2`;
  expect(isOurs(object(DEPLOYMENT, "web", [reference({ apiVersion })]), living)).toBe(true);
});

describe("is not ours:", () => {
  test.each([
    { name: "one without an owner", live: object(DEPLOYMENT, "web", []) },
    { name: "one whose owner is gone", live: object(DEPLOYMENT, "web", [reference({ uid: "uid-before" })]) },
    {
      name: "one whose owner does not control it",
      live: object(DEPLOYMENT, "web", [reference({ controller: false })]),
    },
    {
      name: "one with another controller",
      live: object(DEPLOYMENT, "web", [reference({ kind: "ConfigMap", apiVersion: "v1" })]),
    },
    {
      name: "one of our kind's name in another group",
      live: object(DEPLOYMENT, "web", [reference({ apiVersion: "evil.example.com/v1" })]),
    },
    {
      name: "one controlled by another kind of ours",
      live: object(DEPLOYMENT, "web", [reference({ kind: "SecurityBaseline" })]),
    },
    { name: "one of another name", live: object(DEPLOYMENT, "web-2", [reference()]) },
    {
      name: "one that is no Service under a name that the workload chose",
      live: object(DEPLOYMENT, "shop", [reference()]),
    },
    { name: "a Service that the workload did not choose", live: object(SERVICE, "shop-2", [reference()]) },
    { name: "a Role without its prefix", live: object(ROLE, "web", [reference()]) },
    { name: "a Service of another suffix", live: object(SERVICE, "web-admin", [reference()]) },
    { name: "a kind that is no child's", live: object(CONFIG_MAP, "web", [reference()]) },
    { name: "a Pod", live: object(POD, "web", [reference()]) },
    {
      name: "a kind of a child's name in another group",
      live: object({ ...NETWORK_POLICY, group: "evil.example.com" }, "web", [reference()]),
    },
    {
      name: "one in another namespace",
      live: {
        ...object(DEPLOYMENT, "web", [reference()]),
        metadata: { name: "web", namespace: "other", ownerReferences: [reference()] },
      },
    },
    { name: "one of another workload of the namespace", live: object(DEPLOYMENT, "web", [reference({ name: "db" })]) },
  ])("$name", ({ live }) => {
    expect(isOurs(live, living)).toBe(false);
  });
});

test("of any other object nothing but these three is asked", () => {
  const text = fc.constantFrom("web", "db", "", "palisade:web", "web-pods");
  const references = fc.array(
    fc.record({
      apiVersion: fc.constantFrom(API_VERSION, "v1", "apps/v1", SECURE_WORKLOAD.group),
      kind: fc.constantFrom(SECURE_WORKLOAD.kind, "Deployment"),
      name: text,
      uid: fc.constantFrom(LIVING, "other"),
      controller: fc.boolean(),
    }),
    { maxLength: 2 },
  );
  const resources = fc.constantFrom(DEPLOYMENT, ROLE, SERVICE, CONFIG_MAP);
  fc.assert(
    fc.property(resources, text, references, (resource, name, owners) => {
      const controller = owners.find((owner) => owner.controller);
      const proven =
        controller?.uid === LIVING &&
        controller.name === "web" &&
        controller.kind === SECURE_WORKLOAD.kind &&
        controller.apiVersion === API_VERSION &&
        kindsWith(["shop"]).some((kind) => kind.resource === resource && kind.nameFor("web") === name);
      expect(isOurs(object(resource, name, owners), living)).toBe(proven);
    }),
  );
});
