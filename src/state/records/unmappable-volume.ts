/**
 * PersistentVolumes whose filesystem cannot be mapped into a user namespace. Pods in one (KEP-127) get their volumes by idmapped mounts, which
 * ext4, xfs, btrfs, tmpfs and overlayfs have, and network filesystems lack: the runtime then fails with `MOUNT_ATTR_IDMAP … invalid argument`.
 */
import { type KubeObject, keyOf } from "kopf-ts";

export interface UnmappableVolume {
  /** Namespace and name of the claim that it is bound to. */
  readonly claim: string;
  /** What it is, for people. */
  readonly what: string;
}

interface VolumeSpec {
  readonly claimRef?: { readonly namespace?: string; readonly name?: string };
  readonly mountOptions?: readonly string[];
  readonly accessModes?: readonly string[];
  readonly volumeMode?: string;
  readonly csi?: { readonly driver: string; readonly fsType?: string };
  readonly [source: string]: unknown;
}

/** Sources of the API itself. */
const SOURCES: Readonly<Record<string, string>> = {
  nfs: "NFS",
  azureFile: "Azure Files",
  glusterfs: "GlusterFS",
  quobyte: "Quobyte",
};

const FILESYSTEMS: ReadonlySet<string> = new Set(["nfs", "nfs4", "cifs", "smb3", "lustre", "glusterfs"]);

/** By a word in the driver's name, or by the whole name where no word says it. */
const DRIVER_WORDS = /(^|[.-])(nfs|smb|cifs|efs|lustre|glusterfs|gcsfuse|juicefs|filestore)([.-]|$)/;
const DRIVERS: ReadonlySet<string> = new Set([
  "file.csi.azure.com",
  "blob.csi.azure.com",
  "fsx.csi.aws.com",
  "fsx.openzfs.csi.aws.com",
  "s3.csi.aws.com",
]);

/** Options that only NFS knows. */
const NFS_OPTION = /^(nfsvers|nolock$|nconnect)/;

/** Undefined for a volume that can be mapped, or that nobody claimed. */
export function shapeUnmappableVolume(volume: KubeObject): UnmappableVolume | undefined {
  const spec = (volume["spec"] ?? {}) as VolumeSpec;
  const { namespace, name } = spec.claimRef ?? {};
  const what = filesystemOf(spec);
  return what === undefined || namespace === undefined || name === undefined
    ? undefined
    : { claim: keyOf({ namespace, name }), what };
}

/** The one filesystem over the network that can be mapped, from Linux 6.7 on. */
const CEPHFS = /(^|[.-])cephfs([.-]|$)/;

function filesystemOf(volume: VolumeSpec): string | undefined {
  const source = Object.keys(SOURCES).find((name) => volume[name] !== undefined);
  if (source !== undefined) return SOURCES[source];
  if (volume.csi === undefined) return undefined;
  const { driver, fsType = "" } = volume.csi;
  const isUnmappable = FILESYSTEMS.has(fsType) || DRIVERS.has(driver) || DRIVER_WORDS.test(driver);
  return isUnmappable || isShared(volume, driver) ? driver : undefined;
}

/** Many nodes write it at once, as no filesystem on a disk lets them: drivers such as Longhorn's and vSphere's serve such volumes by NFS, whatever `fsType` says. */
const isShared = ({ accessModes = [], volumeMode, mountOptions = [] }: VolumeSpec, driver: string): boolean =>
  mountOptions.some((option) => NFS_OPTION.test(option)) ||
  (accessModes.includes("ReadWriteMany") && volumeMode !== "Block" && !CEPHFS.test(driver));
