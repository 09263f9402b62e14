/** Objects of a cluster of some size, in the proportions that clusters have, for the audit to read. */
import type { KubeObject, Resource } from "kopf-ts";
import {
  CONFIG_MAP,
  DEPLOYMENT,
  INGRESS,
  NAMESPACE,
  NETWORK_POLICY,
  POD,
  REPLICA_SET,
  ROLE,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
} from "../src/kubernetes/kinds.ts";

export interface Made {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** Of each application. */
const PODS = 4;
const OLD_REVISIONS = 3;
/** What one application is made of. */
const PER_APPLICATION = 1 + PODS + 1 + OLD_REVISIONS + 7;
const PER_NAMESPACE = 10;

/** About `count` objects, in the order in which an API server takes them. */
export function* clusterOf(count: number): Iterable<Made> {
  const applications = Math.floor(count / (PER_APPLICATION + 1 / PER_NAMESPACE));
  for (let index = 0; index < applications; index += PER_NAMESPACE) {
    const name = namespaceOf(index);
    yield made(NAMESPACE, { name, labels: { "pod-security.kubernetes.io/enforce": "baseline" } });
  }
  for (let index = 0; index < applications; index += 1) yield* application(index);
}

const namespaceOf = (index: number): string => `team-${Math.floor(index / PER_NAMESPACE)}`;

const made = (resource: Resource, metadata: KubeObject["metadata"], rest: object = {}): Made => ({
  resource,
  object: {
    apiVersion: resource.group === "" ? resource.version : `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata,
    ...rest,
  },
});

function* application(index: number): Iterable<Made> {
  const [namespace, name] = [namespaceOf(index), `app-${index}`];
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": namespace };
  const metadata = { name, namespace, labels };
  const template = { metadata: { labels }, spec: podOf(index, name) };
  const selector = { matchLabels: { "app.kubernetes.io/name": name } };
  yield made(SERVICE_ACCOUNT, metadata);
  yield made(ROLE, metadata, {
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
  });
  yield made(ROLE_BINDING, metadata, {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
  yield made(CONFIG_MAP, metadata, { data: { "app.properties": "key=value\nlevel=info\n".repeat(20) } });
  yield made(SERVICE, metadata, {
    spec: { selector: selector.matchLabels, ports: [{ port: 80, targetPort: "http" }] },
  });
  yield made(NETWORK_POLICY, metadata, {
    spec: {
      podSelector: selector,
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            { podSelector: {} },
            { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress" } } },
          ],
          ports: [{ port: "http" }],
        },
      ],
    },
  });
  yield made(INGRESS, metadata, {
    spec: {
      ingressClassName: "nginx",
      rules: [
        {
          host: `${name}.example.com`,
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name, port: { number: 80 } } } }],
          },
        },
      ],
    },
  });
  yield made(DEPLOYMENT, metadata, { spec: { replicas: 4, selector, template } });
  for (let revision = 0; revision <= OLD_REVISIONS; revision += 1) {
    const replicaSet = { ...metadata, name: `${name}-${revision}`, ownerReferences: ownedBy("Deployment", name) };
    yield made(REPLICA_SET, replicaSet, { spec: { replicas: 0, selector, template } });
  }
  for (let pod = 0; pod < PODS; pod += 1) {
    const ownerReferences = ownedBy("ReplicaSet", `${name}-${OLD_REVISIONS}`);
    yield made(POD, { ...metadata, name: `${name}-${OLD_REVISIONS}-${pod}`, ownerReferences }, { spec: template.spec });
  }
}

const ownedBy = (kind: string, name: string) => [
  { apiVersion: "apps/v1", kind, name, uid: "7d3b0f3e-0000-4000-8000-000000000000", controller: true },
];

/** One in ten is as the scanners find it: its own user is not said, and its capabilities are not dropped. */
function podOf(index: number, name: string): object {
  const securityContext =
    index % 10 === 0
      ? {}
      : {
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
          seccompProfile: { type: "RuntimeDefault" },
        };
  const probe = { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10 };
  return {
    serviceAccountName: name,
    automountServiceAccountToken: index % 5 === 0,
    containers: [
      {
        name: "main",
        image: `registry.example.com/shop/app-${index % 50}:1.${index % 7}.0`,
        args: ["--port=8080", "--log-format=json"],
        env: Array.from({ length: 12 }, (_, at) => ({ name: `SETTING_${at}`, value: `value-${at}` })),
        ports: [{ name: "http", containerPort: 8080 }],
        readinessProbe: probe,
        livenessProbe: probe,
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1", memory: "256Mi" } },
        securityContext,
        volumeMounts: [{ name: "config", mountPath: "/etc/app" }],
      },
    ],
    volumes: [{ name: "config", configMap: { name } }],
  };
}
