import { hostPathOf, type Volume } from "../facts/pod-view.ts";
import { podEdge } from "./pod-edge.ts";
import { isRuntimeSocket } from "./runtime-socket.ts";

/** Whoever writes here runs code on the node: units, schedules, binaries, keys, static pods, plugins, kernel switches. */
const WRITTEN: readonly string[] = [
  "/",
  "/bin",
  "/boot",
  "/dev",
  "/etc",
  "/home",
  "/lib",
  "/lib64",
  "/opt",
  "/opt/cni",
  "/proc",
  "/root",
  "/run",
  "/sbin",
  "/sys",
  "/usr",
  "/var",
  "/var/lib",
  "/var/lib/containerd",
  "/var/lib/containers",
  "/var/lib/docker",
  "/var/lib/etcd",
  "/var/lib/kubelet",
  "/var/run",
  "/var/spool/cron",
];

/** What lies below them is as bad as they are. */
const WRITTEN_BELOW: readonly string[] = [
  "/boot",
  "/etc",
  "/root",
  "/home",
  "/usr",
  "/bin",
  "/sbin",
  "/lib/systemd",
  "/opt/cni",
  "/proc/sys",
  "/proc/sysrq-trigger",
  "/run/dbus",
  "/run/systemd",
  "/var/run/dbus",
  "/var/run/systemd",
  "/var/lib/etcd",
  "/var/lib/kubelet/pki",
  "/var/lib/rancher",
  "/var/lib/docker",
  "/var/lib/containerd",
  "/var/spool/cron",
];

/** Whoever reads here has credentials of the node or of its pods. */
const READ: readonly string[] = [
  "/",
  "/etc",
  "/proc",
  "/run",
  "/var",
  "/var/lib",
  "/var/lib/docker",
  "/var/lib/containerd",
  "/var/lib/kubelet",
  "/var/run",
];

/** And here in whatever lies below. */
const READ_BELOW: readonly string[] = [
  "/etc/kubernetes",
  "/etc/rancher",
  "/etc/shadow",
  "/etc/ssh",
  "/home",
  "/root",
  "/var/lib/etcd",
  "/var/lib/kubelet/pki",
  "/var/lib/kubelet/pods",
  "/var/lib/rancher",
];

/** A link there makes the kubelet read any file of the node, for whoever may ask it for logs. */
const LOGS = "/var/log";

/** Where plugins hand their sockets to the kubelet, and files that hold no right. */
const HARMLESS =
  /^\/(etc\/(localtime|timezone|machine-id|os-release|ssl\/certs|pki\/(ca-trust|tls)|resolv\.conf|ca-certificates)|usr\/share|usr\/lib\/os-release|usr\/src|lib\/modules|usr\/local\/share)(\/|$)/;

export const hostPath = podEdge(
  {
    id: "host-path",
    title: "files of the node",
    reason: "Whoever writes files of the node runs code on it; whoever reads its credentials acts as it.",
    fix: "Use a claim, an emptyDir or a ConfigMap instead of `hostPath`.",
    palisade: "a SecureWorkload has scratch, files and claims, and no files of the node",
    attack: ["T1611"],
    cis: ["5.2.11"],
    driftCase: 5,
    cost: 3,
  },
  "node",
  ({ volumes }) => volumes.flatMap(signsOf),
);

function signsOf(volume: Volume) {
  const path = hostPathOf(volume);
  if (path === undefined || volume.mounts.length === 0 || isRuntimeSocket(path)) return [];
  const isReadOnly = volume.mounts.every((mount) => mount.isReadOnly);
  const found = worthOf(path, isReadOnly);
  if (found === undefined) return [];
  return [
    {
      words: `${path} of the node${isReadOnly ? ", to read" : ""}`,
      cut: `remove the hostPath ${path}`,
      place: volume.place,
      rule: "safe-volumes",
      ...(found === "full" ? {} : { isPartial: true as const }),
    },
  ];
}

/** What a path of the node is worth to whoever mounts it; undefined where it is worth nothing. */
export const worthOf = (path: string, isReadOnly: boolean): "full" | "partial" | undefined =>
  isReadOnly ? readOf(path) : writtenOf(path);

function writtenOf(path: string): "full" | "partial" | undefined {
  if (WRITTEN.includes(path)) return "full";
  if (HARMLESS.test(path)) return undefined;
  if (isBelow(path, WRITTEN_BELOW)) return "full";
  return path === LOGS ? "partial" : readOf(path);
}

const readOf = (path: string): "partial" | undefined =>
  READ.includes(path) || isBelow(path, READ_BELOW) ? "partial" : undefined;

const isBelow = (path: string, folders: readonly string[]): boolean =>
  folders.some((one) => path === one || path.startsWith(`${one}/`));
