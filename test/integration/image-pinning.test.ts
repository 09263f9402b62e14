/** Tags become digests as soon as the platform team names registries: on a real API server, with a real registry. */
import { afterAll, expect, test } from "@jest/globals";
import type { SecureWorkloadStatus } from "../../src/crds/v1alpha1/secure-workload.ts";
import { until } from "../cluster/index.ts";
import { operatorWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { settled } from "../support/marker.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const NAMESPACE = "shop";

let registry: TestRegistry;

const palisade = usePalisade({
  namespaces: [NAMESPACE],
  before: async () => {
    registry = await startRegistry();
  },
});
const { cluster } = palisade;

afterAll(async () => {
  await registry?.kill();
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

test("a tag resolves once the platform team names its registry, and its digest stays when the tag moves", async () => {
  const digest = await registry.push({ repository: "shop/web", tag: "1.0.0" });
  const tagged = `${registry.host}/shop/web:1.0.0`;
  await declare(tagged);
  await until(async () => (await running()) === tagged, "the tag, while no registry is named");

  await baseline([registry.host]);
  const pinned = `${registry.host}/shop/web@${digest}`;
  await until(async () => (await running()) === pinned, "the digest");
  await until(async () => (await status()).images !== undefined, "the status");
  expect((await status()).images).toEqual([{ image: tagged, digest }]);

  await registry.push({ repository: "shop/web", tag: "1.0.0" });
  await declare(tagged, { replicas: 2 });
  await until(async () => JSON.stringify(await get("deployment", "web")).includes('"replicas":2'), "two replicas");
  expect(await running()).toBe(pinned);
});

test("a missing tag and an unreachable registry leave the running digest", async () => {
  const before = await running();
  await declare(`${registry.host}/shop/web:2.0.0`);
  await until(async () => (await reason()) === "ImageRefused", "the refusal");
  expect(await running()).toBe(before);

  await declare("127.0.0.1:9/shop/web:3.0.0");
  await until(async () => (await reason()) === "ImageNotAllowed", "the missing grant");
  await baseline([registry.host, "127.0.0.1:9"]);
  await until(async () => (await reason()) === "ImageUnreachable", "the unreachable registry");
  expect(await running()).toBe(before);
});

test("drift of the running image is reverted while the declared one waits, and an operator restart changes nothing", async () => {
  const before = await running();
  await kubectl(cluster, ["set", "image", "deployment/web", "web=registry.example.com/evil:1", "-n", NAMESPACE], {
    user: "alice",
  });
  await until(async () => (await running()) === before, "the revert");

  const digest = await registry.push({ repository: "shop/web", tag: "2.0.0" });
  await declare(`${registry.host}/shop/web:2.0.0`);
  const pinned = `${registry.host}/shop/web@${digest}`;
  await until(async () => (await running()) === pinned, "the new digest", 30_000);
  await registry.push({ repository: "shop/web", tag: "2.0.0" });
  await settled(cluster);
  await palisade.stop();
  const written = operatorWrites(cluster, NAMESPACE).length;
  await palisade.start();
  await until(async () => (await reason()) !== undefined, "a status");
  await settled(cluster);
  expect(await running()).toBe(pinned);
  expect(operatorWrites(cluster, NAMESPACE).length).toBe(written);
});

test("an image declared by digest needs no registry", async () => {
  const image = `127.0.0.1:9/shop/web@sha256:${"a".repeat(64)}`;
  await declare(image);
  await until(async () => (await running()) === image, "the digest");
  await until(async () => (await status()).images === undefined, "the status without digests");
});
