/** The containers of a pod: the workload's own, and those beside it, each with all that the API server would default spelled out. */
import type { V1Container, V1EnvFromSource, V1EnvVar, V1Lifecycle, V1Probe } from "@kubernetes/client-node";
import { canonicalQuantity, quantityMillis } from "../../../plan/quantity.ts";
import { DEFAULT_LIMITS, DEFAULT_REQUESTS } from "../../../policies/index.ts";
import { copyOf, type ExpandInput, imageOf, isLifted } from "./input.ts";
import { type Mounting, mountsOf } from "./volumes.ts";

type Spec = ExpandInput["spec"];
type Beside = NonNullable<Spec["containers"]>[number];
type Probe = NonNullable<NonNullable<Spec["probes"]>["readiness"]>;
type Hook = NonNullable<NonNullable<Spec["lifecycle"]>["preStop"]>;

/** A container as it was declared, the first one or one beside it. */
export interface Declared extends Mounting {
  readonly name: string;
  readonly role: "Main" | Beside["role"];
  readonly ports: Spec["ports"];
  readonly fields: Omit<Beside, "name" | "role" | "claims">;
}

/** The first container, which has the workload's name and ports, then those beside it in their order. */
export function declaredContainers({ workload, spec }: ExpandInput): readonly Declared[] {
  const { files, scratch, claims = [], ports } = spec;
  const main = { name: workload.name, role: "Main" as const, ports, fields: spec, place: "", files, scratch, claims };
  const beside = (spec.containers ?? []).map((container, index) => ({
    name: container.name,
    role: container.role,
    ports: undefined,
    fields: container,
    place: `c${index}-`,
    files: container.files,
    scratch: container.scratch,
    claims: container.claims ?? [],
  }));
  return [main, ...beside];
}

/** Init containers and sidecars keep their order among each other: that order is when they run (KEP-753). */
export function containersOf(
  input: ExpandInput,
  declared: readonly Declared[],
): { readonly initContainers?: V1Container[]; readonly containers: V1Container[] } {
  const isEarly = ({ role }: Declared): boolean => role === "Init" || role === "Sidecar";
  const early = declared.filter(isEarly).map((container) => containerOf(input, container));
  const containers = declared.filter((one) => !isEarly(one)).map((container) => containerOf(input, container));
  return { ...(early.length === 0 ? {} : { initContainers: early }), containers };
}

function containerOf(input: ExpandInput, declared: Declared): V1Container {
  const { name, role, ports = [], fields } = declared;
  const { command, args, env = [], envFrom = [] } = fields;
  const volumeMounts = mountsOf(input, declared);
  return {
    name,
    image: imageOf(input, fields.image),
    imagePullPolicy: "IfNotPresent",
    ...(role === "Sidecar" ? { restartPolicy: "Always" } : {}),
    ...(command === undefined ? {} : { command: [...command] }),
    ...(args === undefined ? {} : { args: [...args] }),
    ...(ports.length === 0
      ? {}
      : { ports: ports.map(({ name: called, port, protocol }) => ({ name: called, containerPort: port, protocol })) }),
    ...(env.length === 0 ? {} : { env: env.map((entry) => envOf(input, entry)) }),
    ...(envFrom.length === 0 ? {} : { envFrom: envFrom.map((entry) => envFromOf(input, entry)) }),
    resources: resourcesOf(fields.resources, isLifted(input, "resource-limits")),
    ...probesOf(fields.probes),
    ...lifecycleOf(fields.lifecycle),
    ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  };
}

function envOf(input: ExpandInput, { name, value, valueFrom }: NonNullable<Spec["env"]>[number]): V1EnvVar {
  if (valueFrom === undefined) return { name, ...(value === undefined || value === "" ? {} : { value }) };
  const { secretKeyRef, configMapKeyRef } = valueFrom;
  return {
    name,
    valueFrom: {
      ...(secretKeyRef === undefined ? {} : { secretKeyRef: { name: secretKeyRef.name, key: secretKeyRef.key } }),
      ...(configMapKeyRef === undefined
        ? {}
        : { configMapKeyRef: { name: copyOf(input, configMapKeyRef.name), key: configMapKeyRef.key } }),
    },
  };
}

function envFromOf(
  input: ExpandInput,
  { prefix, configMap, secret }: NonNullable<Spec["envFrom"]>[number],
): V1EnvFromSource {
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(configMap === undefined ? {} : { configMapRef: { name: copyOf(input, configMap) } }),
    ...(secret === undefined ? {} : { secretRef: { name: secret } }),
  };
}

/** Declared values win, and are the only limits where `unlimited`; a default request never exceeds a declared limit, a default limit never falls below a declared request. */
function resourcesOf(
  declared: Spec["resources"],
  unlimited: boolean,
): {
  requests: Record<string, string>;
  limits?: Record<string, string>;
} {
  const requests: Record<string, string> = { "ephemeral-storage": DEFAULT_REQUESTS["ephemeral-storage"] };
  const limits: Record<string, string> = unlimited ? {} : { "ephemeral-storage": DEFAULT_LIMITS["ephemeral-storage"] };
  for (const name of ["cpu", "memory"] as const) {
    const request = declared?.requests?.[name];
    const limit = declared?.limits?.[name];
    requests[name] = canonicalQuantity(request ?? smaller(DEFAULT_REQUESTS[name], limit));
    if (limit !== undefined || !unlimited)
      limits[name] = canonicalQuantity(limit ?? larger(DEFAULT_LIMITS[name], request));
  }
  return { requests, ...(Object.keys(limits).length === 0 ? {} : { limits }) };
}

const smaller = (byDefault: string, bound: string | undefined): string =>
  bound !== undefined && quantityMillis(bound) < quantityMillis(byDefault) ? bound : byDefault;

const larger = (byDefault: string, bound: string | undefined): string =>
  bound !== undefined && quantityMillis(bound) > quantityMillis(byDefault) ? bound : byDefault;

function probesOf(probes: Spec["probes"]): Pick<V1Container, "readinessProbe" | "livenessProbe" | "startupProbe"> {
  const { readiness, liveness, startup } = probes ?? {};
  return {
    ...(readiness === undefined ? {} : { readinessProbe: probeOf(readiness) }),
    ...(liveness === undefined ? {} : { livenessProbe: probeOf(liveness) }),
    ...(startup === undefined ? {} : { startupProbe: probeOf(startup) }),
  };
}

function probeOf(probe: Probe): V1Probe {
  const { httpGet, tcpSocket, grpc, exec, initialDelaySeconds } = probe;
  const { periodSeconds, timeoutSeconds, failureThreshold, successThreshold } = probe;
  return {
    ...httpGetOf(httpGet),
    ...(tcpSocket === undefined ? {} : { tcpSocket: { port: tcpSocket.port } }),
    // The API server writes an empty name where none is given.
    ...(grpc === undefined ? {} : { grpc: { port: grpc.port, service: grpc.service ?? "" } }),
    ...execOf(exec),
    ...(initialDelaySeconds === undefined || initialDelaySeconds === 0 ? {} : { initialDelaySeconds }),
    periodSeconds: periodSeconds ?? 10,
    timeoutSeconds: timeoutSeconds ?? 1,
    failureThreshold: failureThreshold ?? 3,
    successThreshold: successThreshold ?? 1,
  };
}

function lifecycleOf(lifecycle: Spec["lifecycle"]): { readonly lifecycle?: V1Lifecycle } {
  const { postStart, preStop } = lifecycle ?? {};
  if (postStart === undefined && preStop === undefined) return {};
  return {
    lifecycle: {
      ...(postStart === undefined ? {} : { postStart: { ...execOf(postStart.exec), ...httpGetOf(postStart.httpGet) } }),
      ...(preStop === undefined ? {} : { preStop: preStopOf(preStop) }),
    },
  };
}

const preStopOf = ({ exec, httpGet, sleepSeconds }: Hook) => ({
  ...execOf(exec),
  ...httpGetOf(httpGet),
  ...(sleepSeconds === undefined ? {} : { sleep: { seconds: sleepSeconds } }),
});

const execOf = (exec: Probe["exec"]) => (exec === undefined ? {} : { exec: { command: [...exec.command] } });

function httpGetOf(httpGet: Probe["httpGet"]) {
  if (httpGet === undefined) return {};
  const { path, port, scheme, headers = [] } = httpGet;
  const httpHeaders = headers.map(({ name, value }) => ({ name, value }));
  return { httpGet: { path, port, scheme, ...(httpHeaders.length === 0 ? {} : { httpHeaders }) } };
}
