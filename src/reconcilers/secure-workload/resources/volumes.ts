/** What containers see of files: every volume is read-only, or bounded and empty at the start, or a declared claim. */
import type { V1KeyToPath, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import { canonicalQuantity, quantityMillis } from "../../../plan/quantity.ts";
import { inlineContent, inlineKey, inlineName } from "./configs.ts";
import { copyOf, type ExpandInput } from "./input.ts";

type Spec = ExpandInput["spec"];
type Files = NonNullable<Spec["files"]>[number];
type Scratch = NonNullable<Spec["scratch"]>[number];

/** What mounting needs to know of a container; `place` tells its volumes from those of the others. */
export interface Mounting {
  readonly place: string;
  readonly files: Spec["files"];
  readonly scratch: Spec["scratch"];
  readonly claims: readonly { readonly name: string; readonly path: string; readonly readOnly?: boolean | undefined }[];
}

/** One hour, the kubelet renews at 80 % of it (KEP-1205). */
const TOKEN_SECONDS = 3600;
const TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_VOLUME = "api-token";
const MEMORY_VOLUME = "shared-memory";
/** Files belong to root and to the workload's group, which reads them. */
const FILE_MODE = 0o440;
/** The one file of a volume that holds one. */
const ONE_FILE = "file";

/** A workload gets a token only with permissions: without them it is nothing but a thing to steal. */
export const needsToken = (spec: Spec): boolean => (spec.permissions ?? []).length > 0;

export function volumesOf(input: ExpandInput, containers: readonly Mounting[]): V1Volume[] {
  const { spec } = input;
  const scratch = containers.flatMap(({ place, scratch: wanted = [] }) =>
    wanted.map((entry, index) => ({ name: scratchName(place, entry, index), size: entry.size })),
  );
  return [
    ...largestByName(scratch).map(({ name, size }) => ({
      name,
      emptyDir: { sizeLimit: canonicalQuantity(size) },
    })),
    ...containers.flatMap(({ place, files = [] }) =>
      files.map((entry, index) => fileVolume(input, files, filesName(place, index), entry, index)),
    ),
    ...(spec.claims ?? []).flatMap(({ name, existing, readOnly }) =>
      existing === undefined
        ? []
        : [{ name, persistentVolumeClaim: { claimName: existing, ...(readOnly === true ? { readOnly } : {}) } }],
    ),
    ...(spec.sharedMemory === undefined
      ? []
      : [{ name: MEMORY_VOLUME, emptyDir: { medium: "Memory", sizeLimit: canonicalQuantity(spec.sharedMemory) } }]),
    ...(needsToken(spec) ? [tokenVolume()] : []),
  ];
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
    ...claims.map(({ name, path, readOnly }) => ({
      name,
      mountPath: path,
      ...(readOnly === true ? { readOnly: true } : {}),
    })),
    ...(spec.sharedMemory === undefined ? [] : [{ name: MEMORY_VOLUME, mountPath: "/dev/shm" }]),
    ...(needsToken(spec) ? [{ name: TOKEN_VOLUME, mountPath: TOKEN_MOUNT, readOnly: true }] : []),
  ];
}

const scratchName = (place: string, { name }: Scratch, index: number): string =>
  name === undefined ? `${place}scratch-${index}` : `shared-${name}`;

const filesName = (place: string, index: number): string => `${place}files-${index}`;

/** Containers that share a directory may each have a size in mind: the largest holds. */
function largestByName(entries: readonly { readonly name: string; readonly size: string }[]) {
  const byName = new Map<string, { readonly name: string; readonly size: string }>();
  for (const entry of entries) {
    const known = byName.get(entry.name);
    if (known === undefined || quantityMillis(known.size) < quantityMillis(entry.size)) byName.set(entry.name, entry);
  }
  return [...byName.values()];
}

const isOneFile = ({ content, configMap, secret }: Files): boolean =>
  content !== undefined || configMap?.key !== undefined || secret?.key !== undefined;

function fileVolume(
  input: ExpandInput,
  all: readonly Files[],
  name: string,
  { content, configMap, secret, mode }: Files,
  index: number,
): V1Volume {
  const defaultMode = modeOf(mode) ?? FILE_MODE;
  if (secret !== undefined) {
    return { name, secret: { secretName: secret.name, defaultMode, ...itemsOf(secret) } };
  }
  if (configMap !== undefined) {
    return { name, configMap: { name: copyOf(input, configMap.name), defaultMode, ...itemsOf(configMap) } };
  }
  const inline = content === undefined ? undefined : inlineContent([...all]);
  if (inline === undefined) throw new Error(`files[${index}] of ${input.workload.name} has no source`);
  const items = [{ key: inlineKey(index), path: ONE_FILE }];
  return { name, configMap: { name: inlineName(input.workload.name, inline), defaultMode, items } };
}

function itemsOf({ key, items }: NonNullable<Files["configMap"]>): { readonly items?: V1KeyToPath[] } {
  if (key !== undefined) return { items: [{ key, path: ONE_FILE }] };
  if (items === undefined) return {};
  return {
    items: items.map(({ key: each, path, mode }) => {
      const own = modeOf(mode);
      return { key: each, path, ...(own === undefined ? {} : { mode: own }) };
    }),
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
