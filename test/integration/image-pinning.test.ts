/** Tags become digests as soon as the platform team names registries: on a real API server, with a real registry. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { SecureWorkloadStatus } from "../../src/crds/v1alpha1/secure-workload.ts";
import { grantNamespace, startCluster, type TestCluster, until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { operatorWrites } from "../support/audit.ts";
import { installPalisade, kubectl, type RunningPalisade, runPalisade } from "../support/cluster.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { aWorkload } from "../support/workloads.ts";

const NAMESPACE = "shop";

/** A cluster of its own: what the baseline says holds for all of it. */
let cluster: TestCluster;
let registry: TestRegistry;
let palisade: RunningPalisade;

beforeAll(async () => {
  [cluster, registry] = await Promise.all([startCluster({ components: ["controller-manager"] }), startRegistry()]);
  await installPalisade(cluster);
  await grantNamespace(cluster, NAMESPACE, "alice", "edit");
  palisade = await runPalisade(cluster);
}, 540_000);

afterAll(async () => {
  await palisade?.stop().catch(() => {});
  await registry?.kill();
  await cluster?.stop();
});

const declare = (image: string, more: object = {}): Promise<string> =>
  kubectl(cluster, ["apply", "--server-side", "-f", "-"], {
    user: "alice",
    input: aWorkload("web", NAMESPACE, { image, ...more }),
  });

async function get<T>(kind: string, name: string): Promise<T | undefined> {
  const { stdout, code } = await cluster.kubectl(["get", kind, name, "-n", NAMESPACE, "-o", "json"]);
  return code === 0 ? (JSON.parse(stdout) as T) : undefined;
}

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

const running = async (): Promise<string | undefined> =>
  (await get<Deployment>("deployment", "web"))?.spec.template.spec.containers[0]?.image;

const status = async (): Promise<SecureWorkloadStatus> =>
  (await get<{ status: SecureWorkloadStatus }>("sw", "web"))?.status ?? {};

const reason = async (): Promise<string | undefined> =>
  (await status()).conditions?.find(({ type }) => type === "Ready")?.reason;

const baseline = (registries: readonly string[]): Promise<string> =>
  kubectl(cluster, ["apply", "--server-side", "-f", "-"], {
    user: "platform",
    input: {
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecurityBaseline",
      metadata: { name: "cluster" },
      spec: { registries },
    },
  });

test("a tag is resolved once the platform team names its registry, and stays when the tag moves", async () => {
  const digest = await registry.push({ repository: "shop/web", tag: "1.0.0" });
  const tagged = `${registry.host}/shop/web:1.0.0`;
  await declare(tagged);
  await until(async () => (await running()) === tagged, "the tag, while no registry is named");

  await baseline([registry.host]);
  const pinned = `${registry.host}/shop/web@${digest}`;
  await until(async () => (await running()) === pinned, "the digest");
  expect((await status()).images).toEqual([{ image: tagged, digest }]);

  await registry.push({ repository: "shop/web", tag: "1.0.0" });
  await declare(tagged, { replicas: 2 });
  await until(async () => JSON.stringify(await get("deployment", "web")).includes('"replicas":2'), "two replicas");
  expect(await running()).toBe(pinned);
});

test("a tag that is missing, and a registry that is down, keep the last good digest", async () => {
  const before = await running();
  await declare(`${registry.host}/shop/web:2.0.0`);
  await until(async () => (await reason()) === "ImageRefused", "the refusal");
  expect(await running()).toBe(before);

  await declare("127.0.0.1:9/shop/web:3.0.0");
  await until(async () => (await reason()) === "ImageNotAllowed", "the grant that is missing");
  await baseline([registry.host, "127.0.0.1:9"]);
  await until(async () => (await reason()) === "ImageUnreachable", "the silence");
  expect(await running()).toBe(before);
});

test("what runs is guarded while the declared image waits, and a restart of the operator changes nothing", async () => {
  const before = await running();
  await kubectl(cluster, ["set", "image", "deployment/web", "web=registry.example.com/evil:1", "-n", NAMESPACE], {
    user: "alice",
  });
  await until(async () => (await running()) === before, "the attack to be undone");

  const digest = await registry.push({ repository: "shop/web", tag: "2.0.0" });
  await declare(`${registry.host}/shop/web:2.0.0`);
  const pinned = `${registry.host}/shop/web@${digest}`;
  await until(async () => (await running()) === pinned, "the new digest", 30_000);
  await registry.push({ repository: "shop/web", tag: "2.0.0" });
  // The status of the rollout follows a moment later.
  await pause(2_000);
  await palisade.stop();
  const written = operatorWrites(cluster, NAMESPACE).length;
  palisade = await runPalisade(cluster);
  await until(async () => (await reason()) !== undefined, "a status");
  await pause(2_000);
  expect(await running()).toBe(pinned);
  expect(operatorWrites(cluster, NAMESPACE).length).toBe(written);
});

test("an image by digest needs no registry", async () => {
  const image = `127.0.0.1:9/shop/web@sha256:${"a".repeat(64)}`;
  await declare(image);
  await until(async () => (await running()) === image, "the digest");
  expect((await status()).images).toBeUndefined();
});
