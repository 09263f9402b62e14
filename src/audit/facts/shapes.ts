/** The shape of what the audit reads. Another one is judged as far as it goes, and told: the API server would refuse it. Pure. */
import type { Step } from "../../manifests/parse.ts";
import type { Sighting } from "../place.ts";
import { record } from "../raw.ts";
import { templatePath } from "./pod-source.ts";

/** `text` may be a number or a switch too, as variables in files often are; `any` of a record stands for each of its fields. */
type Shape = "text" | "number" | "true or false" | readonly [Shape] | { readonly [field: string]: Shape };

const TEXTS = ["text"] as const;
const MAP = { any: "text" } as const;
const SWITCH = "true or false";
const NAMED = { name: "text" } as const;
const SELECTOR = { matchLabels: MAP, matchExpressions: [{ key: "text", operator: "text", values: TEXTS }] } as const;

const CONTEXT = {
  runAsUser: "number",
  runAsGroup: "number",
  runAsNonRoot: SWITCH,
  seccompProfile: { type: "text" },
  appArmorProfile: { type: "text" },
  seLinuxOptions: MAP,
  windowsOptions: { hostProcess: SWITCH },
} as const;

const CONTAINER: Shape = {
  ...NAMED,
  image: "text",
  command: TEXTS,
  args: TEXTS,
  env: [{ ...NAMED, value: "text", valueFrom: { secretKeyRef: NAMED, configMapKeyRef: NAMED } }],
  envFrom: [{ secretRef: NAMED, configMapRef: NAMED }],
  ports: [{ ...NAMED, containerPort: "number", hostPort: "number", hostIP: "text", protocol: "text" }],
  volumeMounts: [{ ...NAMED, mountPath: "text", readOnly: SWITCH }],
  securityContext: {
    ...CONTEXT,
    privileged: SWITCH,
    allowPrivilegeEscalation: SWITCH,
    readOnlyRootFilesystem: SWITCH,
    procMount: "text",
    capabilities: { add: TEXTS, drop: TEXTS },
  },
};

const POD: Shape = {
  serviceAccountName: "text",
  automountServiceAccountToken: SWITCH,
  hostPID: SWITCH,
  hostIPC: SWITCH,
  hostNetwork: SWITCH,
  hostUsers: SWITCH,
  securityContext: { ...CONTEXT, sysctls: [{ ...NAMED, value: "text" }] },
  containers: [CONTAINER],
  initContainers: [CONTAINER],
  ephemeralContainers: [CONTAINER],
  volumes: [
    {
      ...NAMED,
      hostPath: { path: "text" },
      secret: { secretName: "text" },
      configMap: NAMED,
      persistentVolumeClaim: { claimName: "text" },
      projected: { sources: [{ secret: NAMED, configMap: NAMED, serviceAccountToken: { audience: "text" } }] },
    },
  ],
};

const TEMPLATE: Shape = { metadata: { labels: MAP, annotations: MAP }, spec: POD };

const PEERS: Shape = [
  { podSelector: SELECTOR, namespaceSelector: SELECTOR, ipBlock: { cidr: "text", except: TEXTS } },
] as const;
const POLICY_PORTS: Shape = [{ port: "text", endPort: "number", protocol: "text" }];

const BACKEND: Shape = { service: { ...NAMED, port: { ...NAMED, number: "number" } }, serviceName: "text" };

const ROLE: Shape = {
  rules: [{ verbs: TEXTS, apiGroups: TEXTS, resources: TEXTS, resourceNames: TEXTS, nonResourceURLs: TEXTS }],
  aggregationRule: { clusterRoleSelectors: [SELECTOR] },
};
const BINDING: Shape = {
  roleRef: { kind: "text", name: "text" },
  subjects: [{ kind: "text", name: "text", namespace: "text" }],
};

const SHAPES: Readonly<Record<string, Shape>> = {
  Service: {
    spec: {
      type: "text",
      selector: MAP,
      externalIPs: TEXTS,
      loadBalancerSourceRanges: TEXTS,
      ports: [{ ...NAMED, port: "number", targetPort: "text", nodePort: "number", protocol: "text" }],
    },
  },
  Ingress: {
    spec: {
      ingressClassName: "text",
      defaultBackend: BACKEND,
      backend: BACKEND,
      rules: [{ http: { paths: [{ backend: BACKEND }] } }],
    },
  },
  HTTPRoute: {
    spec: { parentRefs: [NAMED], rules: [{ backendRefs: [{ ...NAMED, namespace: "text", port: "number" }] }] },
  },
  NetworkPolicy: {
    spec: {
      podSelector: SELECTOR,
      policyTypes: TEXTS,
      ingress: [{ from: PEERS, ports: POLICY_PORTS }],
      egress: [{ to: PEERS, ports: POLICY_PORTS }],
    },
  },
  Role: ROLE,
  ClusterRole: ROLE,
  RoleBinding: BINDING,
  ClusterRoleBinding: BINDING,
  ServiceAccount: { automountServiceAccountToken: SWITCH },
  ConfigMap: { data: MAP },
  PersistentVolume: {
    spec: { hostPath: { path: "text" }, local: { path: "text" }, claimRef: { ...NAMED, namespace: "text" } },
  },
  PersistentVolumeClaim: { spec: { volumeName: "text", storageClassName: "text" } },
};

const METADATA: Shape = {
  metadata: { namespace: "text", labels: MAP, annotations: MAP, ownerReferences: [{ kind: "text", name: "text" }] },
};

const OWN_GROUPS =
  /^(v1|(apps|batch|extensions|networking\.k8s\.io|rbac\.authorization\.k8s\.io|gateway\.networking\.k8s\.io)\/.*)$/;

export interface Malformed {
  readonly path: readonly Step[];
  readonly problem: string;
}

/** The first part of an object that has another shape than its API gives it. Of kinds of others only pods are known. */
export function malformedIn({ object, kind }: Sighting): Malformed | undefined {
  const isOwn = OWN_GROUPS.test(object.apiVersion ?? "");
  const [metadata] = wrong(object, METADATA, []);
  const [own] = isOwn && Object.hasOwn(SHAPES, kind) ? wrong(object, SHAPES[kind] ?? {}, []) : [];
  return metadata ?? own ?? (isOwn ? wrongPod(object, kind) : undefined);
}

function wrongPod(object: Sighting["object"], kind: string): Malformed | undefined {
  const path = templatePath(kind);
  if (path === undefined) return undefined;
  const template = path.reduce<unknown>((value, step) => record(value)[step], object);
  const [found] = wrong(template, TEMPLATE, path);
  if (found !== undefined) return found;
  const containers = record(record(template)["spec"])["containers"];
  return Array.isArray(containers) && containers.length > 0
    ? undefined
    : { path: [...path, "spec"], problem: "must have containers" };
}

function* wrong(value: unknown, shape: Shape, path: readonly Step[]): Iterable<Malformed> {
  if (value === undefined || value === null) return;
  if (typeof shape === "string") {
    if (!isOf(value, shape)) yield { path, problem: `must be ${shape === SWITCH ? shape : `a ${shape}`}` };
  } else if (isList(shape)) yield* wrongList(value, shape[0], path);
  else yield* wrongRecord(value, shape, path);
}

function* wrongList(value: unknown, shape: Shape, path: readonly Step[]): Iterable<Malformed> {
  if (!Array.isArray(value)) yield { path, problem: "must be a list" };
  else
    for (const [index, item] of value.entries())
      if (item === null) yield { path: [...path, index], problem: "must not be empty" };
      else yield* wrong(item, shape, [...path, index]);
}

function* wrongRecord(
  value: unknown,
  shape: Readonly<Record<string, Shape>>,
  path: readonly Step[],
): Iterable<Malformed> {
  if (typeof value !== "object" || Array.isArray(value)) yield { path, problem: "must hold fields" };
  else {
    const each = shape["any"];
    for (const [field, own] of each === undefined ? Object.entries(shape) : fieldsOf(value, each))
      yield* wrong(record(value)[field], own, [...path, field]);
  }
}

const fieldsOf = (value: unknown, each: Shape): readonly (readonly [string, Shape])[] =>
  Object.keys(record(value)).map((field) => [field, each]);

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);

const isOf = (value: unknown, shape: string): boolean =>
  shape === "text" ? typeof value !== "object" : typeof value === (shape === "number" ? "number" : "boolean");
