/** Whose an object is, as the API server evaluates it in CEL: of objects of every kind it says what `isOurs` says, given that the owner lives. */

import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject, Resource } from "kopf-ts";
import { isOurs } from "../../src/expand/ownership.ts";
import { controllerOf } from "../../src/kubernetes/metadata.ts";
import { until } from "../cluster/index.ts";
import { refusalBy } from "../support/admission.ts";
import { arbitraryOwned, ownershipPolicy } from "../support/arbitrary-owners.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { enforce, typeWarnings } from "../support/enforce.ts";
import { useCluster } from "../support/use-palisade.ts";

const NAMESPACE = uniqueNamespace("owners");
const OBJECTS = 800;
const AT_ONCE = 16;
const SEED = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);

const { cluster, client } = useCluster({ crds: ["calico", "gateway-api"] });

beforeAll(async () => {
  await kubectl(cluster, ["create", "namespace", NAMESPACE]);
  const account = ["get", "serviceaccount", "default", "-n", NAMESPACE];
  await until(async () => (await cluster.kubectl(account)).code === 0, "the account of pods");
  await enforce(cluster, [ownershipPolicy(NAMESPACE)]);
}, 120_000);

/** The API server does not see whether the owner lives: here it does. */
const isOursHere = (object: KubeObject): boolean =>
  isOurs(object, () => {
    const owner = controllerOf(object);
    // Admission cannot see what a workload chose to call its Services: there every name counts.
    return owner && { uid: owner.uid, serviceNames: [object.metadata.name] };
  });

async function isOursThere(resource: Resource, object: KubeObject): Promise<boolean> {
  const refusal = await refusalBy(() => client.create(resource, object, { dryRun: true }));
  if (refusal !== undefined && !refusal.includes("not ours")) throw new Error(`${resource.kind}: ${refusal}`);
  return refusal === undefined;
}

test("the API server and isOurs agree about every object", async () => {
  const left = fc.sample(arbitraryOwned, { seed: SEED, numRuns: OBJECTS }).values();
  const disputed: object[] = [];
  const answers = new Map<string, Set<boolean>>();
  const work = async (): Promise<void> => {
    for (const [resource, raw] of left) {
      const object = { ...raw, metadata: { ...raw.metadata, namespace: NAMESPACE } };
      const [here, there] = [isOursHere(object), await isOursThere(resource, object)];
      answers.set(resource.kind, (answers.get(resource.kind) ?? new Set()).add(there));
      if (here !== there) disputed.push({ seed: SEED, here, there, object });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  expect(disputed.slice(0, 3)).toEqual([]);
  // Each kind was tried with objects of both sorts, and what is no child's never was ours.
  const never = [...answers].filter(([, said]) => !said.has(true)).map(([kind]) => kind);
  expect({ seed: SEED, never: never.sort() }).toEqual({ seed: SEED, never: ["ConfigMap", "Pod", "ReplicaSet"] });
  expect([...answers].filter(([, said]) => !said.has(false))).toEqual([]);
}, 300_000);

test("the types of the expression are right", async () => {
  expect(await typeWarnings(cluster)).toEqual([]);
});
