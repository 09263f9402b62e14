import { rightEdge } from "./right-edge.ts";

export const createsVolumes = rightEdge(
  {
    id: "creates-volumes",
    title: "right to make volumes",
    reason: "A PersistentVolume may be a folder of a node, whatever Pod Security says of pods.",
    fix: "Leave volumes to provisioners of the storage.",
    palisade: "the permissions of a SecureWorkload hold nothing of the cluster",
    attack: ["T1611"],
    cis: ["5.1.9"],
    cost: 1,
  },
  "create-volumes",
  {
    inCluster: () => [{ to: "node", words: "may make volumes with files of a node", isPartial: true }],
  },
);
