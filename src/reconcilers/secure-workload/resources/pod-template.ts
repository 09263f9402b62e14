import type { V1Container, V1EnvVar, V1Probe, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import { canonicalQuantity, quantityMillis } from "../../../plan/quantity.ts";
import { hardenPod, type PodSpec } from "../../../policies/index.ts";
import { childLabels, type ExpandInput, selectorLabels } from "./input.ts";

type Spec = ExpandInput["spec"];
type Probe = NonNullable<NonNullable<Spec["probes"]>["readiness"]>;

/** What a container gets that asks for nothing: enough to start, and never without a limit (CIS 5.7, NSA/CISA 1.2). */
const DEFAULT_REQUESTS = { cpu: "50m", memory: "64Mi" };
const DEFAULT_LIMITS = { cpu: "500m", memory: "256Mi" };
const EPHEMERAL_STORAGE = { request: "64Mi", limit: "1Gi" };

/** One hour, the kubelet renews at 80 % of it (KEP-1205). */
const TOKEN_SECONDS = 3600;
const TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The pod every replica is: the declared container inside the whole baseline.
 * Every field that the API server would default is spelled out, so that whatever else a live template shows was added by somebody.
 */
export function buildPodTemplate(input: ExpandInput): { metadata: { labels: Record<string, string> }; spec: PodSpec } {
  const { workload, identity } = input;
  const volumes = volumesOf(input.spec);
  const pod: PodSpec = {
    containers: [containerOf(input)],
    ...(volumes.length === 0 ? {} : { volumes }),
    serviceAccountName: workload.name,
    serviceAccount: workload.name,
    securityContext: {
      runAsUser: identity.uid,
      runAsGroup: identity.uid,
      fsGroup: identity.uid,
      fsGroupChangePolicy: "OnRootMismatch",
    },
    ...(identity.userNamespace ? { hostUsers: false } : {}),
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: selectorLabels(workload) },
    })),
  };
  return { metadata: { labels: childLabels(workload) }, spec: hardenPod(pod) };
}

function containerOf({ workload, spec }: ExpandInput): V1Container {
  return {
    name: workload.name,
    image: spec.image,
    imagePullPolicy: "IfNotPresent",
    ...(spec.command === undefined ? {} : { command: [...spec.command] }),
    ...(spec.args === undefined ? {} : { args: [...spec.args] }),
    ...(spec.ports === undefined || spec.ports.length === 0
      ? {}
      : { ports: spec.ports.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })) }),
    ...(spec.env === undefined || spec.env.length === 0 ? {} : { env: spec.env.map(envOf) }),
    resources: resourcesOf(spec),
    ...probesOf(spec),
    ...mountsOf(spec),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  };
}

function envOf(entry: NonNullable<Spec["env"]>[number]): V1EnvVar {
  const { name, value, valueFrom } = entry;
  if (valueFrom === undefined) return { name, ...(value === undefined || value === "" ? {} : { value }) };
  const { secretKeyRef, configMapKeyRef } = valueFrom;
  return {
    name,
    valueFrom: {
      ...(secretKeyRef === undefined ? {} : { secretKeyRef: { name: secretKeyRef.name, key: secretKeyRef.key } }),
      ...(configMapKeyRef === undefined
        ? {}
        : { configMapKeyRef: { name: configMapKeyRef.name, key: configMapKeyRef.key } }),
    },
  };
}

/** Declared values win; a default request never exceeds a declared limit, a default limit never falls below a declared request. */
function resourcesOf(spec: Spec): { requests: Record<string, string>; limits: Record<string, string> } {
  const requests: Record<string, string> = { "ephemeral-storage": EPHEMERAL_STORAGE.request };
  const limits: Record<string, string> = { "ephemeral-storage": EPHEMERAL_STORAGE.limit };
  for (const name of ["cpu", "memory"] as const) {
    const request = spec.resources?.requests?.[name];
    const limit = spec.resources?.limits?.[name];
    requests[name] = canonicalQuantity(request ?? smaller(DEFAULT_REQUESTS[name], limit));
    limits[name] = canonicalQuantity(limit ?? larger(DEFAULT_LIMITS[name], request));
  }
  return { requests, limits };
}

const smaller = (byDefault: string, bound: string | undefined): string =>
  bound !== undefined && quantityMillis(bound) < quantityMillis(byDefault) ? bound : byDefault;

const larger = (byDefault: string, bound: string | undefined): string =>
  bound !== undefined && quantityMillis(bound) > quantityMillis(byDefault) ? bound : byDefault;

function probesOf(spec: Spec): Pick<V1Container, "readinessProbe" | "livenessProbe" | "startupProbe"> {
  const { readiness, liveness, startup } = spec.probes ?? {};
  return {
    ...(readiness === undefined ? {} : { readinessProbe: probeOf(readiness) }),
    ...(liveness === undefined ? {} : { livenessProbe: probeOf(liveness) }),
    ...(startup === undefined ? {} : { startupProbe: probeOf(startup) }),
  };
}

function probeOf(probe: Probe): V1Probe {
  const {
    httpGet,
    tcpSocket,
    exec,
    initialDelaySeconds,
    periodSeconds,
    timeoutSeconds,
    failureThreshold,
    successThreshold,
  } = probe;
  return {
    ...(httpGet === undefined ? {} : { httpGet: { path: httpGet.path, port: httpGet.port, scheme: "HTTP" } }),
    ...(tcpSocket === undefined ? {} : { tcpSocket: { port: tcpSocket.port } }),
    ...(exec === undefined ? {} : { exec: { command: [...exec.command] } }),
    ...(initialDelaySeconds === undefined || initialDelaySeconds === 0 ? {} : { initialDelaySeconds }),
    periodSeconds: periodSeconds ?? 10,
    timeoutSeconds: timeoutSeconds ?? 1,
    failureThreshold: failureThreshold ?? 3,
    successThreshold: successThreshold ?? 1,
  };
}

const needsToken = (spec: Spec): boolean => (spec.permissions ?? []).length > 0;

const scratchName = (index: number): string => `scratch-${index}`;

function volumesOf(spec: Spec): V1Volume[] {
  const scratch = (spec.scratch ?? []).map(({ size }, index) => ({
    name: scratchName(index),
    emptyDir: { sizeLimit: canonicalQuantity(size) },
  }));
  return needsToken(spec) ? [...scratch, tokenVolume()] : scratch;
}

/** The projection the ServiceAccount admission plugin would mount, made only where permissions are declared (KEP-1205). */
function tokenVolume(): V1Volume {
  return {
    name: "api-token",
    projected: {
      defaultMode: 0o440,
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

function mountsOf(spec: Spec): Pick<V1Container, "volumeMounts"> {
  const scratch: V1VolumeMount[] = (spec.scratch ?? []).map(({ path }, index) => ({
    name: scratchName(index),
    mountPath: path,
  }));
  const mounts = needsToken(spec)
    ? [...scratch, { name: "api-token", mountPath: TOKEN_MOUNT, readOnly: true }]
    : scratch;
  return mounts.length === 0 ? {} : { volumeMounts: mounts };
}
