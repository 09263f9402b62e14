/** The SecurityException's API: what is refused and who may write it; zod and the API server judge it alike. */

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject } from "kopf-ts";
import { z } from "zod";
import { SECURITY_EXCEPTION_KIND } from "../../src/crds/custom-kinds.ts";
import { buildCrd } from "../../src/crds/custom-resource-definition.ts";
import { SECURITY_EXCEPTION } from "../../src/crds/group.ts";
import { parseWith } from "../../src/crds/parse.ts";
import { toStructuralSchema } from "../../src/crds/to-crd.ts";
import { parseSecurityException, securityException } from "../../src/crds/v1alpha1/security-exception.ts";
import { AGREEMENT_TIMEOUT_MS, fitsIntoRequest, type Judges, judgeBoth, sentence } from "../support/agreement.ts";
import { arbitraryException, everyExceptionField, everyExceptionStatusField } from "../support/arbitrary-exceptions.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { anException } from "../support/exceptions.ts";
import { mutated, mutationsOf, oncePerField, pathsOf, schemaPathOf } from "../support/mutations.ts";
import { refusalOf } from "../support/refusal.ts";
import { useCluster } from "../support/use-palisade.ts";

/** No other test's exception is called so. */
const name = uniqueNamespace("exception");
const namespace = uniqueNamespace("exceptions");

const { cluster, client } = useCluster({ namespaces: [namespace] });

/** As it goes over the wire, and never stored. */
const exception = (spec: unknown): KubeObject =>
  JSON.parse(JSON.stringify({ ...anException(`${name}-tried`), spec })) as KubeObject;

const judges: Judges = {
  server: (object) => client.create(SECURITY_EXCEPTION, object, { dryRun: true }),
  zod: parseSecurityException,
};

const REFUSED = [
  { what: "nothing to lift", says: "spec needs lifts or breakGlass", spec: { lifts: undefined } },
  { what: "more than 90 days", says: "validFor must be at most 2160h, which is 90 days", spec: { validFor: "2161h" } },
  {
    what: "break-glass for longer than a day's work",
    says: "validFor must be at most 8h with breakGlass",
    spec: { breakGlass: { user: "jane" }, validFor: "481m" },
  },
  {
    what: "an account of the cluster",
    says: "breakGlass.user must be a person",
    spec: { breakGlass: { user: "system:serviceaccount:shop:web" }, validFor: "1h" },
  },
  { what: "a rule that cannot be lifted", says: "Unsupported value", spec: { lifts: ["not-privileged"] } },
  { what: "a rule that does not exist", says: "Unsupported value", spec: { lifts: ["no-such-rule"] } },
  { what: "no validity", says: "spec.validFor: Required value", spec: { validFor: undefined } },
  { what: "no reason", says: "spec.reason: Required value", spec: { reason: undefined } },
  { what: "a reason that is none", says: "at least 10 chars", spec: { reason: "because" } },
  { what: "nobody who asked", says: "spec.requestedBy: Required value", spec: { requestedBy: undefined } },
] as const;

test.each(REFUSED)("$what is refused with the way out", async ({ says, spec }) => {
  const object = JSON.parse(JSON.stringify(anException(name, spec))) as KubeObject;
  expect(await refusalOf(() => judges.server(object))).toContain(says);
  expect(judges.zod(object).ok).toBe(false);
});

test("a spec never changes: not its validity, not its reason", async () => {
  await client.create(SECURITY_EXCEPTION, anException(name));
  for (const change of [{ validFor: "48h" }, { validFor: "1h" }, { reason: "another one altogether" }]) {
    const patch = () => client.patch(SECURITY_EXCEPTION, { name }, { spec: change }, { type: "merge" });
    expect(await refusalOf(patch)).toContain("spec is immutable");
  }
  await client.patch(SECURITY_EXCEPTION, { name }, { metadata: { labels: { ticket: "4711" } } }, { type: "merge" });
});

test("no rule of the CRD is left untried", () => {
  const crd = JSON.stringify(buildCrd(SECURITY_EXCEPTION_KIND));
  const rules = crd.matchAll(/"rule":"(?:[^"\\]|\\.)*","message":("(?:[^"\\]|\\.)*")/g);
  const messages = [...rules].map(([, message = ""]) => JSON.parse(message) as string);
  const tried = [...REFUSED.map(({ says }) => says), "spec is immutable"];
  expect(messages).toHaveLength(5);
  expect(messages.filter((message) => !tried.some((says) => message.includes(says)))).toEqual([]);
});

test.each(["create", "update", "patch", "delete"])(
  "whoever edits or administers a namespace may not %s one",
  async (verb) => {
    const can = async (resource: string, ...more: readonly string[]) =>
      (await cluster.kubectl(["auth", "can-i", ...more, resource, "-n", namespace], { user: "alice" })).stdout.trim();
    expect(await can("securityexceptions.palisade.dev", verb)).toBe("no");
    expect(await can("secureworkloads.palisade.dev", "breakglass")).toBe("no");
  },
);

/** `PALISADE_TEST_SEED` repeats a run. */
const seed = Number(process.env["PALISADE_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(
  "zod accepts exactly what the API server accepts, for 600 random objects",
  async () => {
    const specs = fc.sample(arbitraryException, { numRuns: 600, seed });
    const samples = specs.map((spec) => ({ what: "an arbitrary exception", object: exception(spec) }));
    const { good, bad, disagreements } = await judgeBoth(samples, judges);
    expect({ seed, disagreements }).toEqual({ seed, disagreements: [] });
    expect({ seed, enough: good > 100 && bad > 100 }).toEqual({ seed, enough: true });
    console.info(`seed ${seed}: ${good} good and ${bad} bad exceptions`);
  },
  AGREEMENT_TIMEOUT_MS,
);

const specSchema = toStructuralSchema(securityException.shape.spec, "spec");
const statusSchema = toStructuralSchema(securityException.shape.status, "status");
const mutantsOf = (schema: typeof specSchema, value: object) =>
  oncePerField(
    mutationsOf(schema, value).map((mutation) => ({ value, mutation })),
    schema,
    seed,
  );

test(
  "zod and the API server agree on every field of the spec put wrong or to its edge, one at a time",
  async () => {
    const samples = mutantsOf(specSchema, everyExceptionField)
      .map(({ value, mutation }) => ({ what: sentence("spec", mutation), object: exception(mutated(value, mutation)) }))
      .filter(({ object }) => fitsIntoRequest(object));
    const { good, bad, disagreements } = await judgeBoth(samples, judges);
    expect({ seed, disagreements }).toEqual({ seed, disagreements: [] });
    expect(good).toBeGreaterThan(samples.length / 20);
    expect(bad).toBeGreaterThan(samples.length / 10);
  },
  AGREEMENT_TIMEOUT_MS,
);

test(
  "zod and the API server agree on every field of the status",
  async () => {
    const stored = await client.get(SECURITY_EXCEPTION, { name });
    if (stored === undefined) throw new Error("it was not stored");
    const onlyStatus = z.strictObject({ status: securityException.shape.status });
    const samples = mutantsOf(statusSchema, everyExceptionStatusField).map(({ value, mutation }) => ({
      what: sentence("status", mutation),
      object: { ...stored, status: mutated(value, mutation) },
    }));
    const { good, bad, disagreements } = await judgeBoth(samples, {
      server: (object) => client.replace(SECURITY_EXCEPTION, object, { dryRun: true, subresource: "status" }),
      zod: ({ status }) => parseWith(onlyStatus, { status }),
    });
    expect({ seed, disagreements }).toEqual({ seed, disagreements: [] });
    expect(good).toBeGreaterThan(samples.length / 20);
    expect(bad).toBeGreaterThan(samples.length / 10);
  },
  AGREEMENT_TIMEOUT_MS,
);

test.each([
  { root: "spec", schema: specSchema, value: everyExceptionField },
  { root: "status", schema: statusSchema, value: everyExceptionStatusField },
])("no field of the $root is left out of the mutations", ({ schema, value }) => {
  const reached = new Set(mutantsOf(schema, value).map(({ mutation }) => schemaPathOf(mutation.path)));
  expect(pathsOf(schema).filter((path) => !reached.has(path))).toEqual([]);
});

test("its columns are as promised, and kubectl explain says what every field is for", async () => {
  const [heading = ""] = (await kubectl(cluster, ["get", "sx", "-o", "wide"])).split("\n");
  expect(heading.split(/\s+/).filter(Boolean)).toEqual([
    "NAME",
    "NAMESPACE",
    "WORKLOAD",
    "LIFTS",
    "USER",
    "EXPIRES",
    "STATE",
    "AGE",
    "MESSAGE",
  ]);
  const explained = await kubectl(cluster, ["explain", "sx.spec", "--api-version=palisade.dev/v1alpha1"]);
  expect(explained).toContain("Who requested it");
  expect(explained).not.toContain("<no description>");
});
