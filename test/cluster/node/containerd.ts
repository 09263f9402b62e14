/** What containerd is configured to. Its paths are the usual ones: the node's /var and /run are its own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { POD_RANGE } from "./addresses.ts";

export const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";

interface ContainerdOptions {
  readonly shim: string;
  readonly runc: string;
  readonly sandboxImage: string;
}

/** Writes the configuration of containerd and of the pods' network, and returns containerd's arguments. */
export function configureContainerd(folder: string, options: ContainerdOptions): readonly string[] {
  const file = join(folder, "containerd.toml");
  const networks = join(folder, "cni");
  mkdirSync(networks);
  writeFileSync(join(networks, "10-bridge.conflist"), JSON.stringify(POD_NETWORK));
  writeFileSync(file, containerdConfig(options, networks));
  return ["--config", file];
}

// Out of the pods' range, traffic bears the node's address: the host knows no way to a pod.
const POD_NETWORK = {
  cniVersion: "1.0.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: "cni0",
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: { type: "host-local", ranges: [[{ subnet: POD_RANGE }]], routes: [{ dst: "0.0.0.0/0" }] },
    },
  ],
};

/**
 * Ports below 1024 stay closed to pods without a capability, as on most clusters: containerd would open them in every
 * pod by itself, and a test could not see that the pod asks for it. Scores of the OOM killer are kept within what this
 * process may set, since a machine may withhold CAP_SYS_RESOURCE.
 */
const containerdConfig = ({ shim, runc, sandboxImage }: ContainerdOptions, networks: string): string => `
version = 3
imports = []
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.nri.v1.nri"]
  disable = true
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${sandboxImage}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = false
  enable_unprivileged_icmp = false
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/usr/lib/cni"]
  conf_dir = "${networks}"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  runtime_path = "${shim}"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  BinaryName = "${runc}"
  SystemdCgroup = false
`;
