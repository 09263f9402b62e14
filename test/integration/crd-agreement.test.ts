/** The two faces of the API, zod and the CRD, judge the same objects alike: arbitrary ones, and every field put wrong. */

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ApiError, type KubeObject } from "kopf-ts";
import { z } from "zod";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { parseWith } from "../../src/crds/parse.ts";
import { toStructuralSchema } from "../../src/crds/to-crd.ts";
import { parseSecureWorkload, secureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import {
  AGREEMENT_TIMEOUT_MS,
  fitsIntoRequest,
  type Judges,
  judgeBoth,
  type Sample,
  sentence,
} from "../support/agreement.ts";
import { arbitraryWorkload, everyField, everyStatusField, goodSpec, TURNS } from "../support/arbitrary-workloads.ts";
import { uniqueNamespace } from "../support/cluster.ts";
import { type Mutation, mutated, mutationsOf, oncePerField, pathsOf, schemaPathOf } from "../support/mutations.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const namespace = uniqueNamespace("agreement");

const { client } = useCluster({ namespaces: [namespace] });

/** As it goes over the wire. */
const workload = (spec: unknown, name = "web"): KubeObject =>
  JSON.parse(JSON.stringify({ ...aWorkload(name, namespace), spec })) as KubeObject;

const workloadJudges: Judges = {
  server: (object) => client.create(SECURE_WORKLOAD, object, { dryRun: true }),
  zod: parseSecureWorkload,
};

/** `PALISADE_TEST_SEED` repeats a run. */
const seed = Number(process.env["PALISADE_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const specSchema = toStructuralSchema(secureWorkload.shape.spec, "spec");

/** Mutates some field again and again; each mutation is chosen among those the object then has. */
function mutatedAtRandom(spec: unknown, picks: readonly number[]): Sample {
  let now = spec;
  const steps = picks.map((pick) => {
    const mutations = mutationsOf(specSchema, now);
    const mutation = mutations[pick % mutations.length];
    if (mutation === undefined) return "nothing";
    now = mutated(now, mutation);
    return sentence("spec", mutation);
  });
  return { what: steps.join(", then "), object: workload(now) };
}

test(
  "zod accepts exactly what the API server accepts, for 1000 random objects",
  async () => {
    const edges = fc.sample(arbitraryWorkload, { numRuns: 600, seed });
    const base = fc.oneof(goodSpec, fc.constantFrom(...TURNS.map(everyField)));
    const picks = fc.array(fc.nat(), { maxLength: 3 });
    const mutants = fc.sample(fc.tuple(base, picks), { numRuns: 400, seed });
    const samples = [
      ...edges.map(({ name, spec }) => ({ what: "an arbitrary workload", object: workload(spec, name) })),
      ...mutants.map(([spec, steps]) => mutatedAtRandom(spec, steps)),
    ].filter(({ object }) => fitsIntoRequest(object));
    const { good, bad, disagreements } = await judgeBoth(samples, workloadJudges);
    expect({ seed, disagreements }).toEqual({ seed, disagreements: [] });
    // Both halves of the claim are tried.
    expect({ seed, enough: good > 250 && bad > 250 }).toEqual({ seed, enough: true });
    console.info(`seed ${seed}: ${good} good and ${bad} bad objects`);
  },
  AGREEMENT_TIMEOUT_MS,
);

interface Mutant {
  readonly value: object;
  readonly mutation: Mutation;
}

/** Every field of the spec mutated in every way: each once, and those that exclude one another in turn. */
function specMutants(): readonly Mutant[] {
  const all = TURNS.flatMap((turn) => {
    const value = everyField(turn);
    return mutationsOf(specSchema, value).map((mutation) => ({ value, mutation }));
  });
  return oncePerField(all, specSchema, seed);
}

test(
  "zod and the API server agree on every field of the spec put wrong or to its edge, one at a time",
  async () => {
    const samples = specMutants().map(({ value, mutation }) => ({
      what: sentence("spec", mutation),
      object: workload(mutated(value, mutation)),
    }));
    const { good, bad, disagreements } = await judgeBoth(samples, workloadJudges);
    expect({ seed, disagreements }).toEqual({ seed, disagreements: [] });
    expect(good).toBeGreaterThan(samples.length / 10);
    expect(bad).toBeGreaterThan(samples.length / 10);
    console.info(`spec, one at a time: ${good} good and ${bad} bad objects`);
  },
  AGREEMENT_TIMEOUT_MS,
);

const statusSchema = toStructuralSchema(secureWorkload.shape.status, "status");

const statusMutants = (): readonly Mutant[] =>
  oncePerField(
    mutationsOf(statusSchema, everyStatusField).map((mutation) => ({ value: everyStatusField, mutation })),
    statusSchema,
    seed,
  );

test(
  "zod and the API server agree on every field of the status",
  async () => {
    const stored = workload(everyField(), "status");
    await client.create(SECURE_WORKLOAD, stored);
    const onlyStatus = z.strictObject({ status: secureWorkload.shape.status });
    const samples = statusMutants().map(({ value, mutation }) => ({
      what: sentence("status", mutation),
      object: { ...stored, status: mutated(value, mutation) },
    }));
    const { good, bad, disagreements } = await judgeBoth(samples, {
      server: (object) => replaceStatus(object),
      zod: ({ status }) => parseWith(onlyStatus, { status }),
    });
    expect({ seed, disagreements }).toEqual({ seed, disagreements: [] });
    expect(good).toBeGreaterThan(samples.length / 10);
    expect(bad).toBeGreaterThan(samples.length / 10);
    console.info(`status, one at a time: ${good} good and ${bad} bad objects`);
  },
  AGREEMENT_TIMEOUT_MS,
);

/** As a dry run, on the version that stands: an operator of another test may write the status meanwhile. */
async function replaceStatus(object: KubeObject): Promise<void> {
  const { namespace: inside = "", name } = object.metadata;
  for (let attempt = 1; ; attempt += 1) {
    const live = await client.get(SECURE_WORKLOAD, { namespace: inside, name });
    try {
      const next = { ...live, ...object, metadata: { ...live?.metadata, name, namespace: inside } };
      await client.replace(SECURE_WORKLOAD, next, { dryRun: true, subresource: "status" });
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || attempt === 10) throw error;
    }
  }
}

test.each([
  { root: "spec", schema: specSchema, mutants: specMutants },
  { root: "status", schema: statusSchema, mutants: statusMutants },
])("no field of the $root is left out of the mutations", ({ schema, mutants }) => {
  const reached = new Set(mutants().map(({ mutation }) => schemaPathOf(mutation.path)));
  expect(pathsOf(schema).filter((path) => !reached.has(path))).toEqual([]);
});
