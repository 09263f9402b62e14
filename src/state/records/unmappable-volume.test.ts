import { expect, test } from "@jest/globals";
import { shapeUnmappableVolume } from "./unmappable-volume.ts";

const shaped = (spec: object, claimRef: object | undefined = { namespace: "shop", name: "data" }) =>
  shapeUnmappableVolume({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "pv" },
    spec: { ...spec, claimRef },
  });

test.each([
  [{ nfs: { server: "nfs.example.com", path: "/" } }, "NFS"],
  [{ azureFile: { shareName: "s" } }, "Azure Files"],
  [{ csi: { driver: "nfs.csi.k8s.io" } }, "nfs.csi.k8s.io"],
  [{ csi: { driver: "efs.csi.aws.com" } }, "efs.csi.aws.com"],
  [{ csi: { driver: "filestore.csi.storage.gke.io" } }, "filestore.csi.storage.gke.io"],
  [{ csi: { driver: "file.csi.azure.com" } }, "file.csi.azure.com"],
  [{ csi: { driver: "csi.vendor.example", fsType: "nfs" } }, "csi.vendor.example"],
  [{ csi: { driver: "csi.trident.netapp.io" }, mountOptions: ["nfsvers=4.1"] }, "csi.trident.netapp.io"],
  [{ csi: { driver: "driver.longhorn.io", fsType: "ext4" }, accessModes: ["ReadWriteMany"] }, "driver.longhorn.io"],
])("%j cannot be mapped", (spec, what) => {
  expect(shaped(spec)).toEqual({ claim: "shop/data", what });
});

test.each([
  { csi: { driver: "ebs.csi.aws.com", fsType: "ext4" } },
  { csi: { driver: "pd.csi.storage.gke.io" } },
  { csi: { driver: "disk.csi.azure.com" } },
  { csi: { driver: "driver.longhorn.io", fsType: "ext4" }, accessModes: ["ReadWriteOnce"] },
  { csi: { driver: "rook-ceph.cephfs.csi.ceph.com" }, accessModes: ["ReadWriteMany"] },
  { csi: { driver: "rbd.csi.ceph.com" }, accessModes: ["ReadWriteMany"], volumeMode: "Block" },
  { hostPath: { path: "/mnt" } },
  { local: { path: "/mnt" } },
])("%j can be", (spec) => {
  expect(shaped(spec)).toBeUndefined();
});

test("a volume that nobody claimed is nobody's", () => {
  expect(shaped({ nfs: {} }, {})).toBeUndefined();
});
