/** The containers of a pod. Every default of the API server is spelled out. */
import type {
  V1Container,
  V1EnvFromSource,
  V1EnvVar,
  V1EnvVarSource,
  V1Lifecycle,
  V1Probe,
} from "@kubernetes/client-node";
import { canonicalQuantity, plus, type Quantity, quantityMillis } from "../kubernetes/quantity.ts";
import { DEFAULT_LIMITS, DEFAULT_REQUESTS } from "../policies/index.ts";
import { optionalOf, podField, resourceField } from "./downward.ts";
import { copyOf, type ExpandInput, imageOf, isAbsent, isLifted } from "./input.ts";
import { type ScratchUse, scratchUse } from "./scratch.ts";
import { type Mounting, mountsOf } from "./volumes.ts";

type Spec = ExpandInput["spec"];
type Beside = NonNullable<Spec["containers"]>[number];
type Probe = NonNullable<NonNullable<Spec["probes"]>["readiness"]>;
type Hook = NonNullable<NonNullable<Spec["lifecycle"]>["preStop"]>;

/** A declared container: the first one, or one of `spec.containers`. */
export interface Declared extends Mounting {
  readonly name: string;
  readonly role: "Main" | Beside["role"];
  readonly ports: Spec["ports"];
  /** Only of a container beside the first: the pod says the user of the others. */
  readonly runAs: Beside["runAs"];
  readonly fields: Omit<Beside, "name" | "role" | "claims" | "runAs">;
}

/** The first container, which has the workload's name and ports, then `spec.containers` in their order. */
export function declaredContainers({ workload, spec }: ExpandInput): readonly Declared[] {
  const { files, scratch, claims = [], ports } = spec;
  const main = {
    name: workload.name,
    role: "Main" as const,
    ports,
    runAs: undefined,
    fields: spec,
    place: "",
    files,
    scratch,
    claims,
  };
  const beside = (spec.containers ?? []).map((container, index) => ({
    name: container.name,
    role: container.role,
    ports: undefined,
    runAs: container.runAs,
    fields: container,
    place: `c${index}-`,
    files: container.files,
    scratch: container.scratch,
    claims: container.claims ?? [],
  }));
  return [main, ...beside];
}

/** Init containers and sidecars keep their order: Kubernetes starts them in it (KEP-753). */
export function containersOf(
  input: ExpandInput,
  declared: readonly Declared[],
): { readonly initContainers?: V1Container[]; readonly containers: V1Container[] } {
  const isEarly = ({ role }: Declared): boolean => role === "Init" || role === "Sidecar";
  const early = declared.filter(isEarly).map((container) => containerOf(input, container, declared));
  const containers = declared
    .filter((one) => !isEarly(one))
    .map((container) => containerOf(input, container, declared));
  return { ...(early.length === 0 ? {} : { initContainers: early }), containers };
}

function containerOf(input: ExpandInput, declared: Declared, all: readonly Declared[]): V1Container {
  const { name, role, ports = [], runAs, fields } = declared;
  const numberOf = portNumbers(input.spec);
  const { command, args, workingDir } = fields;
  const { env, envFrom } = present(input, fields);
  const volumeMounts = mountsOf(input, declared);
  return {
    name,
    image: imageOf(input, fields.image),
    imagePullPolicy: "IfNotPresent",
    ...(role === "Sidecar" ? { restartPolicy: "Always" } : {}),
    ...(command === undefined ? {} : { command: [...command] }),
    ...(args === undefined ? {} : { args: [...args] }),
    ...(workingDir === undefined ? {} : { workingDir }),
    ...(ports.length === 0
      ? {}
      : { ports: ports.map(({ name: called, port, protocol }) => ({ name: called, containerPort: port, protocol })) }),
    ...(env.length === 0 ? {} : { env: env.map((entry) => envOf(input, entry)) }),
    ...(envFrom.length === 0 ? {} : { envFrom: envFrom.map((entry) => envFromOf(input, entry)) }),
    resources: resourcesOf(fields.resources, scratchUse(declared, all), isLifted(input, "resource-limits")),
    ...probesOf(fields.probes, numberOf),
    ...lifecycleOf(fields.lifecycle, numberOf),
    ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ...(runAs === undefined ? {} : { securityContext: userOf(runAs) }),
  };
}

const userOf = ({ user, group }: NonNullable<Beside["runAs"]>) => ({ runAsUser: user, runAsGroup: group ?? user });

type NumberOf = (port: number | string) => number;

/** What a port's name stands for; the schema knows every name. */
const portNumbers =
  ({ ports = [] }: Spec): NumberOf =>
  (port) =>
    typeof port === "number" ? port : (ports.find(({ name }) => name === port)?.port ?? 0);

/** The variables without those of optional ConfigMaps that are not there: the API server takes no name for them that nobody could make. */
const present = (input: ExpandInput, { env = [], envFrom = [] }: Pick<Spec, "env" | "envFrom">) => ({
  env: env.filter(({ valueFrom: { configMapKeyRef: from } = {} }) => !isAbsent(input, from?.name, from?.optional)),
  envFrom: envFrom.filter(({ configMap, optional }) => !isAbsent(input, configMap, optional)),
});

function envOf(input: ExpandInput, { name, value, valueFrom }: NonNullable<Spec["env"]>[number]): V1EnvVar {
  if (valueFrom === undefined) return { name, ...(value === undefined || value === "" ? {} : { value }) };
  return { name, valueFrom: valueFromOf(input, valueFrom) };
}

function valueFromOf(
  input: ExpandInput,
  {
    secretKeyRef,
    configMapKeyRef,
    fieldRef,
    resourceFieldRef,
  }: NonNullable<NonNullable<Spec["env"]>[number]["valueFrom"]>,
): V1EnvVarSource {
  if (fieldRef !== undefined) return { fieldRef: podField(fieldRef) };
  if (resourceFieldRef !== undefined) return { resourceFieldRef: resourceField(resourceFieldRef) };
  if (secretKeyRef !== undefined) return { secretKeyRef: keyOf(secretKeyRef) };
  const { name = "", key = "", optional } = configMapKeyRef ?? {};
  return { configMapKeyRef: keyOf({ name: copyOf(input, name), key, optional }) };
}

const keyOf = ({ name, key, optional }: { name: string; key: string; optional?: boolean | undefined }) => ({
  name,
  key,
  ...optionalOf(optional),
});

function envFromOf(
  input: ExpandInput,
  { prefix, configMap, secret, optional }: NonNullable<Spec["envFrom"]>[number],
): V1EnvFromSource {
  const whether = optionalOf(optional);
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(configMap === undefined ? {} : { configMapRef: { name: copyOf(input, configMap), ...whether } }),
    ...(secret === undefined ? {} : { secretRef: { name: secret, ...whether } }),
  };
}

/**
 * Declared values win; `unlimited` adds no default limits. A default request never exceeds a declared limit, and a default limit
 * never falls below a declared request. A request of memory follows its limit, as in Kubernetes, and who limits memory alone gets no limit of CPU.
 * Scratch comes on top of every default: a pod that uses what it declares is never evicted for it.
 */
function resourcesOf(
  declared: Spec["resources"],
  scratch: ScratchUse,
  unlimited: boolean,
): {
  requests: Record<string, string>;
  limits?: Record<string, string>;
} {
  const byDefault = withScratch(scratch);
  const requests: Record<string, string> = { "ephemeral-storage": byDefault.requests["ephemeral-storage"] };
  const limits: Record<string, string> = unlimited
    ? {}
    : { "ephemeral-storage": byDefault.limits["ephemeral-storage"] };
  for (const name of ["cpu", "memory"] as const) {
    const request = declared?.requests?.[name];
    const limit = declared?.limits?.[name];
    requests[name] = canonicalQuantity(request ?? defaultRequest(name, limit, byDefault.requests));
    if (limit !== undefined) limits[name] = canonicalQuantity(limit);
    else if (!unlimited && !isUnlimited(name, declared))
      limits[name] = canonicalQuantity(larger(byDefault.limits[name], request));
  }
  return { requests, ...(Object.keys(limits).length === 0 ? {} : { limits }) };
}

type Amount = "cpu" | "memory";

const defaultRequest = (name: Amount, limit: Quantity | undefined, byDefault: Record<Amount, string>): Quantity =>
  name === "memory" && limit !== undefined ? limit : smaller(byDefault[name], limit);

const isUnlimited = (name: Amount, declared: Spec["resources"]): boolean =>
  name === "cpu" && declared?.limits?.memory !== undefined;

const withScratch = ({ disk, memory }: ScratchUse) => ({
  requests: {
    ...DEFAULT_REQUESTS,
    "ephemeral-storage": plus(DEFAULT_REQUESTS["ephemeral-storage"], disk),
    memory: plus(DEFAULT_REQUESTS.memory, memory),
  },
  limits: {
    ...DEFAULT_LIMITS,
    "ephemeral-storage": plus(DEFAULT_LIMITS["ephemeral-storage"], disk),
    memory: plus(DEFAULT_LIMITS.memory, memory),
  },
});

const smaller = (byDefault: string, bound: Quantity | undefined): Quantity =>
  bound !== undefined && quantityMillis(bound) < quantityMillis(byDefault) ? bound : byDefault;

const larger = (byDefault: string, bound: Quantity | undefined): Quantity =>
  bound !== undefined && quantityMillis(bound) > quantityMillis(byDefault) ? bound : byDefault;

function probesOf(
  probes: Spec["probes"],
  numberOf: NumberOf,
): Pick<V1Container, "readinessProbe" | "livenessProbe" | "startupProbe"> {
  const { readiness, liveness, startup } = probes ?? {};
  return {
    ...(readiness === undefined ? {} : { readinessProbe: probeOf(readiness, numberOf) }),
    ...(liveness === undefined ? {} : { livenessProbe: probeOf(liveness, numberOf) }),
    ...(startup === undefined ? {} : { startupProbe: probeOf(startup, numberOf) }),
  };
}

function probeOf(probe: Probe, numberOf: NumberOf): V1Probe {
  const { httpGet, tcpSocket, grpc, exec, initialDelaySeconds } = probe;
  const { periodSeconds, timeoutSeconds, failureThreshold, successThreshold } = probe;
  return {
    ...httpGetOf(httpGet, numberOf),
    ...(tcpSocket === undefined ? {} : { tcpSocket: { port: numberOf(tcpSocket.port) } }),
    // The API server writes an empty name where none is given.
    ...(grpc === undefined ? {} : { grpc: { port: numberOf(grpc.port), service: grpc.service ?? "" } }),
    ...execOf(exec),
    ...(initialDelaySeconds === undefined || initialDelaySeconds === 0 ? {} : { initialDelaySeconds }),
    periodSeconds: periodSeconds ?? 10,
    timeoutSeconds: timeoutSeconds ?? 1,
    failureThreshold: failureThreshold ?? 3,
    successThreshold: successThreshold ?? 1,
  };
}

function lifecycleOf(lifecycle: Spec["lifecycle"], numberOf: NumberOf): { readonly lifecycle?: V1Lifecycle } {
  const { postStart, preStop } = lifecycle ?? {};
  if (postStart === undefined && preStop === undefined) return {};
  return {
    lifecycle: {
      ...(postStart === undefined
        ? {}
        : { postStart: { ...execOf(postStart.exec), ...httpGetOf(postStart.httpGet, numberOf) } }),
      ...(preStop === undefined ? {} : { preStop: preStopOf(preStop, numberOf) }),
    },
  };
}

const preStopOf = ({ exec, httpGet, sleepSeconds }: Hook, numberOf: NumberOf) => ({
  ...execOf(exec),
  ...httpGetOf(httpGet, numberOf),
  ...(sleepSeconds === undefined ? {} : { sleep: { seconds: sleepSeconds } }),
});

const execOf = (exec: Probe["exec"]) => (exec === undefined ? {} : { exec: { command: [...exec.command] } });

function httpGetOf(httpGet: Probe["httpGet"], numberOf: NumberOf) {
  if (httpGet === undefined) return {};
  const { path, port, scheme, headers = [] } = httpGet;
  const httpHeaders = headers.map(({ name, value }) => ({ name, value }));
  return { httpGet: { path, port: numberOf(port), scheme, ...(httpHeaders.length === 0 ? {} : { httpHeaders }) } };
}
