/** A claim that is bound to a folder of a node is that folder. */
import { expect, test } from "@jest/globals";
import { aPod, audited, chainsOf, documents } from "../../../test/support/audited.ts";

const text = (value: object): string => JSON.stringify(value);

const volume = (spec: object, name = "node-etc"): string =>
  text({ apiVersion: "v1", kind: "PersistentVolume", metadata: { name }, spec });
const claim = (spec: object, name = "data"): string =>
  text({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace: "shop" }, spec });

const pod = (mount: object = {}): string =>
  aPod(
    "web",
    { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] },
    { volumeMounts: [{ name: "data", mountPath: "/data", ...mount }] },
  );

const set = text({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    volumeClaimTemplates: [{ metadata: { name: "data" }, spec: {} }],
    template: {
      spec: { containers: [{ name: "main", image: "a", volumeMounts: [{ name: "data", mountPath: "/data" }] }] },
    },
  },
});

const etc = { hostPath: { path: "/etc/../etc/kubernetes" } };
const kept = (name: string): object => ({ claimRef: { namespace: "shop", name } });

test.each([
  { name: "kept for the claim", objects: [volume({ ...etc, ...kept("data") }), pod()], expected: true },
  {
    name: "kept for another",
    objects: [volume({ ...etc, ...kept("other") }), claim({ volumeName: "node-etc" }), pod()],
    expected: false,
  },
  { name: "chosen by the claim", objects: [volume(etc), claim({ volumeName: "node-etc" }), pod()], expected: true },
  {
    name: "free, and of the claim's class",
    objects: [volume({ ...etc, storageClassName: "manual" }), claim({ storageClassName: "manual" }), pod()],
    expected: true,
  },
  {
    name: "of another class",
    objects: [volume({ ...etc, storageClassName: "manual" }), claim({ storageClassName: "fast" }), pod()],
    expected: false,
  },
  {
    name: "a local volume",
    objects: [volume({ local: { path: "/var/lib/kubelet" }, ...kept("data") }), pod()],
    expected: true,
  },
  {
    name: "to read what is worth nothing",
    objects: [volume({ hostPath: { path: "/srv/data" }, ...kept("data") }), pod()],
    expected: false,
  },
  { name: "of a StatefulSet's template", objects: [volume({ ...etc, ...kept("data-web-0") }), set], expected: true },
  {
    name: "a claim that nobody mounts",
    objects: [
      volume({ ...etc, ...kept("data") }),
      aPod("web", { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] }),
    ],
    expected: false,
  },
  {
    name: "a volume of a storage",
    objects: [volume({ csi: { driver: "x" }, ...kept("data") }), pod()],
    expected: false,
  },
])("a volume $name", ({ objects, expected }) => {
  const found = chainsOf(audited(documents(...objects))).filter(({ rule }) => rule === "host-volume");
  expect(found.map(({ chain }) => chain?.end)).toEqual(expected ? ["node"] : []);
  for (const { chain } of found) expect(chain?.cut).toContain("PersistentVolume/node-etc");
});
