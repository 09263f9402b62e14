/** What every earlier version stored, replayed: taken by its own definitions, and by today's without a word lost. A cluster of its own: definitions change. */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { buildCrd, crdNameOf } from "../../src/crds/custom-resource-definition.ts";
import { listOf } from "../cluster/kubectl.ts";
import { kubectl } from "../support/cluster.ts";
import { type RecordedVersion, recordedVersions } from "../support/recorded.ts";
import { useCluster } from "../support/use-palisade.ts";

const { cluster } = useCluster({ state: "bare" });

const NAMES = CUSTOM_KINDS.map(({ resource }) => crdNameOf(resource));

async function define(definitions: readonly object[]): Promise<void> {
  await kubectl(cluster, ["apply", "--server-side", "--force-conflicts", "-f", "-"], {
    input: JSON.parse(listOf(definitions)),
  });
  await kubectl(cluster, [
    "wait",
    "--for=condition=Established",
    ...NAMES.map((name) => `crd/${name}`),
    "--timeout=30s",
  ]);
}

const today = (): Promise<void> => define(CUSTOM_KINDS.map(buildCrd));

/** As somebody would write it anew: what the server gave it is the server's to give. */
function written({ metadata, ...object }: KubeObject): object {
  const { name, namespace, labels, annotations } = metadata;
  return { ...object, metadata: { name, namespace, labels, annotations } };
}

const identity = ({ kind, metadata }: KubeObject): readonly string[] => [
  kind.toLowerCase(),
  metadata.name,
  ...(metadata.namespace === undefined ? [] : ["-n", metadata.namespace]),
];

async function read(object: KubeObject): Promise<Pick<KubeObject, "spec" | "status">> {
  const { spec, status } = JSON.parse(await kubectl(cluster, ["get", ...identity(object), "-o", "json"])) as KubeObject;
  return { spec, status };
}

const setStatus = (object: KubeObject, status: unknown): Promise<string> =>
  kubectl(cluster, [
    "patch",
    ...identity(object),
    "--subresource=status",
    "--type=merge",
    "-p",
    JSON.stringify({ status }),
  ]);

async function store({ objects, namespaces }: RecordedVersion): Promise<void> {
  for (const namespace of namespaces) await kubectl(cluster, ["create", "namespace", namespace]);
  await kubectl(cluster, ["create", "-f", "-"], { input: JSON.parse(listOf(objects.map(written))) });
  for (const object of objects) await setStatus(object, object["status"]);
}

describe.each(recordedVersions())("version $version", (version) => {
  beforeAll(async () => {
    await define(version.definitions);
    await store(version);
    for (const object of version.objects)
      expect(await read(object)).toEqual({ spec: object["spec"], status: object["status"] });
    await today();
  }, 240_000);

  afterAll(async () => {
    await kubectl(cluster, ["delete", "crd", ...NAMES, "--timeout=60s"]);
  });

  test.each(version.objects.map((object) => [object.kind, object.metadata.name, object] as const))(
    "%s %s is read as it was stored, and can be labelled and reported on",
    async (_kind, _name, object) => {
      const before = { spec: object["spec"], status: object["status"] };
      expect(await read(object)).toEqual(before);
      await kubectl(cluster, ["label", ...identity(object), "example.com/upgraded=true"]);
      await setStatus(object, { observedGeneration: 7 });
      expect(await read(object)).toEqual({
        ...before,
        status: { ...(object["status"] as object), observedGeneration: 7 },
      });
    },
  );
});
