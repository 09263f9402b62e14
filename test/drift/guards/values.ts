/** Objects in which one path differs: a value for every type, and what a type needs beside the field that is written. Pure. */

import { behind, ITEM, isKey, type Path, type Schema, type Schemas, type Step, type Type, VALUE } from "./schema.ts";

/** In place of a value: the path is taken away. */
export const REMOVED = Symbol("removed");

export type Value = unknown;

const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";

const NAMED = { name: "probe" };

const METRICS: Readonly<Record<string, object>> = {
  resource: { type: "Resource" },
  pods: { type: "Pods" },
  object: { type: "Object" },
  external: { type: "External" },
  containerResource: { type: "ContainerResource" },
};

/** What a type takes beside the fields that its schema requires, by the field that is written inside of it. */
const NEEDS: Readonly<Record<string, (field: Step) => object>> = {
  AzureDiskVolumeSource: () => ({
    diskName: "probe",
    diskURI: "https://probe.blob.core.windows.net/probe/probe.vhd",
    kind: "Dedicated",
  }),
  ClusterTrustBundleProjection: (field) =>
    field === "name" ? { path: "probe" } : { signerName: "example.com/probe", path: "probe" },
  ConfigMapEnvSource: () => NAMED,
  ConfigMapKeySelector: () => ({ name: "probe", key: "probe" }),
  ConfigMapProjection: () => NAMED,
  ConfigMapVolumeSource: () => NAMED,
  Container: (field) => ({
    name: "probe",
    image: "registry.example.com/probe:1",
    ...(field === "restartPolicyRules" ? { restartPolicy: "Never" } : {}),
  }),
  ContainerResizePolicy: () => ({ resourceName: "memory", restartPolicy: "NotRequired" }),
  ContainerRestartRule: () => ({ action: "Restart", exitCodes: { operator: "In", values: [1] } }),
  ContainerPort: () => ({ containerPort: 8_081 }),
  EndpointPort: () => ({ name: "probe", port: 8_081, protocol: "TCP" }),
  EndpointAddress: () => ({ ip: "10.9.9.9" }),
  Endpoint: () => ({ addresses: ["10.9.9.9"] }),
  EndpointSubset: () => ({ addresses: [{ ip: "10.9.9.9" }], ports: [{ port: 8_081 }] }),
  EnvFromSource: unlessIn(["configMapRef", "secretRef"], { configMapRef: { name: "probe" } }),
  EnvVarSource: unlessIn(["configMapKeyRef", "secretKeyRef", "resourceFieldRef", "fileKeyRef"], {
    fieldRef: { fieldPath: "metadata.name" },
  }),
  EphemeralContainer: () => ({
    name: "probe",
    image: "registry.example.com/probe:1",
    terminationMessagePolicy: "File",
  }),
  EphemeralVolumeSource: () => ({
    volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  }),
  ExecAction: () => ({ command: ["probe"] }),
  HostAlias: () => ({ ip: "10.9.9.9", hostnames: ["probe"] }),
  HTTPGetAction: () => ({ path: "/probe", port: 8_081, scheme: "HTTP" }),
  HTTPIngressPath: () => ({ path: "/probe", pathType: "Prefix", backend: A_BACKEND }),
  HTTPIngressRuleValue: () => ({ paths: [{ path: "/probe", pathType: "Prefix", backend: A_BACKEND }] }),
  IngressBackend: unlessIn(["resource"], A_BACKENDS_SERVICE()),
  IngressServiceBackend: () => ({ name: "probe", port: { number: 80 } }),
  ISCSIVolumeSource: () => ({ targetPortal: "10.9.9.9:3260", iqn: "iqn.2001-04.com.example:probe", lun: 0 }),
  IPBlock: () => ({ cidr: "10.0.0.0/8" }),
  KeyToPath: () => ({ key: "probe", path: "probe" }),
  LabelSelectorRequirement: (field) => ({ key: "probe", ...operatorFor(field, "In") }),
  Lifecycle: unlessIn(["postStart", "preStop", "stopSignal"], { preStop: { sleep: { seconds: 1 } } }),
  LifecycleHandler: unlessIn(["exec", "httpGet", "sleep", "tcpSocket"], { exec: { command: ["probe"] } }),
  LocalObjectReference: () => ({ name: "probe" }),
  MetricIdentifier: () => ({ name: "probe" }),
  MetricSpec: (field) => METRICS[field] ?? METRICS["resource"] ?? {},
  MetricTarget: (field) => TARGETS[field] ?? { type: "AverageValue", averageValue: "1" },
  NetworkPolicyPeer: unlessIn(["ipBlock"], { podSelector: {} }),
  NodeSelector: () => ({ nodeSelectorTerms: [{ matchExpressions: [{ key: "probe", operator: "Exists" }] }] }),
  NodeSelectorRequirement: (field) => ({ key: "probe", ...operatorFor(field, "In") }),
  ObjectFieldSelector: () => ({ fieldPath: "metadata.name" }),
  OwnerReference: () => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    name: "probe",
    uid: "00000000-0000-4000-8000-000000000000",
  }),
  PersistentVolumeClaim: () => ({
    metadata: { name: "probe" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  }),
  PersistentVolumeClaimCondition: () => ({ type: "Resizing", status: "True" }),
  PodAffinityTerm: () => ({
    topologyKey: "kubernetes.io/hostname",
    labelSelector: { matchLabels: { probe: "probe" } },
  }),
  PodCertificateProjection: () => ({
    signerName: "example.com/probe",
    keyType: "ED25519",
    credentialBundlePath: "probe",
  }),
  PodResourceClaim: () => ({ name: "probe", resourceClaimName: "probe" }),
  PodDNSConfigOption: () => ({ name: "probe" }),
  PodFailurePolicyRule: unlessIn(["onExitCodes"], {
    action: "Count",
    onPodConditions: [{ type: "Probe", status: "True" }],
  }),
  PodFailurePolicyOnExitCodesRequirement: () => ({ operator: "In", values: [1] }),
  PolicyRule: () => ({ apiGroups: [""], resources: ["pods"], verbs: ["get"] }),
  PreferredSchedulingTerm: () => ({
    weight: 1,
    preference: { matchExpressions: [{ key: "probe", operator: "Exists" }] },
  }),
  NodeSelectorTerm: unlessIn(["matchFields"], { matchExpressions: [{ key: "probe", operator: "Exists" }] }),
  Probe: unlessIn(["exec", "grpc", "httpGet", "tcpSocket"], { tcpSocket: { port: 8_081 } }),
  QuobyteVolumeSource: () => ({ registry: "probe:7861", volume: "probe" }),
  ResourceFieldSelector: () => ({ resource: "limits.cpu" }),
  ResourceMetricSource: () => ({ name: "memory", target: { type: "Utilization", averageUtilization: 50 } }),
  RollingUpdateDeployment: () => ({ maxSurge: 1, maxUnavailable: 1 }),
  ScaleIOVolumeSource: () => ({ gateway: "probe", system: "probe", volumeName: "probe", secretRef: NAMED }),
  SecretEnvSource: () => NAMED,
  SecretKeySelector: () => ({ name: "probe", key: "probe" }),
  SecretProjection: () => NAMED,
  SecretVolumeSource: () => ({ secretName: "probe" }),
  StorageOSVolumeSource: () => ({ volumeName: "probe", volumeNamespace: "probe" }),
  SeccompProfile: (field) => (field === "localhostProfile" ? { type: "Localhost" } : { type: "Unconfined" }),
  AppArmorProfile: (field) => (field === "localhostProfile" ? { type: "Localhost" } : { type: "Unconfined" }),
  ServicePort: () => ({ name: "probe", port: 8_081, protocol: "TCP" }),
  SessionAffinityConfig: () => ({ clientIP: { timeoutSeconds: 60 } }),
  Subject: () => ({ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "probe" }),
  Sysctl: () => ({ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }),
  Taint: () => ({ key: "probe", effect: "NoSchedule" }),
  Toleration: (field) => ({ key: "probe", ...operatorFor(field, "Equal") }),
  TopologySpreadConstraint: () => ({
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { probe: "probe" } },
  }),
  Volume: (field) => (["[]", "name"].includes(field) ? { name: "probe", emptyDir: {} } : { name: "probe" }),
  VolumeMount: () => ({ name: "probe", mountPath: "/probe" }),
  WeightedPodAffinityTerm: () => ({
    weight: 1,
    podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { probe: "probe" } } },
  }),
};

const A_BACKEND = { service: { name: "probe", port: { number: 80 } } };
function A_BACKENDS_SERVICE(): object {
  return { service: { name: "probe", port: { number: 80 } } };
}

const TARGETS: Readonly<Record<string, object>> = {
  value: { type: "Value", value: "1" },
  averageUtilization: { type: "Utilization", averageUtilization: 50 },
};

function unlessIn(fields: readonly Step[], needed: object): (field: Step) => object {
  return (field) => (fields.includes(field) ? {} : needed);
}

const operatorFor = (field: Step, withValues: string): object =>
  ["values", "value"].includes(field)
    ? { operator: withValues, ...(field === "values" ? {} : { value: "probe" }) }
    : { operator: "Exists" };

const shortName = ({ name }: Type): string => name.split(".").at(-1) ?? name;

/** As little as the type takes, for a write into `field` of it. */
export function minimal(type: Type, field: Step, schemas: Schemas): Value {
  const { schema } = type;
  if (schema.items !== undefined) return [];
  if (schema.additionalProperties !== undefined) return {};
  if (schema.properties === undefined) return valuesFor(type, "", undefined)[0];
  const required = Object.fromEntries(
    (schema.required ?? []).flatMap((name) => {
      const inner = behind(type, name, schemas);
      return inner === undefined ? [] : [[name, filled(inner, schemas)]];
    }),
  );
  // What is made here is written into.
  return { ...required, ...structuredClone(NEEDS[shortName(type)]?.(field)) };
}

/** A required list has to hold something. */
function filled(type: Type, schemas: Schemas): Value {
  const item = type.schema.items === undefined ? undefined : behind(type, ITEM, schemas);
  if (item !== undefined) return [minimal(item, "", schemas)];
  return minimal(type, "", schemas);
}

const TEXTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/image$/i, ["registry.example.com/probe:1"]],
  [/(path|dir|pattern)$/i, ["/probe", "probe"]],
  [/cidr|sourceranges/i, ["10.0.0.0/8"]],
  [/ips?$|addresses|server/i, ["10.9.9.9"]],
  [/host/i, ["probe.example.com", "10.9.9.9"]],
  [/schedule$/, ["1 1 1 1 1"]],
  [/timezone/i, ["Europe/Berlin", "Etc/UTC"]],
  [/quantity|divisor/i, ["1"]],
  [/uid$/i, ["00000000-0000-4000-8000-000000000000"]],
  [/apiversion/i, ["v1"]],
  [/verbs/, ["get"]],
  [/device/i, ["/dev/probe"]],
  [/fieldpath$/i, ["metadata.namespace"]],
  [/^resource$/, ["limits.memory"]],
  [/selectpolicy$/i, ["Min", "Disabled"]],
  [/^type$/, ["Pods", "Percent", "Localhost", "OnDelete", "Value"]],
  [/operator$/i, ["NotIn", "Exists", "DoesNotExist"]],
  [/restartpolicy$/i, ["OnFailure", "Never", "Always", "RestartContainer"]],
  [/enforce$/, ["privileged"]],
];

const PLAIN = ["probe", "probe.example.com/probe", "1", "2", "1Gi"] as const;

/** Values that a schema hardly names: those that its description does. */
function wordsIn(description = ""): readonly string[] {
  const found = [...description.matchAll(/[`"']([A-Za-z0-9./-]+)[`"']|\b([A-Z][A-Za-z]+)\b/g)];
  return [...new Set(found.map(([, quoted, word]) => quoted ?? word ?? ""))].slice(0, 24);
}

function textsFor({ enum: values, description, format }: Schema, field: Step): readonly string[] {
  if (values !== undefined) return values.filter((one): one is string => typeof one === "string" && one !== "");
  if (format === "date-time") return ["2030-01-01T00:00:00Z", "2030-01-01T00:00:00.000000Z"];
  if (format === "byte") return ["cHJvYmU="];
  const fitting = TEXTS.flatMap(([pattern, texts]) => (pattern.test(field) ? texts : []));
  return [...fitting, ...PLAIN, ...wordsIn(description)];
}

const NUMBERS = [1, 2, 0, 8_081, 30_081, 65_534, 3_600, 50];

/** What may be written there instead of what is, the likeliest first. `field` is the nearest name on the way to it. */
export function valuesFor(type: Type, field: Step, live: Value): readonly Value[] {
  return candidates(type, field).filter((value) => JSON.stringify(value) !== JSON.stringify(live));
}

function candidates({ name, schema }: Type, field: Step): readonly Value[] {
  if (name === QUANTITY) return ["1", "1Gi"];
  if (schema.format === "int-or-string") return [1, "1%", "probe"];
  if (schema.type === "boolean") return [true, false];
  if (schema.type === "integer" || schema.type === "number") return NUMBERS;
  if (schema.type === "string") return textsFor(schema, field);
  return [{ probe: "probe" }];
}

/** Go writes null for a list that holds nothing. */
const isAbsent = (value: Value): boolean => value === undefined || value === null;

const clone = (value: Value): Value => structuredClone(value);

const at = (value: Value, step: Step): Value => {
  if (step === ITEM) return Array.isArray(value) ? value[0] : undefined;
  const key = isKey(step) ? step.slice(1, -1) : step;
  return (value as Record<string, Value> | undefined | null)?.[key];
};

export const valueAt = (object: Value, steps: readonly Step[]): Value =>
  steps.reduce<Value>((value, step) => at(value, step), object);

/** The object with another value at a path; what is on the way to it is made where it is not there, and at the step `fresh` in any case. */
export function withValue(object: Value, path: Path, value: Value, { schemas, fresh }: Making): Value {
  const { steps, types } = path;
  const made = clone(object);
  let parent = made;
  for (const [index, step] of steps.slice(0, -1).entries()) {
    const type = types[index + 1];
    if (type === undefined) return undefined;
    if (index === fresh || isAbsent(at(parent, step)))
      put(parent, step, minimal(type, steps[index + 1] ?? "", schemas));
    parent = index === fresh ? (parent as readonly Value[]).at(-1) : at(parent, step);
  }
  const last = steps.at(-1) ?? "";
  if (value === REMOVED) remove(parent, last);
  else if (last === ITEM) (parent as Value[]).push(value);
  else put(parent, last, value);
  return made;
}

interface Making {
  readonly schemas: Schemas;
  /** The index of an item that is made anew, beside those that are there. */
  readonly fresh?: number | undefined;
}

function put(parent: Value, step: Step, value: Value): void {
  if (step === ITEM) (parent as Value[]).push(value);
  else (parent as Record<string, Value>)[isKey(step) ? step.slice(1, -1) : step] = value;
}

function remove(parent: Value, step: Step): void {
  if (step === ITEM) (parent as Value[]).shift();
  else delete (parent as Record<string, Value>)[isKey(step) ? step.slice(1, -1) : step];
}

const KEYS = ["probe", "probe.example.com/probe", "memory"];

export interface Write {
  readonly object: Value;
  /** Where the object differs from the live one. */
  readonly scope: readonly Step[];
  /** Whether the path is taken away. */
  readonly removes: boolean;
}

/**
 * Every way to write a path of a live object, the likeliest first; none where its writes are those of the paths inside it. A field of an item is written
 * in the item that is there, and then in one of its own: some fields exclude each other.
 */
export function writesOf(object: Value, path: Path, schemas: Schemas, key?: string): readonly Write[] {
  const inItems = path.steps.flatMap((step, index) => (step === ITEM && index < path.steps.length - 1 ? [index] : []));
  const there = waysOf(object, path, { schemas }, key);
  if (there.length === 0 || there[0]?.removes === true) return there;
  const beside = inItems.reverse().map((fresh) => waysOf(object, path, { schemas, fresh }, key));
  return [...there.slice(0, LIKELY), ...beside.flatMap((ways) => ways.slice(0, LIKELY)), ...there.slice(LIKELY)];
}

const LIKELY = 6;

function waysOf(object: Value, path: Path, making: Making, key?: string): readonly Write[] {
  const { steps, types } = path;
  const { schemas, fresh } = making;
  const last = steps.at(-1) ?? "";
  const type = types.at(-1);
  if (type === undefined) return [];
  const live = fresh === undefined ? valueAt(object, steps) : undefined;
  const write = (value: Value, to: readonly Step[] = steps): Write => ({
    object: withValue(object, { steps: to, types }, value, making),
    scope: fresh === undefined ? scopeOf(object, to) : to.slice(0, fresh),
    removes: value === REMOVED,
  });
  const field = [...steps].reverse().find((step) => step !== ITEM && !isKey(step)) ?? "";
  const holds = type.schema.properties ?? type.schema.items ?? type.schema.additionalProperties;
  if (last === VALUE)
    return (key === undefined ? KEYS : [key]).flatMap((one) => {
      const to = withKey(steps, one);
      return valuesFor(type, key ?? field, valueAt(object, to)).map((value) => write(value, to));
    });
  if (last === ITEM && holds === undefined) return valuesFor(type, field, undefined).map((value) => write(value));
  if (last === ITEM) return itemsLike(live, type, keysOf(path), schemas).map((value) => write(value));
  if (holds !== undefined) return isAbsent(live) ? [] : [write(REMOVED)];
  return valuesFor(type, field, live).map((value) => write(value));
}

/** A new item changes its list, and a field of what is not there makes that. */
function scopeOf(object: Value, steps: readonly Step[]): readonly Step[] {
  const until = steps.findIndex((_, index) => isAbsent(valueAt(object, steps.slice(0, index + 1))));
  const scope = until < 0 ? steps : steps.slice(0, until + 1);
  return scope.at(-1) === ITEM ? scope.slice(0, -1) : scope;
}

/** By these a list tells its items apart. */
const keysOf = ({ types }: Path): readonly string[] => types.at(-2)?.schema["x-kubernetes-list-map-keys"] ?? ["name"];

/** A new item; and one like that which is there, under another key, for what a new one alone would not fit. */
function itemsLike(live: Value, type: Type, keys: readonly string[], schemas: Schemas): readonly Value[] {
  const item = minimal(type, ITEM, schemas);
  if (live === undefined || live === null || typeof live !== "object" || typeof item !== "object") return [item];
  const own = Object.entries(item ?? {}).filter(([key]) => keys.includes(key));
  return [item, { ...live, ...Object.fromEntries(own) }];
}

const withKey = (steps: readonly Step[], key: string): readonly Step[] => [...steps.slice(0, -1), `{${key}}`];
