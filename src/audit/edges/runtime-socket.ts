import { hostPathOf } from "../facts/pod-view.ts";
import { podEdge } from "./pod-edge.ts";

const SOCKET =
  /(docker|containerd|crio|cri-dockerd|podman|dockershim|buildkitd|kubelet)\.sock$|^\/(var\/)?run\/(docker|containerd|crio|k3s\/containerd|podman)$|\/k3s\/containerd$/;

/** The socket of a container runtime, or the folder it is in. */
export const isRuntimeSocket = (path: string): boolean => SOCKET.test(path);

export const runtimeSocket = podEdge(
  {
    id: "runtime-socket",
    title: "socket of the container runtime",
    reason:
      "Whoever speaks to the runtime starts a privileged container on the node. A mount to read keeps nobody from it.",
    fix: "Remove the socket; build images with a builder that needs none.",
    palisade: "a SecureWorkload has scratch, files and claims, and no files of the node",
    attack: ["T1610", "T1611"],
    cis: ["5.2.11"],
    driftCase: 5,
    cost: 3,
  },
  "node",
  ({ volumes }) =>
    volumes.flatMap((volume) => {
      const path = hostPathOf(volume);
      if (path === undefined || volume.mounts.length === 0 || !isRuntimeSocket(path)) return [];
      return [
        {
          words: `${path}, the runtime's socket`,
          cut: `remove the hostPath ${path}`,
          place: volume.place,
          rule: "safe-volumes",
        },
      ];
    }),
);
