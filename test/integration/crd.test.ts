import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { parseSecureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import { ApiError } from "../../src/kopf/api-error.ts";
import type { Client } from "../../src/kopf/client.ts";
import type { KubeObject } from "../../src/kopf/object.ts";
import type { TestCluster } from "../cluster/index.ts";
import { arbitraryWorkload } from "../support/arbitrary-workloads.ts";
import { clientOf, installPalisade, kubectl, sharedCluster, uniqueNamespace } from "../support/cluster.ts";
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

test("zod accepts exactly what the API server accepts, for at least 500 objects", async () => {
  const samples = fc.sample(arbitraryWorkload, { numRuns: 700, seed: 20_261_124 });
  let good = 0;
  const disagreements: string[] = [];
  const check = async ({
    name,
    spec,
  }: {
    readonly name: string;
    readonly spec: Record<string, unknown>;
  }): Promise<void> => {
    const object = aWorkload(name, namespace, {}) as unknown as KubeObject;
    const full = { ...object, spec } as KubeObject;
    const byServer = await refusal(full);
    const byZod = parseSecureWorkload(full);
    if (byServer === undefined) good += 1;
    if ((byServer === undefined) !== byZod.ok) {
      disagreements.push(
        `${JSON.stringify({ name, spec })}\n  server: ${byServer ?? "accepts"}\n  zod: ${byZod.ok ? "accepts" : byZod.errors.join("; ")}`,
      );
    }
  };
  for (let start = 0; start < samples.length; start += 20)
    await Promise.all(samples.slice(start, start + 20).map(check));
  expect(disagreements.slice(0, 5)).toEqual([]);
  // Both halves of the claim are tried.
  expect(good).toBeGreaterThan(150);
  expect(samples.length - good).toBeGreaterThan(150);
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
