/** The places of a pod that rules look at. Each is read with its path, and changed without touching the argument. */
import type {
  V1ContainerPort,
  V1PodSecurityContext,
  V1SecurityContext,
  V1Volume,
  V1VolumeMount,
} from "@kubernetes/client-node";
import { at, CONTAINERS, listIn, POD } from "./cel.ts";
import type { Container, Demand, Finding, PodSpec } from "./policy.ts";

export interface Place<T> {
  readonly read: (pod: PodSpec) => readonly { readonly path: string; readonly value: T }[];
  /** A `change` that gives back its argument changes nothing. */
  readonly map: (pod: PodSpec, change: (value: T) => T) => PodSpec;
  /** CEL that is true when what `obeys` says of a value is true of each; `obeys` gets the CEL of one value. */
  readonly every: (obeys: (value: string) => string) => string;
}

/** What a rule asks of each value of a place. `broken` names paths inside the value; an empty path is the value itself. */
export interface Clause<T> {
  readonly broken: (value: T) => readonly Finding[];
  readonly repair: (value: T) => T;
  /** CEL that is true when `broken` finds nothing; `value` is the CEL of the value, perhaps of an optional. */
  readonly obeys: (value: string) => string;
}

/** A value is repaired only where it is broken, so whatever obeys stays as it was written. */
export function each<T>({ read, map, every }: Place<T>, { broken, repair, obeys }: Clause<T>): Demand {
  return {
    find: (pod) =>
      read(pod).flatMap(({ path, value }) =>
        broken(value).map((finding) => ({ ...finding, path: join(path, finding.path) })),
      ),
    repair: (pod) => map(pod, (value) => (broken(value).length === 0 ? value : repair(value))),
    cel: every(obeys),
  };
}

const join = (...steps: readonly string[]): string => steps.filter((step) => step !== "").join(".");

export const wholePod: Place<PodSpec> = {
  read: (pod) => [{ path: "", value: pod }],
  map: (pod, change) => change(pod),
  every: (obeys) => obeys(POD),
};

const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

/** Init containers and sidecars, ordinary and ephemeral ones alike: the API gives all of them the fields that rules read. */
export const containers: Place<Container> = {
  read: (pod) =>
    CONTAINER_LISTS.flatMap((list) =>
      ((pod[list] ?? []) as readonly Container[]).map((value) => ({ path: `${list}[name=${value.name}]`, value })),
    ),
  map: (pod, change) => ({
    ...pod,
    ...Object.fromEntries(
      CONTAINER_LISTS.flatMap((list) => {
        const entries = pod[list] as readonly Container[] | undefined;
        return entries === undefined ? [] : [[list, entries.map(change)]];
      }),
    ),
  }),
  every: (obeys) => everyOf(CONTAINERS, "container", obeys),
};

const everyOf = (list: string, name: string, obeys: (value: string) => string): string =>
  `${list}.all(${name}, ${obeys(name)})`;

const NOTHING = {};

export const podContext: Place<V1PodSecurityContext> = {
  read: (pod) => [{ path: "securityContext", value: pod.securityContext ?? NOTHING }],
  map: (pod, change) => withContext(pod, change),
  every: (obeys) => obeys(at(POD, "securityContext")),
};

export const containerContexts: Place<V1SecurityContext> = {
  read: (pod) =>
    containers.read(pod).map(({ path, value }) => ({
      path: `${path}.securityContext`,
      value: value.securityContext ?? NOTHING,
    })),
  map: (pod, change) => containers.map(pod, (container) => withContext(container, change)),
  every: (obeys) => containers.every((container) => obeys(at(container, "securityContext"))),
};

/** A context that was absent and is not needed stays absent. */
function withContext<C extends object, T extends { securityContext?: C }>(holder: T, change: (context: C) => C): T {
  const before = holder.securityContext ?? (NOTHING as C);
  const after = change(before);
  return after === before ? holder : { ...holder, securityContext: after };
}

export const ports: Place<V1ContainerPort> = {
  read: (pod) =>
    containers.read(pod).flatMap(({ path, value }) =>
      (value.ports ?? []).map((port) => ({
        path: `${path}.ports[containerPort=${port.containerPort}]`,
        value: port,
      })),
    ),
  map: (pod, change) =>
    containers.map(pod, (container) =>
      container.ports === undefined ? container : { ...container, ports: container.ports.map(change) },
    ),
  every: (obeys) => containers.every((container) => everyOf(listIn(container, "ports"), "port", obeys)),
};

export const mounts: Place<V1VolumeMount> = {
  read: (pod) =>
    containers.read(pod).flatMap(({ path, value }) =>
      (value.volumeMounts ?? []).map((mount) => ({
        path: `${path}.volumeMounts[mountPath=${mount.mountPath}]`,
        value: mount,
      })),
    ),
  map: (pod, change) =>
    containers.map(pod, (container) =>
      container.volumeMounts === undefined
        ? container
        : { ...container, volumeMounts: container.volumeMounts.map(change) },
    ),
  every: (obeys) => containers.every((container) => everyOf(listIn(container, "volumeMounts"), "mount", obeys)),
};

export const volumes: Place<V1Volume> = {
  read: (pod) => (pod.volumes ?? []).map((value) => ({ path: `volumes[name=${value.name}]`, value })),
  map: (pod, change) => (pod.volumes === undefined ? pod : { ...pod, volumes: pod.volumes.map(change) }),
  every: (obeys) => everyOf(listIn(POD, "volumes"), "volume", obeys),
};
