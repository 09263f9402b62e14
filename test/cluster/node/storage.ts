/** Disks for claims: folders of the node, made before they are asked for, as on a cluster without a cloud. */
import { NODE_NAME } from "./addresses.ts";
import { runInside } from "./space.ts";

const CLASS = "standard";
const COUNT = 8;

const pathOf = (number: number): string => `/var/lib/volumes/${number}`;
const numbers = Array.from({ length: COUNT }, (_, index) => index + 1);

/** The default class, and its volumes: a claim of up to 1Gi is bound when its first pod is scheduled. */
export const STORAGE_OBJECTS: readonly object[] = [
  {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: CLASS, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
  },
  ...numbers.map((number) => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `volume-${number}` },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: CLASS,
      local: { path: pathOf(number) },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [NODE_NAME] }] },
          ],
        },
      },
    },
  })),
];

export const makeVolumes = (folder: string): string => runInside(folder, ["mkdir", "-p", ...numbers.map(pathOf)]);
