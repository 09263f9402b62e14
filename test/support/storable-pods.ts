/** Pods that the API server stores, weak or not: what its own validation refuses is taken out of pods of every shape. */
import type { V1SecurityContext, V1Volume } from "@kubernetes/client-node";
import fc from "fast-check";
import { type Container, POD_POLICIES, type PodSpec } from "../../src/policies/index.ts";
import { arbitraryPod } from "./arbitrary-pods.ts";

/** As they are, and with some of the rules written into them: else nearly every pod would break nearly every rule. */
export const storablePod: fc.Arbitrary<PodSpec> = fc
  .tuple(arbitraryPod, fc.subarray([...POD_POLICIES]))
  .map(([pod, rules]) => storable(rules.reduce((hardened, { harden }) => harden(hardened), pod)));

/** Fields may be undefined while a pod is made. */
type Draft<T> = { -readonly [K in keyof T]: T[K] | undefined };

/** What is undefined is left out. */
const finished = <T extends object>(draft: Draft<T>): T => JSON.parse(JSON.stringify(draft)) as T;

function storable(given: PodSpec): PodSpec {
  const pod: Draft<PodSpec> = structuredClone(given);
  delete pod.ephemeralContainers;
  delete pod.priority;
  if (pod.priorityClassName === "batch") delete pod.priorityClassName;
  if (pod.os?.name === "windows") delete pod.os;
  if (pod.shareProcessNamespace === true || pod.hostUsers === false) delete pod.hostPID;
  if (pod.hostUsers === false) for (const field of ["hostNetwork", "hostIPC"] as const) delete pod[field];
  pod.dnsConfig = dnsOf(given);
  pod.volumes = pod.volumes?.map(storableVolume);
  pod.securityContext = contextOf(pod, given.securityContext);
  if (pod.hostNetwork === true || pod.hostIPC === true) delete pod.securityContext?.sysctls;
  pod.containers = given.containers.map((container, index) => storableContainer(pod, container, index === 0));
  pod.initContainers = given.initContainers?.map((container) => withoutHooks(storableContainer(pod, container, false)));
  if (JSON.stringify(pod.containers).includes('"sleep"')) pod.terminationGracePeriodSeconds = 1_000_000;
  return finished<PodSpec>(pod);
}

const NAME_SERVER = "192.0.2.1";

function dnsOf({ dnsPolicy, dnsConfig }: PodSpec): PodSpec["dnsConfig"] {
  const named = dnsPolicy === "None" || dnsConfig?.nameservers !== undefined;
  return named ? { ...dnsConfig, nameservers: [NAME_SERVER] } : dnsConfig;
}

function storableVolume(volume: V1Volume): V1Volume {
  const { kindOfTomorrow: _, ...rest } = volume as V1Volume & { readonly kindOfTomorrow?: unknown };
  if (rest.ephemeral !== undefined) {
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    return { ...rest, ephemeral: { volumeClaimTemplate: { spec } } };
  }
  return rest;
}

/** A context without what contradicts itself, or the pod's system. */
function contextOf<T extends V1SecurityContext>(pod: Draft<PodSpec>, given: T | undefined): T | undefined {
  if (given === undefined) return undefined;
  const context: Draft<T> = { ...given };
  if (pod.os !== undefined || context.windowsOptions?.hostProcess === true) delete context.windowsOptions;
  if (pod.hostUsers !== false && context.procMount === "Unmasked") delete context.procMount;
  const mayEscalate = context.privileged === true || context.capabilities?.add?.includes("SYS_ADMIN") === true;
  if (mayEscalate) delete context.allowPrivilegeEscalation;
  return finished<T>(context);
}

function storableContainer(pod: Draft<PodSpec>, given: Container, first: boolean): Container {
  const container: Draft<Container> = { ...given, image: given.image || "web:latest" };
  container.securityContext = contextOf(pod, given.securityContext);
  container.ports = portsOf(pod, given, first);
  container.resources = resourcesOf(pod, given);
  delete container.volumeDevices;
  container.volumeMounts = mountsOf(pod, given);
  if (container.readinessProbe !== undefined) delete container.readinessProbe.terminationGracePeriodSeconds;
  return finished<Container>(container);
}

/** A port of the host may be taken once. */
function portsOf({ hostNetwork }: Draft<PodSpec>, { ports }: Container, first: boolean): Container["ports"] {
  if (hostNetwork === true) return undefined;
  return ports
    ?.slice(0, 1)
    .map(({ hostPort, ...port }) => (first && hostPort !== undefined ? { ...port, hostPort } : port));
}

const AMOUNT = /^\.?[0-9]/;

function resourcesOf({ resourceClaims }: Draft<PodSpec>, { resources }: Container): Container["resources"] {
  const valid = (amounts: Readonly<Record<string, string>> = {}) =>
    Object.entries(amounts).filter(([name, amount]) => AMOUNT.test(amount) && !name.startsWith("example.com/"));
  const limits = Object.fromEntries(valid(resources?.limits));
  // A request beside another limit could be above it.
  const requests = valid(resources?.requests).filter(([name, amount]) => (limits[name] ?? amount) === amount);
  const claims = (resourceClaims ?? []).length === 0 ? [] : (resources?.claims ?? []);
  return { limits, requests: Object.fromEntries(requests), claims };
}

function mountsOf(
  { volumes }: Draft<PodSpec>,
  { volumeMounts, securityContext }: Container,
): Container["volumeMounts"] {
  const names = new Set(volumes?.map(({ name }) => name));
  return volumeMounts
    ?.filter(({ name }) => names.has(name))
    .map((mount) =>
      mount.mountPropagation === "Bidirectional" && securityContext?.privileged !== true
        ? { ...mount, mountPropagation: "HostToContainer" }
        : mount,
    );
}

/** The API server takes probes and hooks on sidecars alone. */
function withoutHooks(container: Container): Container {
  const { livenessProbe: _, readinessProbe: __, startupProbe: ___, lifecycle: ____, ...rest } = container;
  return rest;
}
