/** The SecurityBaseline's API: what is refused and who may write it; zod and the API server judge it alike. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject } from "kopf-ts";
import { parse } from "yaml";
import { z } from "zod";
import { SECURITY_BASELINE_KIND } from "../../src/crds/custom-kinds.ts";
import { buildCrd } from "../../src/crds/custom-resource-definition.ts";
import { API_VERSION, SECURITY_BASELINE } from "../../src/crds/group.ts";
import { parseWith } from "../../src/crds/parse.ts";
import { toStructuralSchema } from "../../src/crds/to-crd.ts";
import { parseSecurityBaseline, securityBaseline } from "../../src/crds/v1alpha1/security-baseline.ts";
import { AGREEMENT_TIMEOUT_MS, fitsIntoRequest, type Judges, judgeBoth, sentence } from "../support/agreement.ts";
import { arbitraryBaseline, everyBaselineField, everyBaselineStatusField } from "../support/arbitrary-baselines.ts";
import { kubectl } from "../support/cluster.ts";
import { mutated, mutationsOf, oncePerField, pathsOf, schemaPathOf } from "../support/mutations.ts";
import { refusalOf } from "../support/refusal.ts";
import { useCluster } from "../support/use-palisade.ts";

const { cluster, client } = useCluster();

/** As it goes over the wire. */
const baseline = (spec: unknown, name = "cluster"): KubeObject =>
  JSON.parse(
    JSON.stringify({ apiVersion: API_VERSION, kind: "SecurityBaseline", metadata: { name }, spec }),
  ) as KubeObject;

const judges: Judges = {
  server: (object) => client.create(SECURITY_BASELINE, object, { dryRun: true }),
  zod: parseSecurityBaseline,
};

const grant = (grants: object): object => ({ namespaces: [{ name: "shop", ...grants }] });
const identity = (provider: string, name: string): object => grant({ identities: [{ provider, name }] });

const permission = (group: string, resource: string, verbs: readonly string[], more: object = {}): object => ({
  permissions: [
    {
      namespace: "shop",
      workloads: ["controller"],
      rules: [{ apiGroups: [group], resources: [resource], verbs, ...more }],
      reason: "tried",
    },
  ],
});

interface Refused {
  readonly what: string;
  readonly says: string;
  readonly spec?: object;
  readonly name?: string;
}

const REFUSED: readonly Refused[] = [
  { what: "a second baseline", says: "metadata.name must be cluster", name: "other" },
  {
    what: "a registry with a scheme",
    says: "registries must be a host",
    spec: { registries: ["https://a.example.com"] },
  },
  {
    what: "a registry with a slash at the end",
    says: "registries must be a host",
    spec: { registries: ["a.example.com/"] },
  },
  { what: "a list of no registry", says: "should have at least 1 items", spec: { registries: [] } },
  {
    what: "pods by the label of a workload",
    says: "labels of palisade.dev select pods of workloads",
    spec: grant({ pods: [{ namespace: "legacy", podLabels: [{ key: "palisade.dev/workload", value: "web" }] }] }),
  },
  { what: "the bare star as a host", says: "hosts: a star is allowed only", spec: grant({ hosts: ["*"] }) },
  { what: "a star inside a host", says: "hosts: a star is allowed only", spec: grant({ hosts: ["a.*.example.com"] }) },
  { what: "a star before one label", says: "hosts: a star is allowed only", spec: grant({ hosts: ["*.com"] }) },
  { what: "an address as a host", says: "hosts must be DNS names", spec: grant({ hosts: ["192.0.2.1"] }) },
  { what: "a user as a role", says: "should match", spec: identity("AWS", "arn:aws:iam::111122223333:user/web") },
  {
    what: "a UUID as a role",
    says: "the ARN of a role",
    spec: identity("AWS", "01234567-89ab-cdef-0123-456789abcdef"),
  },
  {
    what: "the account of the node",
    says: "the address of a service account",
    spec: identity("GCP", "1-compute@developer.gserviceaccount.com"),
  },
  {
    what: "an address as a client id",
    says: "identities.name of Azure must be a client id, which is a lower-case UUID",
    spec: identity("Azure", "web-01@my-project.iam.gserviceaccount.com"),
  },
  {
    what: "a caller without a label",
    says: "should have at least 1 items",
    spec: { callers: { gateway: { namespace: "edge", podLabels: [] } } },
  },
  {
    what: "a caller whose pods have no labels",
    says: "namespace and podLabels name pods together",
    spec: { callers: { gateway: { namespace: "edge" } } },
  },
  {
    what: "a caller that names nobody",
    says: "a caller needs namespace and podLabels of its pods, or cidrs, or both",
    spec: { callers: { gateway: {} } },
  },
  {
    what: "a caller's network with host bits",
    says: "cidr must be a network in its shortest form",
    spec: { callers: { gateway: { cidrs: ["10.20.0.1/16"] } } },
  },
  {
    what: "callers from anywhere",
    says: "cidr must be no wider than /8",
    spec: { callers: { gateway: { cidrs: ["0.0.0.0/0"] } } },
  },
  {
    what: "a caller in the metadata network",
    says: "must not be inside loopback, link-local or cloud metadata addresses",
    spec: { callers: { gateway: { cidrs: ["169.254.169.0/24"] } } },
  },
  ...[
    ["roles", permission("rbac.authorization.k8s.io", "roles", ["create"])],
    ["webhooks", permission("admissionregistration.k8s.io", "validatingwebhookconfigurations", ["update"])],
    ["definitions", permission("apiextensions.k8s.io", "customresourcedefinitions", ["patch"])],
    ["certificates", permission("certificates.k8s.io", "certificatesigningrequests", ["create"])],
    ["our own kinds", permission("palisade.dev", "securityexceptions", ["create"])],
    ["exec", permission("", "pods/exec", ["create"])],
    ["the nodes' proxy", permission("", "nodes/proxy", ["get"])],
    ["tokens", permission("", "serviceaccounts/token", ["create"])],
    ["other subresources of custom resources", permission("kubevirt.io", "virtualmachines/console", ["get"])],
  ].map(
    ([what, spec]): Refused => ({
      what: `permissions: ${String(what)}`,
      says: "permissions name a resource that workloads do not get",
      spec: spec as object,
    }),
  ),
  ...["escalate", "bind", "impersonate"].map(
    (verb): Refused => ({
      what: `permissions: ${verb}`,
      says: "no workload may escalate, bind, impersonate or proxy",
      spec: permission("example.com", "things", [verb]),
    }),
  ),
  ...[
    permission("*", "things", ["get"]),
    permission("example.com", "*/status", ["get"]),
    permission("example.com", "things", ["*"]),
  ].map(
    (spec, index): Refused => ({ what: `permissions: star ${index}`, says: "permissions must not contain *", spec }),
  ),
  {
    what: "permissions: Secrets by list",
    says: "pods/log and secrets only get",
    spec: permission("", "secrets", ["list"], { resourceNames: ["a"] }),
  },
  {
    what: "permissions: every Secret",
    says: "permissions on Secrets must name them",
    spec: permission("", "secrets", ["get"]),
  },
  {
    what: "permissions: updating every Lease",
    says: "permissions with update, patch or delete must name their objects",
    spec: permission("coordination.k8s.io", "leases", ["update"]),
  },
  {
    what: "permissions: URLs",
    says: "nonResourceURLs cannot be had",
    spec: permission("example.com", "things", ["get"], { nonResourceURLs: ["/metrics"] }),
  },
  {
    what: "permissions to nothing",
    says: "permissions must grant something",
    spec: { permissions: [{ namespace: "shop", workloads: ["a"], reason: "x" }] },
  },
  {
    what: "cluster-wide reads of Secrets",
    says: "Unsupported value",
    spec: { permissions: [{ namespace: "shop", workloads: ["a"], clusterReads: ["secrets"], reason: "x" }] },
  },
  {
    what: "permissions without a reason",
    says: "spec.permissions[0].reason",
    spec: {
      permissions: [
        {
          namespace: "shop",
          workloads: ["a"],
          rules: [{ apiGroups: ["example.com"], resources: ["things"], verbs: ["get"] }],
          reason: "",
        },
      ],
    },
  },
  {
    what: "a writer's account without its namespace",
    says: "secretWriters.namespace is required for a ServiceAccount and not allowed otherwise",
    spec: { secretWriters: [{ kind: "ServiceAccount", name: "vault" }] },
  },
  {
    what: "a writer of two names",
    says: "should match",
    spec: grant({ secretWriters: [{ kind: "User", name: "jane,joe" }] }),
  },
  {
    what: "an addition by another name",
    says: "injections.expected must be container/NAME",
    spec: { injections: { expected: ["sidecar/proxy"] } },
  },
  {
    what: "a key that is none",
    says: "toleratedMetadata must be the whole key",
    spec: { toleratedMetadata: ["Example.com/"] },
  },
  {
    what: "a key that decides about Pod Security",
    says: "toleratedMetadata must not name keys that decide",
    spec: { toleratedMetadata: ["pod-security.kubernetes.io/enforce"] },
  },
  {
    what: "an annotation that decides about AppArmor",
    says: "metadata.annotations must not name keys that decide",
    spec: { metadata: { annotations: ["container.apparmor.security.beta.kubernetes.io/"] } },
  },
  {
    what: "an annotation that is no key",
    says: "metadata.annotations must be the whole key",
    spec: { metadata: { annotations: ["example.com/*"] } },
  },
  {
    what: "a label that is no key",
    says: "metadata.reservedLabels must be the whole key",
    spec: { metadata: { reservedLabels: ["-role"] } },
  },
  {
    what: "two grants for one namespace",
    says: "Duplicate value",
    spec: { namespaces: [{ name: "shop" }, { name: "shop" }] },
  },
];

test.each(REFUSED)("$what is refused with the way out", async ({ says, spec, name }) => {
  const object = baseline(spec ?? {}, name);
  expect(await refusalOf(() => judges.server(object))).toContain(says);
  expect(judges.zod(object).ok).toBe(false);
});

test("the sample is accepted, strictly", async () => {
  const file = join(import.meta.dirname, "..", "..", "config", "samples", "platform", "security-baseline.yaml");
  const sample = parse(readFileSync(file, "utf8")) as KubeObject;
  expect(judges.zod(sample)).toMatchObject({ ok: true });
  expect(await refusalOf(() => judges.server(sample))).toBeUndefined();
});

test("no rule of the CRD is left untried", () => {
  const crd = JSON.stringify(buildCrd(SECURITY_BASELINE_KIND));
  const rules = crd.matchAll(/"rule":"(?:[^"\\]|\\.)*","message":("(?:[^"\\]|\\.)*")/g);
  const messages = [...rules].map(([, message = ""]) => JSON.parse(message) as string);
  expect(messages).toHaveLength(34);
  expect(messages.filter((message) => !REFUSED.some(({ says }) => message.includes(says)))).toEqual([]);
});

/** `PALISADE_TEST_SEED` repeats a run. */
const seed = Number(process.env["PALISADE_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(
  "zod accepts exactly what the API server accepts, for 800 random objects",
  async () => {
    const objects = fc.sample(arbitraryBaseline, { numRuns: 800, seed });
    const samples = objects.map(({ name, spec }) => ({ what: "an arbitrary baseline", object: baseline(spec, name) }));
    const { good, bad, disagreements } = await judgeBoth(samples, judges);
    expect({ seed, disagreements }).toEqual({ seed, disagreements: [] });
    expect({ seed, enough: good > 100 && bad > 100 }).toEqual({ seed, enough: true });
    console.info(`seed ${seed}: ${good} good and ${bad} bad baselines`);
  },
  AGREEMENT_TIMEOUT_MS,
);

const specSchema = toStructuralSchema(securityBaseline.shape.spec, "spec");
const statusSchema = toStructuralSchema(securityBaseline.shape.status, "status");
const mutantsOf = (schema: typeof specSchema, value: object) =>
  oncePerField(
    mutationsOf(schema, value).map((mutation) => ({ value, mutation })),
    schema,
    seed,
  );

test(
  "zod and the API server agree on every field of the spec put wrong or to its edge, one at a time",
  async () => {
    const samples = mutantsOf(specSchema, everyBaselineField)
      .map(({ value, mutation }) => ({ what: sentence("spec", mutation), object: baseline(mutated(value, mutation)) }))
      .filter(({ object }) => fitsIntoRequest(object));
    const { good, bad, disagreements } = await judgeBoth(samples, judges);
    expect({ seed, disagreements }).toEqual({ seed, disagreements: [] });
    expect(good).toBeGreaterThan(samples.length / 10);
    expect(bad).toBeGreaterThan(samples.length / 10);
    console.info(`baseline, one at a time: ${good} good and ${bad} bad objects`);
  },
  AGREEMENT_TIMEOUT_MS,
);

test(
  "zod and the API server agree on every field of the status",
  async () => {
    const stored = await client.create(SECURITY_BASELINE, baseline(everyBaselineField));
    const onlyStatus = z.strictObject({ status: securityBaseline.shape.status });
    const samples = mutantsOf(statusSchema, everyBaselineStatusField).map(({ value, mutation }) => ({
      what: sentence("status", mutation),
      object: { ...stored, status: mutated(value, mutation) },
    }));
    const { good, bad, disagreements } = await judgeBoth(samples, {
      server: (object) => client.replace(SECURITY_BASELINE, object, { dryRun: true, subresource: "status" }),
      zod: ({ status }) => parseWith(onlyStatus, { status }),
    });
    await client.delete(SECURITY_BASELINE, stored.metadata);
    expect({ seed, disagreements }).toEqual({ seed, disagreements: [] });
    expect(good).toBeGreaterThan(samples.length / 10);
    expect(bad).toBeGreaterThan(samples.length / 10);
  },
  AGREEMENT_TIMEOUT_MS,
);

test.each([
  { root: "spec", schema: specSchema, value: everyBaselineField },
  { root: "status", schema: statusSchema, value: everyBaselineStatusField },
])("no field of the $root is left out of the mutations", ({ schema, value }) => {
  const reached = new Set(mutantsOf(schema, value).map(({ mutation }) => schemaPathOf(mutation.path)));
  expect(pathsOf(schema).filter((path) => !reached.has(path))).toEqual([]);
});

test("the largest baseline that is promised is taken: a thousand namespaces with every grant", async () => {
  const identities = Array.from({ length: 16 }, (_, index) => ({
    provider: "AWS",
    name: `arn:aws:iam::111122223333:role/role-${index}`,
  }));
  const hosts = Array.from({ length: 16 }, (_, index) => `*.team-${index}.example.com`);
  const namespaces = Array.from({ length: 1_000 }, (_, index) => ({ name: `team-${index}`, hosts, identities }));
  expect(await refusalOf(() => judges.server(baseline({ namespaces })))).toBeUndefined();
});

test("its columns are as promised, and kubectl explain says what every field is for", async () => {
  await client.create(SECURITY_BASELINE, baseline({}));
  const [heading = ""] = (await kubectl(cluster, ["get", "sb", "-o", "wide"])).split("\n");
  expect(heading.split(/\s+/).filter(Boolean)).toEqual([
    "NAME",
    "READY",
    "REASON",
    "NAMESPACES",
    "WORKLOADS",
    "AGE",
    "MESSAGE",
  ]);
  const explained = await kubectl(cluster, ["explain", "sb.spec.namespaces", "--api-version=palisade.dev/v1alpha1"]);
  expect(explained).toContain("Hosts that workloads of this namespace may expose");
  expect(explained).not.toContain("<no description>");
});
