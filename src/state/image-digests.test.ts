import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { settle } from "kopf-ts/testing";
import { aMemory } from "../../test/support/memory.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { ImageDigests } from "./image-digests.ts";
import { shapeWorkload, type WorkloadRecord } from "./records/workload.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const WEB = "registry.example.com/shop/web:1";
const EVIL = "evil.example/web:1";

function aWorkloadRecord(images: WorkloadRecord["status"]["images"] = []): WorkloadRecord {
  const raw = aWorkload("web", "shop", { image: WEB }) as unknown as KubeObject;
  return shapeWorkload({ ...raw, metadata: { ...raw.metadata, uid: "uid-1" }, status: { images } });
}

function digestsWith(registries: readonly string[] | undefined) {
  const requested: string[] = [];
  let current = registries;
  const { memory } = aMemory(() => "uid-1");
  const digests = new ImageDigests({
    memory,
    resolver: {
      resolve: ({ registry }) => {
        requested.push(registry);
        return Promise.resolve({ kind: "found", digest: DIGEST });
      },
      failureOf: () => undefined,
    },
    registries: () => current,
    onError: (error) => {
      throw error;
    },
  });
  const allow = (next: readonly string[] | undefined): void => {
    current = next;
  };
  return { digests, memory, requested, allow };
}

test("without a list of registries every image runs as declared, and no request leaves", () => {
  const { digests, requested } = digestsWith(undefined);
  const workload = aWorkloadRecord([{ image: WEB, digest: DIGEST }]);
  expect(digests.known(workload, [WEB])).toEqual({});
  expect(digests.request(workload, [WEB])).toEqual([]);
  expect(digests.retain(workload, [WEB])).toEqual([]);
  expect(requested).toEqual([]);
});

test("an image is known once its registry answered, and the status records its digest", async () => {
  const { digests, requested } = digestsWith(["registry.example.com"]);
  const workload = aWorkloadRecord();
  const answered: string[] = [];
  digests.onAnswer((key) => answered.push(key));
  expect(digests.known(workload, [WEB])).toBeUndefined();
  expect(digests.request(workload, [WEB])).toMatchObject([{ kind: "unreachable" }]);
  await settle();
  expect(answered).toEqual(["shop/web"]);
  expect(digests.known(workload, [WEB])).toEqual({ [WEB]: `registry.example.com/shop/web@${DIGEST}` });
  expect(digests.known(workload, [WEB, EVIL])).toBeUndefined();
  expect(digests.retain(workload, [WEB])).toEqual([{ image: WEB, digest: DIGEST }]);
  expect(requested).toEqual(["registry.example.com"]);
});

test("a running image keeps its digest after its registry leaves the list, also after a restart", () => {
  const { digests, allow, requested } = digestsWith(["registry.example.com"]);
  const workload = aWorkloadRecord([{ image: WEB, digest: DIGEST }]);
  allow(["mirror.example.com"]);
  expect(digests.known(workload, [WEB])).toBeUndefined();
  expect(digests.running(workload, [WEB, EVIL])).toEqual({
    [WEB]: `registry.example.com/shop/web@${DIGEST}`,
    [EVIL]: EVIL,
  });
  expect(digests.retain(workload, [WEB])).toEqual([{ image: WEB, digest: DIGEST }]);
  expect(digests.request(workload, [WEB])).toMatchObject([{ kind: "forbidden" }]);
  expect(requested).toEqual([]);
});

test("an entry that this version cannot read allows nothing, and the list follows the platform team", () => {
  const { digests, allow } = digestsWith(["*.example.com"]);
  const workload = aWorkloadRecord([{ image: WEB, digest: DIGEST }]);
  expect(digests.known(workload, [WEB])).toBeUndefined();
  allow(["*.example.com", "registry.example.com/shop"]);
  expect(digests.known(workload, [WEB])).toEqual({ [WEB]: `registry.example.com/shop/web@${DIGEST}` });
});

test("a released workload goes by its status again", async () => {
  const { digests, memory } = digestsWith(["registry.example.com"]);
  digests.request(aWorkloadRecord(), [WEB]);
  await settle();
  memory.endTerm(aWorkloadRecord());
  expect(digests.known(aWorkloadRecord(), [WEB])).toBeUndefined();
  const other = `sha256:${"b".repeat(64)}`;
  const pinned = digests.known(aWorkloadRecord([{ image: WEB, digest: other }]), [WEB]);
  expect(pinned).toEqual({ [WEB]: `registry.example.com/shop/web@${other}` });
});
