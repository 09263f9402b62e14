import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { API_VERSION } from "../../crds/group.ts";
import { NO_PLATFORM } from "../../expand/input.ts";
import { concernedBy, platformFacts, shapeBaseline } from "./security-baseline.ts";

const baseline = (spec: unknown): KubeObject => ({
  apiVersion: API_VERSION,
  kind: "SecurityBaseline",
  metadata: { name: "cluster", uid: "u", generation: 1 },
  spec,
});

const EVERYTHING = {
  registries: ["registry.example.com/shop"],
  callers: {
    gateway: { namespace: "edge", podLabels: [{ key: "app.kubernetes.io/name", value: "envoy" }] },
    monitoring: { namespace: "monitoring", podLabels: [{ key: "app", value: "prometheus" }] },
  },
  exposure: { ingressClass: "nginx" },
  injections: { expected: ["env/DD_*"] },
  toleratedMetadata: ["example.com/"],
  namespaces: [
    {
      name: "shop",
      hosts: ["*.shop.example.com"],
      identities: [{ provider: "AWS", name: "arn:aws:iam::111122223333:role/shop" }],
      rollsOnSecrets: true,
      injections: "Refuse",
    },
    { name: "bare" },
  ],
};

test("without a baseline nothing is granted", () => {
  expect(platformFacts(undefined, "shop")).toEqual(NO_PLATFORM);
});

test("an empty baseline grants nothing either", () => {
  expect(platformFacts(shapeBaseline(baseline({})), "shop")).toEqual(NO_PLATFORM);
});

test("a namespace gets what is said for all, and what it is granted itself", () => {
  const record = shapeBaseline(baseline(EVERYTHING));
  expect(platformFacts(record, "shop")).toEqual({
    registries: ["registry.example.com/shop"],
    gateway: { pods: { namespace: "edge", podLabels: { "app.kubernetes.io/name": "envoy" } }, cidrs: [] },
    monitoring: { pods: { namespace: "monitoring", podLabels: { app: "prometheus" } }, cidrs: [] },
    exposure: { ingressClass: "nginx", gateway: undefined },
    hosts: ["*.shop.example.com"],
    identities: [{ provider: "AWS", name: "arn:aws:iam::111122223333:role/shop" }],
    rollsOnSecrets: true,
    injections: { refused: true, expected: ["env/DD_*"] },
    toleratedMetadata: ["example.com/"],
  });
  expect(platformFacts(record, "bare")).toEqual(platformFacts(record, "unlisted"));
  expect(platformFacts(record, "unlisted")).toMatchObject({ hosts: [], identities: [], rollsOnSecrets: false });
});

test("a baseline that cannot be read grants nothing and allows no image", () => {
  const record = shapeBaseline(baseline({ registries: "anywhere", namespaces: EVERYTHING.namespaces }));
  expect(record.invalid).toContain("spec.registries: must be a list");
  expect(platformFacts(record, "shop")).toEqual({ ...NO_PLATFORM, registries: [] });
});

test("a change concerns the namespaces it says something else to, and no others", () => {
  const all = ["shop", "bare", "unlisted"];
  const before = shapeBaseline(baseline(EVERYTHING));
  const [shop, bare] = EVERYTHING.namespaces;
  const moreHosts = { ...shop, hosts: ["*.shop.example.com", "shop.example.com"] };
  const after = (spec: object) => concernedBy(before, shapeBaseline(baseline(spec)), all);
  expect(after(EVERYTHING)).toEqual([]);
  expect(after({ ...EVERYTHING, namespaces: [moreHosts, bare] })).toEqual(["shop"]);
  expect(after({ ...EVERYTHING, registries: undefined })).toEqual(all);
  expect(concernedBy(undefined, shapeBaseline(baseline({ namespaces: EVERYTHING.namespaces })), all)).toEqual(["shop"]);
  expect(concernedBy(before, undefined, all)).toEqual(all);
});

test("what becomes of bindings is reported unless said otherwise, and concerns every namespace", () => {
  const [without, reporting, deleting] = [{}, { offenders: {} }, { offenders: { clusterBindings: "Delete" } }].map(
    (spec) => shapeBaseline(baseline(spec)),
  );
  expect([without, reporting, deleting].map((record) => record?.deletesBindings)).toEqual([false, false, true]);
  expect(shapeBaseline(baseline({ offenders: { clusterBindings: "Purge" } })).deletesBindings).toBe(false);
  expect(concernedBy(without, deleting, ["shop", "edge"])).toEqual(["shop", "edge"]);
  expect(concernedBy(without, reporting, ["shop"])).toEqual([]);
});

test("permissions are granted to the namespace they name, listed there or not, and to no other", () => {
  const rule = { apiGroups: ["example.com"], resources: ["things"], verbs: ["get"] };
  const grant = (namespace: string, reason: string) => ({ namespace, workloads: ["web"], rules: [rule], reason });
  const record = shapeBaseline(
    baseline({ ...EVERYTHING, permissions: [grant("shop", "a"), grant("lone", "b"), grant("shop", "c")] }),
  );
  const reasons = (namespace: string) => platformFacts(record, namespace).permissions?.map(({ reason }) => reason);
  expect([reasons("shop"), reasons("lone"), reasons("bare"), reasons("other")]).toEqual([
    ["a", "c"],
    ["b"],
    undefined,
    undefined,
  ]);
  expect(platformFacts(record, "lone").registries).toEqual(EVERYTHING.registries);
  // What the operator holds is known by its bindings alone.
  expect(platformFacts(record, "shop").permissions?.flatMap(({ held }) => held)).toEqual([]);
  const before = shapeBaseline(baseline(EVERYTHING));
  expect(concernedBy(before, record, ["shop", "lone", "bare"])).toEqual(["shop", "lone"]);
});
