import { type ClaimMount, type HostVolume, volumesBehind } from "../facts/volumes.ts";
import { type Edge, type Found, workloadNode } from "./edge.ts";
import { worthOf } from "./host-path.ts";
import { isRuntimeSocket } from "./runtime-socket.ts";

/** Pod Security does not see it: the pod names a claim. */
export const hostVolume: Edge = {
  id: "host-volume",
  title: "files of the node behind a claim",
  reason:
    "A PersistentVolume may be a folder of the node, and a pod that claims it has these files whatever Pod Security says.",
  fix: "Take volumes of a storage, and leave PersistentVolumes to its provisioner.",
  palisade: "the platform team grants storage classes, and no SecureWorkload names a volume",
  attack: ["T1611"],
  cis: ["5.2.11"],
  cost: 3,
  links: function* ({ facts }) {
    for (const { id, claimMounts } of facts.workloads.values())
      for (const mount of claimMounts)
        for (const volume of volumesBehind(mount, facts.hostVolumes, facts.claims)) yield* linksTo(id, mount, volume);
  },
};

function linksTo(workload: string, mount: ClaimMount, { name, path, place }: HostVolume): readonly Found[] {
  const worth = isRuntimeSocket(path) ? "full" : worthOf(path, mount.isReadOnly);
  if (worth === undefined) return [];
  return [
    {
      from: workloadNode(workload),
      to: "node",
      words: `${path} of the node, behind PersistentVolume/${name}`,
      places: [mount.place, place],
      cut: `remove PersistentVolume/${name}, or what it shows`,
      ...(worth === "full" ? {} : { isPartial: true as const }),
    },
  ];
}
