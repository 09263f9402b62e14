import type { V1Volume } from "@kubernetes/client-node";
import { hasOnly, listIn } from "./cel.ts";
import { kept } from "./clauses.ts";
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
  const removed = new Set(kept(pod.volumes, isUnsafe).map(({ name }) => name));
  const withoutMounts = (container: Container): Container =>
    container.volumeMounts === undefined
      ? container
      : { ...container, volumeMounts: container.volumeMounts.filter(({ name }) => !removed.has(name)) };
  const volumes = kept(pod.volumes, ({ name }) => !removed.has(name));
  return containers.map({ ...pod, volumes }, withoutMounts);
}

export const safeVolumes = policy(
  {
    id: "safe-volumes",
    demand: "Pods may mount only configuration, Secrets, scratch space and claims.",
    reason:
      "A volume with files of the node exposes the node; one from a driver or an image contains undeclared content.",
    effect: "Removes volumes of every other kind, and their mounts.",
    fix: "Use `files` for ConfigMaps and Secrets, `scratch` for writable space, and `claims` for data that must last.",
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
          message: "is not an allowed kind of volume",
        })),
      ),
    repair: withoutUnsafeVolumes,
    obeys: (pod) => `${listIn(pod, "volumes")}.all(volume, ${hasOnly("volume", ["name", ...SAFE])})`,
  }),
);
