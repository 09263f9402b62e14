/** Volumes and mounts: every volume is read-only, or bounded scratch space, or a declared claim. */
import type { V1DownwardAPIVolumeFile, V1KeyToPath, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import { canonicalQuantity } from "../kubernetes/quantity.ts";
import { ownClaimName } from "../names.ts";
import { inlineContent, inlineKey, inlineName } from "./configs.ts";
import { optionalOf, podField, resourceField } from "./downward.ts";
import { copyOf, type ExpandInput } from "./input.ts";
import { asksKubernetes } from "./rbac.ts";
import { scratchName, scratchVolumes } from "./scratch.ts";

type Spec = ExpandInput["spec"];
type Claim = NonNullable<Spec["claims"]>[number];
type Files = NonNullable<Spec["files"]>[number];

interface ClaimMount {
  readonly name: string;
  readonly path: string;
  readonly subPath?: string | undefined;
  readonly readOnly?: boolean | undefined;
}

/** The mounts of a container; `place` is a prefix that keeps its volume names apart from those of other containers. */
export interface Mounting {
  readonly name: string;
  readonly place: string;
  readonly files: Spec["files"];
  readonly scratch: Spec["scratch"];
  readonly claims: readonly ClaimMount[];
}

/** One hour, the kubelet renews at 80 % of it (KEP-1205). */
const TOKEN_SECONDS = 3600;
const TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_VOLUME = "api-token";
const MEMORY_VOLUME = "shared-memory";
/** Files belong to root and to the workload's group, which reads them. */
const FILE_MODE = 0o440;
/** The file name in a volume that holds one file. */
const ONE_FILE = "file";

export function volumesOf(input: ExpandInput, containers: readonly Mounting[]): V1Volume[] {
  const { spec } = input;
  return [
    ...scratchVolumes(containers),
    ...containers.flatMap(({ place, name, files = [] }) =>
      files.map((entry, index) => fileVolume(input, filesName(place, index), entry, { files, index, container: name })),
    ),
    ...(spec.claims ?? []).flatMap((claim) => claimVolume(input, claim)),
    ...(spec.sharedMemory === undefined
      ? []
      : [{ name: MEMORY_VOLUME, emptyDir: { medium: "Memory", sizeLimit: canonicalQuantity(spec.sharedMemory) } }]),
    // Without permissions a token is only something to steal.
    ...(asksKubernetes(spec) ? [tokenVolume()] : []),
  ];
}

/**
 * The annotation that tells cluster-autoscaler which volumes a pod may lose: it keeps a node for ever whose pods have others on its disk
 * (`--skip-nodes-with-local-storage`, on by default). Scratch is empty at every start, so all of it is listed. A volume in memory keeps no node.
 * Never `safe-to-evict: true`, which overrides its other reasons to keep a pod too.
 */
export const EVICTABLE_VOLUMES_ANNOTATION = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";

/** The value of that annotation, from the volumes of the pod; undefined where none is on the node's disk. */
export function evictableVolumes(volumes: readonly V1Volume[] = []): string | undefined {
  const names = volumes.flatMap(({ name, emptyDir }) =>
    emptyDir === undefined || emptyDir.medium === "Memory" ? [] : [name],
  );
  return names.length === 0 ? undefined : names.sort().join(",");
}

export function mountsOf(
  { spec }: ExpandInput,
  { place, files = [], scratch = [], claims }: Mounting,
): V1VolumeMount[] {
  return [
    ...scratch.map((entry, index) => ({ name: scratchName(place, entry, index), mountPath: entry.path })),
    ...files.map((entry, index) => ({
      name: filesName(place, index),
      mountPath: entry.path,
      readOnly: true,
      ...(isOneFile(entry) ? { subPath: ONE_FILE } : {}),
    })),
    ...claims.map(({ name, path, subPath, readOnly }) => ({
      name,
      mountPath: path,
      ...(subPath === undefined ? {} : { subPath }),
      ...(readOnly === true ? { readOnly: true } : {}),
    })),
    ...(spec.sharedMemory === undefined ? [] : [{ name: MEMORY_VOLUME, mountPath: "/dev/shm" }]),
    ...(asksKubernetes(spec) ? [{ name: TOKEN_VOLUME, mountPath: TOKEN_MOUNT, readOnly: true }] : []),
  ];
}

const filesName = (place: string, index: number): string => `${place}files-${index}`;

/** None for the claims of a StatefulSet's pods, which its controller mounts. */
function claimVolume({ spec, workload }: ExpandInput, { name, existing, readOnly }: Claim): readonly V1Volume[] {
  const claimName = existing ?? (spec.type === "StatefulSet" ? undefined : ownClaimName(workload.name, name));
  if (claimName === undefined) return [];
  return [{ name, persistentVolumeClaim: { claimName, ...(readOnly === true ? { readOnly } : {}) } }];
}

const isOneFile = ({ content, configMap, secret }: Files): boolean =>
  content !== undefined || configMap?.key !== undefined || secret?.key !== undefined;

/** Contents of the spec share one copy for each container, under the place of the file among its `files`. */
function fileVolume(
  input: ExpandInput,
  name: string,
  { content, configMap, secret, downwardAPI, mode }: Files,
  { files, index, container }: { readonly files: readonly Files[]; readonly index: number; readonly container: string },
): V1Volume {
  const defaultMode = modeOf(mode) ?? FILE_MODE;
  if (downwardAPI !== undefined) {
    return { name, downwardAPI: { defaultMode, items: downwardAPI.items.map((item) => podItem(item, container)) } };
  }
  if (secret !== undefined) {
    return {
      name,
      secret: { secretName: secret.name, defaultMode, ...itemsOf(secret), ...optionalOf(secret.optional) },
    };
  }
  if (configMap !== undefined) {
    const copy = copyOf(input, configMap.name, configMap.optional);
    return {
      name,
      configMap: { name: copy, defaultMode, ...itemsOf(configMap), ...optionalOf(configMap.optional) },
    };
  }
  const inline = content === undefined ? undefined : inlineContent([...files]);
  if (inline === undefined) throw new Error(`files[${index}] of ${input.workload.name} has no source`);
  const items = [{ key: inlineKey(index), path: ONE_FILE }];
  return { name, configMap: { name: inlineName(input.workload.name, inline), defaultMode, items } };
}

function itemsOf({ key, items }: Pick<NonNullable<Files["configMap"]>, "key" | "items">): {
  readonly items?: V1KeyToPath[];
} {
  if (key !== undefined) return { items: [{ key, path: ONE_FILE }] };
  if (items === undefined) return {};
  return {
    items: items.map(({ key: each, path, mode }) => {
      const own = modeOf(mode);
      return { key: each, path, ...(own === undefined ? {} : { mode: own }) };
    }),
  };
}

function podItem(
  { path, fieldRef, resourceFieldRef, mode }: NonNullable<Files["downwardAPI"]>["items"][number],
  container: string,
): V1DownwardAPIVolumeFile {
  const own = modeOf(mode);
  return {
    path,
    ...(fieldRef === undefined ? {} : { fieldRef: podField(fieldRef) }),
    ...(resourceFieldRef === undefined ? {} : { resourceFieldRef: resourceField(resourceFieldRef, container) }),
    ...(own === undefined ? {} : { mode: own }),
  };
}

const modeOf = (octal: string | undefined): number | undefined =>
  octal === undefined ? undefined : Number.parseInt(octal, 8);

/** The projection the ServiceAccount admission plugin would mount, made only where permissions are declared (KEP-1205). */
function tokenVolume(): V1Volume {
  return {
    name: TOKEN_VOLUME,
    projected: {
      defaultMode: FILE_MODE,
      sources: [
        { serviceAccountToken: { path: "token", expirationSeconds: TOKEN_SECONDS } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
    },
  };
}
