import type { V1Volume } from "@kubernetes/client-node";
import { hasOnly, listIn } from "./cel.ts";
import { containers, each, wholePod } from "./places.ts";
import { type Container, type PodSpec, policy } from "./policy.ts";
import { cis, drift, mitre, nsa, pss } from "./sources.ts";

/**
 * An allow-list, so that a kind of volume that a newer API server brings is not allowed by silence. Pod Security also
 * allows csi (a driver of the node decides what it is), image (a second, undeclared image) and ephemeral (a claim with
 * any class and volume its author names).
 */
const SAFE: ReadonlySet<string> = new Set([
  "configMap",
  "downwardAPI",
  "emptyDir",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

const unsafeKinds = (volume: V1Volume): readonly string[] =>
  Object.keys(volume).filter((field) => field !== "name" && !SAFE.has(field));

const isUnsafe = (volume: V1Volume): boolean => unsafeKinds(volume).length > 0;

/** A mount without its volume would keep the pod from being accepted, so it goes with it. */
function withoutUnsafeVolumes(pod: PodSpec): PodSpec {
  const removed = new Set((pod.volumes ?? []).filter(isUnsafe).map(({ name }) => name));
  const withoutMounts = (container: Container): Container =>
    container.volumeMounts === undefined
      ? container
      : { ...container, volumeMounts: container.volumeMounts.filter(({ name }) => !removed.has(name)) };
  const volumes = (pod.volumes ?? []).filter(({ name }) => !removed.has(name));
  return containers.map({ ...pod, volumes }, withoutMounts);
}

export const safeVolumes = policy(
  {
    id: "safe-volumes",
    demand: "A pod mounts configuration, secrets, scratch space and claims, and nothing else.",
    reason:
      "A volume that shows the node's files gives the node away; one from a driver or an image brings what nobody declared.",
    effect: "Takes out volumes of any other kind, and their mounts.",
    fix: "Files come from ConfigMaps and Secrets, space to write from `scratch`, what must last from a claim.",
    sources: [
      pss("Baseline: HostPath Volumes"),
      pss("Restricted: Volume Types"),
      cis("5.2.11"),
      nsa("Pod security: Pod security enforcement"),
      mitre("T1611"),
      drift(5),
    ],
  },
  each(wholePod, {
    broken: ({ volumes = [] }) =>
      volumes.flatMap((volume) =>
        unsafeKinds(volume).map((kind) => ({
          path: `volumes[name=${volume.name}].${kind}`,
          message: "is not a kind of volume that a workload may mount",
        })),
      ),
    repair: withoutUnsafeVolumes,
    obeys: (pod) => `${listIn(pod, "volumes")}.all(volume, ${hasOnly("volume", ["name", ...SAFE])})`,
  }),
);
