/** The SecurityBaseline's API: what is refused and who may write it; zod and the API server judge it alike. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { z } from "zod";
import { SECURITY_BASELINE_KIND } from "../../src/crds/custom-kinds.ts";
import { buildCrd } from "../../src/crds/custom-resource-definition.ts";
import { API_VERSION, SECURITY_BASELINE } from "../../src/crds/group.ts";
import { parseWith } from "../../src/crds/parse.ts";
import { toStructuralSchema } from "../../src/crds/to-crd.ts";
import { parseSecurityBaseline, securityBaseline } from "../../src/crds/v1alpha1/security-baseline.ts";
import type { Client } from "../../src/kopf/client.ts";
import type { KubeObject } from "../../src/kopf/object.ts";
import { startCluster, type TestCluster } from "../cluster/index.ts";
import { AGREEMENT_TIMEOUT_MS, fitsIntoRequest, type Judges, judgeBoth, sentence } from "../support/agreement.ts";
import { arbitraryBaseline, everyBaselineField, everyBaselineStatusField } from "../support/arbitrary-baselines.ts";
import { clientOf, installPalisade, kubectl } from "../support/cluster.ts";
import { mutated, mutationsOf, oncePerField, pathsOf, schemaPathOf } from "../support/mutations.ts";
import { refusalOf } from "../support/refusal.ts";

/** A cluster of its own: there is one SecurityBaseline, and no test may find another's. */
let cluster: TestCluster;
let client: Client;
let close: () => Promise<void>;

beforeAll(async () => {
  cluster = await startCluster();
  await installPalisade(cluster);
  ({ client, close } = await clientOf(cluster));
});

afterAll(async () => {
  await close?.();
  await cluster?.stop();
});

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
  { what: "the bare star as a host", says: "hosts: a star stands only", spec: grant({ hosts: ["*"] }) },
  { what: "a star inside a host", says: "hosts: a star stands only", spec: grant({ hosts: ["a.*.example.com"] }) },
  { what: "a star before one label", says: "hosts: a star stands only", spec: grant({ hosts: ["*.com"] }) },
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
    says: "a client id, which is a UUID",
    spec: identity("Azure", "web-01@my-project.iam.gserviceaccount.com"),
  },
  {
    what: "a caller without a label",
    says: "should have at least 1 items",
    spec: { callers: { gateway: { namespace: "edge", podLabels: [] } } },
  },
  {
    what: "a writer's account without its namespace",
    says: "secretWriters.namespace must be set for a ServiceAccount",
    spec: { secretWriters: [{ kind: "ServiceAccount", name: "vault" }] },
  },
  {
    what: "a writer of two names",
    says: "should match",
    spec: grant({ secretWriters: [{ kind: "User", name: "jane,joe" }] }),
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
  expect(messages).toHaveLength(9);
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
  oncePerField(mutationsOf(schema, value).map((mutation) => ({ value, mutation })));

test(
  "zod and the API server agree on every field of the spec put wrong or to its edge, one at a time",
  async () => {
    const samples = mutantsOf(specSchema, everyBaselineField)
      .map(({ value, mutation }) => ({ what: sentence("spec", mutation), object: baseline(mutated(value, mutation)) }))
      .filter(({ object }) => fitsIntoRequest(object));
    const { good, bad, disagreements } = await judgeBoth(samples, judges);
    expect(disagreements).toEqual([]);
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
    expect(disagreements).toEqual([]);
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
