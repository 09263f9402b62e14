import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { toStructuralSchema } from "../../src/crds/to-crd.ts";
import { parseSecureWorkload, secureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import { ApiError } from "../../src/kopf/api-error.ts";
import type { Client } from "../../src/kopf/client.ts";
import type { KubeObject } from "../../src/kopf/object.ts";
import type { TestCluster } from "../cluster/index.ts";
import { arbitraryWorkload, everyField, goodSpec } from "../support/arbitrary-workloads.ts";
import { clientOf, installPalisade, kubectl, sharedCluster, uniqueNamespace } from "../support/cluster.ts";
import { type Mutation, mutated, mutationsOf, pathsOf } from "../support/mutations.ts";
import { aWorkload } from "../support/workloads.ts";

let cluster: TestCluster;
let client: Client;
let close: () => Promise<void>;
const namespace = uniqueNamespace("crd");

beforeAll(async () => {
  cluster = await sharedCluster();
  await installPalisade(cluster);
  await kubectl(cluster, ["create", "namespace", namespace]);
  ({ client, close } = await clientOf(cluster));
});

afterAll(() => close());

/** What the API server says, or undefined when it takes the object. */
async function refusal(object: KubeObject): Promise<string | undefined> {
  try {
    await client.create(SECURE_WORKLOAD, object, { dryRun: true });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 422 || error.status === 400)) return error.message;
    throw error;
  }
}

interface Sample {
  readonly what: string;
  readonly name: string;
  readonly spec: unknown;
}

interface Verdicts {
  readonly good: number;
  readonly bad: number;
  readonly disagreements: readonly string[];
}

/** Sends every sample to the API server as a dry run, and asks zod the same. */
async function judgeBoth(samples: readonly Sample[]): Promise<Verdicts> {
  const good: Sample[] = [];
  const disagreements: string[] = [];
  const judge = async (sample: Sample): Promise<void> => {
    const { what, name, spec } = sample;
    const object = JSON.parse(JSON.stringify({ ...aWorkload(name, namespace), spec })) as KubeObject;
    const byServer = await refusal(object);
    const byZod = parseSecureWorkload(object);
    if (byServer === undefined) good.push(sample);
    if ((byServer === undefined) === byZod.ok) return;
    const zodSays = byZod.ok ? "accepts" : byZod.errors.join("; ");
    const excerpt = JSON.stringify({ name, spec }).slice(0, 2_000);
    disagreements.push(`${what}\n  ${excerpt}\n  server: ${byServer ?? "accepts"}\n  zod: ${zodSays}`);
  };
  for (let start = 0; start < samples.length; start += 20) {
    await Promise.all(samples.slice(start, start + 20).map(judge));
  }
  return { good: good.length, bad: samples.length - good.length, disagreements: disagreements.slice(0, 5) };
}

/** `PALISADE_TEST_SEED` repeats a run. */
const seed = Number(process.env["PALISADE_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const specSchema = toStructuralSchema(secureWorkload.shape.spec, "spec");

/** Mutates some field again and again; each mutation is chosen among those the object then has. */
function mutatedAtRandom(spec: unknown, picks: readonly number[]): Omit<Sample, "name"> {
  let now = spec;
  const steps = picks.map((pick) => {
    const mutations = mutationsOf(specSchema, now);
    const mutation = mutations[pick % mutations.length];
    if (mutation === undefined) return "nothing";
    now = mutated(now, mutation);
    return `${mutation.path.join(".")} shall ${mutation.what}`;
  });
  return { what: steps.join(", then "), spec: now };
}

test("zod accepts exactly what the API server accepts, for 1000 random objects", async () => {
  const edges = fc.sample(arbitraryWorkload, { numRuns: 600, seed });
  const picks = fc.array(fc.nat(), { minLength: 0, maxLength: 3 });
  const bases = fc.sample(
    fc.tuple(fc.oneof(goodSpec, fc.constantFrom(everyField(0), everyField(1), everyField(2))), picks),
    { numRuns: 400, seed },
  );
  const { good, bad, disagreements } = await judgeBoth([
    ...edges.map((sample) => ({ what: "an arbitrary workload", ...sample })),
    ...bases.map(([base, steps]) => ({ name: "web", ...mutatedAtRandom(base, steps) })),
  ]);
  expect({ seed, disagreements }).toEqual({ seed, disagreements: [] });
  // Both halves of the claim are tried.
  expect(good).toBeGreaterThan(250);
  expect(bad).toBeGreaterThan(250);
  console.info(`seed ${seed}: ${good} good and ${bad} bad objects`);
});

interface Mutant {
  readonly spec: unknown;
  readonly mutation: Mutation;
}

/** Every field mutated in every way: all of them once, and the probes again with their other actions. */
function everyMutation(): readonly Mutant[] {
  return ([0, 1, 2] as const).flatMap((turn) => {
    const spec = everyField(turn);
    return mutationsOf(specSchema, spec)
      .filter(({ path }) => turn === 0 || path[0] === "probes")
      .map((mutation) => ({ spec, mutation }));
  });
}

test("zod and the API server agree on every field put wrong or to its edge, one at a time", async () => {
  const samples = everyMutation().map(({ spec, mutation }) => ({
    what: `spec.${mutation.path.join(".")} shall ${mutation.what}`,
    name: "web",
    spec: mutated(spec, mutation),
  }));
  const { good, bad, disagreements } = await judgeBoth(samples);
  expect(disagreements).toEqual([]);
  expect(good).toBeGreaterThan(samples.length / 10);
  expect(bad).toBeGreaterThan(samples.length / 10);
});

test("no field of the schema is left out of the mutations", () => {
  const reached = new Set(
    everyMutation().map(({ mutation }) =>
      mutation.path.map((step) => (typeof step === "number" ? "[]" : `.${step}`)).join(""),
    ),
  );
  expect(pathsOf(specSchema).filter((path) => !reached.has(path))).toEqual([]);
});

test.each([
  { field: "image", spec: { image: "web:latest" }, says: "write the version or a digest" },
  { field: "image", spec: { image: "registry.example.com/web" }, says: "image needs a tag or a digest" },
  { field: "privileged", spec: { privileged: true }, says: 'unknown field "spec.privileged"' },
  { field: "inbound", spec: { ports: [], access: { inbound: [{ workload: "a" }] } }, says: "declare it under ports" },
  {
    field: "cidr",
    spec: { access: { outbound: [{ cidr: "0.0.0.0/0", port: 443 }] } },
    says: "name the networks that are meant",
  },
  { field: "cidr", spec: { access: { outbound: [{ cidr: "169.254.169.254/32", port: 80 }] } }, says: "cloud metadata" },
  {
    field: "permissions",
    spec: { permissions: [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }] },
    says: "Unsupported value",
  },
  {
    field: "permissions",
    spec: { permissions: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["update"] }] },
    says: "add resourceNames",
  },
  {
    field: "limits",
    spec: { resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } },
    says: "raise the limit or lower the request",
  },
])("a bad $field is refused with the way out: $says", async ({ spec, says }) => {
  expect(await refusal(aWorkload("web", namespace, spec) as unknown as KubeObject)).toContain(says);
});

test("kubectl explain says what every field of the spec is for", async () => {
  const text = await kubectl(cluster, ["explain", "secureworkloads.spec", "--api-version=palisade.dev/v1alpha1"]);
  expect(text).toContain("Directories the container may write");
  expect(text).toContain("-required-");
  expect(text).not.toContain("<no description>");
});

test("the CRD is structural and its columns are as promised", async () => {
  const crd = JSON.parse(await kubectl(cluster, ["get", "crd", "secureworkloads.palisade.dev", "-o", "json"])) as {
    status: { conditions: { type: string; status: string }[] };
  };
  expect(crd.status.conditions.find(({ type }) => type === "NonStructuralSchema")).toBeUndefined();
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("columns", namespace) });
  const table = await kubectl(cluster, ["get", "sw", "-n", namespace]);
  expect(table.split("\n")[0]?.split(/\s+/).filter(Boolean)).toEqual([
    "NAME",
    "READY",
    "REASON",
    "IMAGE",
    "DRIFT",
    "AGE",
  ]);
});

test("a workload that nobody has looked at yet does not count as current", async () => {
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("fresh", namespace) });
  const { status, metadata } = JSON.parse(
    await kubectl(cluster, ["get", "sw", "fresh", "-n", namespace, "-o", "json"]),
  ) as { status: { observedGeneration: number }; metadata: { generation: number } };
  expect(status.observedGeneration).toBeLessThanOrEqual(metadata.generation);
  expect(status.observedGeneration === -1 || status.observedGeneration === metadata.generation).toBe(true);
});
