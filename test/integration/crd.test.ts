import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import type { KubeObject, Resource } from "kopf-ts";
import { parseAllDocuments } from "yaml";
import { convert } from "../../src/convert/convert.ts";
import { SECURE_WORKLOAD_KIND } from "../../src/crds/custom-kinds.ts";
import { buildCrd } from "../../src/crds/custom-resource-definition.ts";
import { isRefusedField, refusalOfField } from "../../src/crds/field-catalogue.ts";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { type JsonSchemaProps, toStructuralSchema } from "../../src/crds/to-crd.ts";
import { parseSecureWorkload, secureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import { parseManifests } from "../../src/manifests/parse.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { pathsOf } from "../support/mutations.ts";
import { refusalOf } from "../support/refusal.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const namespace = uniqueNamespace("crd");
const SAMPLES = join(import.meta.dirname, "..", "..", "config", "samples");

const { cluster, client } = useCluster();

beforeAll(async () => {
  await kubectl(cluster, ["create", "namespace", namespace]);
});

/** What the API server says, or undefined when it takes the object. */
const refusal = (object: KubeObject): Promise<string | undefined> =>
  refusalOf(() => client.create(SECURE_WORKLOAD, object, { dryRun: true }));

const PORTS = [{ name: "http", port: 8080 }];
const inbound = (...peers: readonly object[]): object => ({ access: { inbound: peers } });
const outbound = (...peers: readonly object[]): object => ({ access: { outbound: peers } });
const files = (file: object, ...others: readonly object[]): object => ({
  files: [{ path: "/etc/app.conf", content: "x", ...file }, ...others],
});
const claims = (claim: object): object => ({ claims: [{ name: "data", path: "/data", existing: "data", ...claim }] });
const beside = (container: object): object => ({
  containers: [{ name: "proxy", role: "Sidecar", image: "registry.example.com/proxy:1", ...container }],
});
const permission = (apiGroups: string, resources: string, ...verbs: readonly string[]): object => ({
  permissions: [{ apiGroups: [apiGroups], resources: [resources], verbs }],
});

const autoscaled = (more: object): object => ({
  autoscaling: { maxReplicas: 3, cpu: { averageUtilization: 70 }, ...more },
});
const HOURS = { start: "0 8 * * 1-5", end: "0 18 * * 1-5", replicas: 3 };
const ROLE = "arn:aws:iam::111122223333:role/shop-web";
const UUID = "01234567-89ab-cdef-0123-456789abcdef";

interface Refused {
  readonly what: string;
  readonly says: string;
  readonly spec?: object;
  readonly name?: string;
}

const REFUSED: readonly Refused[] = [
  {
    what: "a wait at the end that outlasts the time to end",
    says: "lifecycle.preStop.sleepSeconds must not exceed terminationGracePeriodSeconds",
    spec: {
      containers: [
        {
          name: "proxy",
          role: "Sidecar",
          image: "registry.example.com/shop/proxy:1",
          lifecycle: { preStop: { sleepSeconds: 31 } },
        },
      ],
    },
  },
  { what: "an image in upper case", says: "image must be a reference", spec: { image: "Web:1" } },
  {
    what: "an image without a tag",
    says: "image needs a tag or a digest",
    spec: { image: "registry.example.com/web" },
  },
  { what: "the tag latest", says: "write the version or a digest", spec: { image: "web:latest" } },
  {
    what: "a port declared twice",
    says: "ports must not declare a number twice for the same protocol",
    spec: { ports: [...PORTS, { name: "again", port: 8080 }] },
  },
  {
    what: "a Service that answers twice on one number",
    says: "ports.servicePort must be unique per protocol",
    spec: { ports: [...PORTS, { name: "again", port: 9090, servicePort: 8080 }] },
  },
  {
    what: "a Service without ports",
    says: "serviceNames needs ports",
    spec: { ports: [], serviceNames: [{ name: "shop" }] },
  },
  {
    what: "a Service under the workload's own name",
    says: "serviceNames.name is the workload's name",
    spec: { ports: PORTS, serviceNames: [{ name: "web" }] },
    name: "web",
  },
  {
    what: "a Service under a name that Palisade gives",
    says: "serviceNames.name must not start with palisade- or end with -pods",
    spec: { ports: PORTS, serviceNames: [{ name: "db-pods" }] },
  },
  {
    what: "a Service under a name that no Service can have",
    says: "serviceNames.name must be lower-case letters, digits and hyphens",
    spec: { ports: PORTS, serviceNames: [{ name: "1st" }] },
  },
  {
    what: "two governing Services",
    says: "serviceNames.governs can be true for one name",
    spec: {
      type: "StatefulSet",
      serviceNames: [
        { name: "a", governs: true },
        { name: "b", governs: true },
      ],
    },
  },
  {
    what: "a governing Service that has an address",
    says: "serviceNames.headless cannot be false where governs is true",
    spec: { type: "StatefulSet", serviceNames: [{ name: "a", governs: true, headless: false }] },
  },
  {
    what: "a governing Service of a Deployment",
    says: "serviceNames.governs is allowed only for type StatefulSet",
    spec: { serviceNames: [{ name: "a", governs: true }] },
  },
  {
    what: "a header with a colon",
    says: "httpGet.headers.name must have only letters, digits and hyphens",
    spec: { probes: { liveness: { httpGet: { path: "/", port: 80, headers: [{ name: "A:B", value: "x" }] } } } },
  },
  {
    what: "a probe with a credential",
    says: "httpGet.headers must not set Authorization",
    spec: {
      probes: { liveness: { httpGet: { path: "/", port: 80, headers: [{ name: "Authorization", value: "x" }] } } },
    },
  },
  {
    what: "a variable without a source",
    says: "an env entry needs exactly one of value and valueFrom",
    spec: { env: [{ name: "A" }] },
  },
  {
    what: "a source that names nothing",
    says: "valueFrom needs exactly one of secretKeyRef, configMapKeyRef, fieldRef and resourceFieldRef",
    spec: { env: [{ name: "A", valueFrom: {} }] },
  },
  {
    what: "memory beyond what there is",
    says: "sizes must be bytes, at least 1Ki and below 8E",
    spec: { resources: { limits: { memory: "9000P" } } },
  },
  {
    what: "a user beyond those of a pod",
    says: "runAs.user must be at most 65535: each pod has a user namespace of its own",
    spec: { runAs: { user: 100_000 } },
  },
  {
    what: "a group beyond those of a pod",
    says: "runAs.group must be at most 65535",
    spec: { runAs: { user: 1, group: 65_536 } },
  },
  {
    what: "a directory that is relative",
    says: "workingDir must be an absolute path",
    spec: { workingDir: "app" },
  },
  {
    what: "a directory outside of its claim",
    says: "claims.subPath must be relative and plain",
    spec: claims({ subPath: "../other" }),
  },
  {
    what: "writable trust",
    says: "scratch.path must not cover /proc, /sys, /dev, the mounted secrets, /etc itself",
    spec: { scratch: [{ path: "/etc/ssl/certs" }] },
  },
  {
    what: "a probe of a port that nobody declares",
    says: "the port of a probe or hook must be a number or the name of one of spec.ports",
    spec: { ports: PORTS, probes: { liveness: { tcpSocket: { port: "admin" } } } },
  },
  {
    what: "a hook of a sidecar at a port that nobody declares",
    says: "or write the number (containers)",
    spec: beside({ lifecycle: { preStop: { httpGet: { path: "/", port: "admin" } } } }),
  },
  {
    what: "the address of the node",
    says: "the address of the node (status.hostIP) leads around access.outbound",
    spec: { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } }] },
  },
  {
    what: "bytes counted in thousandths",
    says: "resourceFieldRef.divisor must be 1 or 1m for cpu",
    spec: { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1m" } } }] },
  },
  {
    what: "a file of a field that only variables have",
    says: "fieldRef.fieldPath of files must be metadata.name",
    spec: files({
      content: undefined,
      downwardAPI: { items: [{ path: "node", fieldRef: { fieldPath: "spec.nodeName" } }] },
    }),
  },
  {
    what: "a file of the pod without a source",
    says: "an item of files.downwardAPI needs exactly one of fieldRef and resourceFieldRef",
    spec: files({ content: undefined, downwardAPI: { items: [{ path: "node" }] } }),
  },
  {
    what: "a file of the pod inside another",
    says: "files.items.path must not be inside the path of another item",
    spec: files({
      content: undefined,
      downwardAPI: {
        items: ["a", "a/b"].map((path) => ({ path, fieldRef: { fieldPath: "metadata.name" } })),
      },
    }),
  },
  {
    what: "an amount of cores in words",
    says: "cpu must be an amount of cores above 0, such as 250m, 0.5 or 2",
    spec: { resources: { limits: { cpu: "half" } } },
  },
  {
    what: "half a byte of memory",
    says: "a small m means thousandths of a byte",
    spec: { resources: { limits: { memory: "512m" } } },
  },
  {
    what: "a size with a B",
    says: "sizes must be bytes, at least 1Ki and below 8E, such as 64Mi, 1.5Gi or 512M",
    spec: { scratch: [{ path: "/tmp", size: "64MB" }] },
  },
  {
    what: "more cores requested than allowed",
    says: "resources.requests.cpu must not exceed resources.limits.cpu: raise the limit or lower the request",
    spec: { resources: { requests: { cpu: "2" }, limits: { cpu: "1999m" } } },
  },
  {
    what: "more memory requested than allowed",
    says: "resources.requests.memory must not exceed resources.limits.memory",
    spec: { resources: { requests: { memory: "1Gi" }, limits: { memory: "1023Mi" } } },
  },
  {
    what: "a probe without an action",
    says: "a probe needs exactly one of httpGet, tcpSocket, grpc and exec",
    spec: { probes: { liveness: { periodSeconds: 5 } } },
  },
  {
    what: "a probe of another host",
    says: "host is not allowed, because the kubelet would send the request from the node",
    spec: { probes: { readiness: { httpGet: { path: "/", port: 80, host: "169.254.169.254" } } } },
  },
  {
    what: "a successThreshold of a liveness probe",
    says: "spec.probes.liveness.successThreshold in body should be less than or equal to 1",
    spec: { probes: { liveness: { tcpSocket: { port: 80 }, successThreshold: 2 } } },
  },
  {
    what: "a scratch path that climbs",
    says: "scratch.path must be absolute and plain",
    spec: { scratch: [{ path: "/a/../etc" }] },
  },
  {
    what: "scratch in memory that leaves the program none",
    says: "scratch with medium: Memory counts against resources.limits.memory",
    spec: {
      resources: { limits: { memory: "1Gi" } },
      scratch: [{ path: "/a", size: "1Gi", medium: "Memory" }],
    },
  },
  {
    what: "scratch over the token",
    says: "scratch.path must not cover /proc",
    spec: { scratch: [{ path: "/var/run/secrets/app" }] },
  },
  {
    what: "a peer without any port",
    says: "access.inbound needs a port to connect to: declare it under ports",
    spec: { ports: [], ...inbound({ workload: "a" }) },
  },
  {
    what: "a peer at an undeclared port",
    says: "access.inbound.port must be one of the declared ports, the container's and not the Service's",
    spec: inbound({ workload: "a", port: 9090 }),
  },
  {
    what: "a peer that is nobody",
    says: "an access.inbound entry needs exactly one of workload, namespace, gateway, monitoring, kubernetesAPI, cidr and pods",
    spec: inbound({ port: 8080 }),
  },
  {
    what: "a namespace of a network",
    says: "where workload and namespace count as one: keep one",
    spec: inbound({ cidr: "10.20.0.0/16", namespace: "a" }),
  },
  {
    what: "a destination that is two things",
    says: "an access.outbound entry needs exactly one of workload, namespace, cidr, host, pods, internet and kubernetesAPI",
    spec: outbound({ workload: "a", cidr: "10.20.0.0/16", port: 80 }),
  },
  {
    what: "a namespace of the Kubernetes API",
    says: "an access.outbound entry needs exactly one of",
    spec: outbound({ kubernetesAPI: true, namespace: "a" }),
  },
  {
    what: "pods by the label of a workload",
    says: "labels of palisade.dev select pods of workloads: write workload, and namespace beside it",
    spec: inbound({ pods: { podLabels: [{ key: "palisade.dev/workload", value: "web" }] } }),
  },
  {
    what: "pods without a label",
    says: "podLabels",
    spec: outbound({ pods: { namespace: "a", podLabels: [] }, port: 80 }),
  },
  {
    what: "a destination without a port",
    says: "access.outbound.port is required, except with kubernetesAPI, where it is not allowed",
    spec: outbound({ workload: "a" }),
  },
  {
    what: "a range of ports of a workload",
    says: "access.outbound.endPort is allowed only with cidr and must be above port",
    spec: outbound({ workload: "a", port: 80, endPort: 90 }),
  },
  {
    what: "a range of ports that goes down",
    says: "access.outbound.endPort is allowed only with cidr and must be above port",
    spec: outbound({ cidr: "10.20.0.0/16", port: 90, endPort: 80 }),
  },
  {
    what: "a name over SCTP",
    says: "access.outbound.protocol must be TCP or UDP with host",
    spec: outbound({ host: "api.example.com", port: 443, protocol: "SCTP" }),
  },
  {
    what: "the Kubernetes API over UDP",
    says: "access.outbound.protocol must be TCP with kubernetesAPI",
    spec: outbound({ kubernetesAPI: true, protocol: "UDP" }),
  },
  {
    what: "an address as a name",
    says: "host must be a DNS name in lower case such as api.example.com",
    spec: outbound({ host: "192.0.2.1", port: 443 }),
  },
  {
    what: "every name of a top-level domain",
    says: "host must be a DNS name in lower case such as api.example.com",
    spec: outbound({ host: "*.com", port: 443 }),
  },
  {
    what: "a Service as a name",
    says: "host must be a name outside the cluster: use workload for one inside",
    spec: outbound({ host: "web.shop.svc.cluster.local", port: 443 }),
  },
  {
    what: "the metadata service by its name",
    says: "host must not be a cloud metadata service, which no workload may reach",
    spec: outbound({ host: "*.google.internal", port: 80 }),
  },
  {
    what: "a network with host bits",
    says: "with no host bits set",
    spec: outbound({ cidr: "10.20.0.1/16", port: 443 }),
  },
  {
    what: "the whole internet",
    says: "cidr must be no wider than /8 (IPv4) or /16 (IPv6)",
    spec: outbound({ cidr: "0.0.0.0/0", port: 443 }),
  },
  {
    what: "the metadata service",
    says: "loopback, link-local or cloud metadata addresses, which no workload may reach",
    spec: outbound({ cidr: "169.254.169.254/32", port: 80 }),
  },
  {
    what: "a resource of another group",
    says: "docs/reference/permissions.md lists what there is; write one entry per group",
    spec: permission("apps", "pods", "get"),
  },
  {
    what: "deleting pods",
    says: "permissions request a verb that is not allowed on that resource",
    spec: permission("", "pods", "delete"),
  },
  { what: "updating any ConfigMap", says: "add resourceNames", spec: permission("", "configmaps", "update") },
  { what: "listing Secrets", says: "pods/log and secrets only get", spec: permission("", "secrets", "list") },
  {
    what: "every Secret by get",
    says: "permissions on Secrets must name them",
    spec: permission("", "secrets", "get"),
  },
  {
    what: "exec",
    says: "permissions name a resource that workloads do not get",
    spec: permission("", "pods/exec", "create"),
  },
  { what: "a wildcard group", says: "permissions must not contain *", spec: permission("*", "pods", "get") },
  {
    what: "impersonation",
    says: "no workload may escalate, bind, impersonate",
    spec: permission("", "configmaps", "impersonate"),
  },
  {
    what: "URLs",
    says: "nonResourceURLs cannot be had",
    spec: { permissions: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"], nonResourceURLs: ["/metrics"] }] },
  },
  { what: "a wildcard verb", says: "permissions must not contain *", spec: permission("", "pods", "*") },
  ...[
    { what: "a set of variables from nowhere", says: "an entry of envFrom needs exactly one", spec: { envFrom: [{}] } },
    { what: "a file that climbs", says: "files.path must be absolute and plain", spec: files({ path: "/a/../b" }) },
    { what: "a file over the hosts", says: "files.path must not cover /proc", spec: files({ path: "/etc/hosts" }) },
    {
      what: "a key that climbs",
      says: "files.items.path must be relative and plain",
      spec: files({ content: undefined, configMap: { name: "a", items: [{ key: "a", path: "../a" }] } }),
    },
    {
      what: "a source of files that is two things",
      says: "a files source allows at most one of key and items",
      spec: files({ content: undefined, secret: { name: "a", key: "a", items: [{ key: "a", path: "a" }] } }),
    },
    {
      what: "a file from nowhere",
      says: "an entry of files needs exactly one of content, configMap, secret and downwardAPI",
      spec: files({ content: undefined }),
    },
    {
      what: "an empty hook after the start",
      says: "lifecycle.postStart needs exactly one of exec and httpGet",
      spec: { lifecycle: { postStart: {} } },
    },
    {
      what: "a hook before the end that is two things",
      says: "lifecycle.preStop needs exactly one of exec, httpGet and sleepSeconds",
      spec: { lifecycle: { preStop: { sleepSeconds: 5, exec: { command: ["/bin/true"] } } } },
    },
    { what: "a claim that climbs", says: "claims.path must be absolute and plain", spec: claims({ path: "/a/.." }) },
    {
      what: "a claim in capitals",
      says: "claims.name must have only lower-case letters, digits and hyphens, and start with a letter",
      spec: claims({ name: "Data" }),
    },
    {
      what: "a claim called like a volume",
      says: "claims.name must not look like one of Palisade's volumes (scratch-0, files-0, shared-…)",
      spec: claims({ name: "files-0" }),
    },
    { what: "a claim over /proc", says: "claims.path must not cover /proc", spec: claims({ path: "/proc/x" }) },
    {
      what: "a claim of nothing",
      says: "a claim needs exactly one of size",
      spec: claims({ existing: undefined }),
    },
    {
      what: "a class for an existing claim",
      says: "claims.storageClass and claims.accessMode are allowed only with size",
      spec: claims({ storageClass: "fast" }),
    },
    {
      what: "a probe of an init container",
      says: "probes and lifecycle are not allowed in an Init container",
      spec: beside({ role: "Init", probes: { liveness: { tcpSocket: { port: 80 } } } }),
    },
    {
      what: "a container with the workload's name",
      says: "containers.name must not be the workload's name, which the main container has",
      spec: beside({ name: "web" }),
    },
    {
      what: "a claim that is not declared",
      says: "containers.claims must name one of the workload's claims",
      spec: beside({ claims: [{ name: "data", path: "/data" }] }),
    },
    {
      what: "a name of scratch that its volume's name cannot hold",
      says: "spec.scratch[0].name: Too long: may not be more than 56",
      spec: { scratch: [{ path: "/a", name: "a".repeat(57) }] },
    },
    {
      what: "scratch called like the shared memory",
      says: "scratch.name must not be memory together with sharedMemory",
      spec: { sharedMemory: "64Mi", scratch: [{ path: "/a", name: "memory" }] },
    },
    {
      what: "a file inside a directory of files",
      says: "files.path must not be inside a path of files",
      spec: files({ path: "/etc/app/extra.conf" }, { path: "/etc/app", configMap: { name: "a" } }),
    },
    {
      what: "scratch inside a directory of files",
      says: "scratch.path must not be inside a path of files",
      spec: { scratch: [{ path: "/a/cache" }], ...files({ path: "/a" }) },
    },
    {
      what: "a claim inside a directory of files",
      says: "claims.path must not be inside a path of files",
      spec: { ...claims({ path: "/a/data" }), ...files({ path: "/a" }) },
    },
    {
      what: "a file inside a claim that is only read",
      says: "files.path must not be inside a claim that is readOnly",
      spec: { ...claims({ path: "/a", readOnly: true }), ...files({ path: "/a/b" }) },
    },
    {
      what: "scratch inside a claim that is only read",
      says: "scratch.path must not be inside a claim that is readOnly",
      spec: { ...claims({ path: "/a", readOnly: true }), scratch: [{ path: "/a/b" }] },
    },
    {
      what: "a claim inside a claim that is only read",
      says: "claims.path must not be inside a claim that is readOnly",
      spec: {
        claims: ["/a", "/a/b"].map((path, index) => ({ name: `c${index}`, path, existing: "c", readOnly: true })),
      },
    },
    {
      what: "scratch of another container inside a claim that is only read",
      says: "no path of containers may be inside a claim that claims.readOnly makes read-only",
      spec: {
        ...claims({ path: "/a", readOnly: true }),
        ...beside({ claims: [{ name: "data", path: "/b" }], scratch: [{ path: "/b/c" }] }),
      },
    },
    {
      what: "two claims on one path",
      says: "claims must not have the same path twice in one container",
      spec: { claims: ["one", "two"].map((name) => ({ name, path: "/a", existing: name })) },
    },
    {
      what: "a claim that is only read, above the token",
      says: "claims.path must not be /var, /run or /var/run for a claim that is readOnly",
      spec: claims({ path: "/var", readOnly: true }),
    },
    {
      what: "a directory of files above the token",
      says: "files.path must not cover",
      spec: files({ path: "/var/run" }),
    },
    {
      what: "an item inside another",
      says: "files.items.path must not be inside the path of another item",
      spec: files({
        content: undefined,
        configMap: { name: "a", items: ["a", "a/b"].map((path) => ({ key: "a", path })) },
      }),
    },
    {
      what: "scratch and a file on one path",
      says: "scratch and files must not have the same path",
      spec: { scratch: [{ path: "/a" }], ...files({ path: "/a" }) },
    },
    {
      what: "scratch and a claim on one path",
      says: "scratch and claims must not have the same path",
      spec: { scratch: [{ path: "/a" }], ...claims({ path: "/a" }) },
    },
    {
      what: "a file and a claim on one path",
      says: "files and claims must not have the same path",
      spec: { ...files({ path: "/a" }), ...claims({ path: "/a" }) },
    },
    {
      what: "scratch and a file on one path by two names",
      says: "scratch and files must not have the same path in one container, and /var/run is the same place as /run",
      spec: { scratch: [{ path: "/var/run/app" }], ...files({ path: "/run/app" }) },
    },
    {
      what: "scratch twice on one path by two names",
      says: "scratch must not have the same path twice in one container",
      spec: { scratch: [{ path: "/run" }, { path: "/var/run" }] },
    },
    {
      what: "files twice on one path by two names",
      says: "files must not have the same path twice in one container",
      spec: { files: ["/run/app", "/var/run/app"].map((path) => ({ path, content: "a" })) },
    },
    {
      what: "scratch inside files by another name",
      says: "scratch.path must not be inside a path of files",
      spec: { scratch: [{ path: "/var/run/app/cache" }], ...files({ path: "/run/app" }) },
    },
    {
      what: "a day that its month does not have, as a range",
      says: "schedule.cron names a day that these months do not have",
      spec: { type: "CronJob", schedule: { cron: "0 0 31 2-2 *" } },
    },
    {
      what: "replicas of a DaemonSet",
      says: "replicas is allowed only for type Deployment and StatefulSet",
      spec: { type: "DaemonSet", replicas: 2 },
    },
    {
      what: "an autoscaler of a DaemonSet",
      says: "autoscaling is allowed only for type Deployment",
      spec: { type: "DaemonSet", autoscaling: { maxReplicas: 3, cpu: { averageUtilization: 70 } } },
    },
    {
      what: "a surge of a DaemonSet",
      says: "rollout has only progressDeadlineSeconds for types other than Deployment",
      spec: { type: "DaemonSet", rollout: { maxSurge: 1 } },
    },
    {
      what: "a budget of a Job",
      says: "disruption is allowed only for type Deployment and StatefulSet",
      spec: { type: "Job", disruption: { maxUnavailable: 1 } },
    },
    {
      what: "a CronJob without a schedule",
      says: "schedule is required for type CronJob and not allowed otherwise",
      spec: { type: "CronJob" },
    },
    {
      what: "a schedule on day 7",
      says: "day of week 0-6 or SUN-SAT (Sunday is 0, not 7)",
      spec: { type: "CronJob", schedule: { cron: "0 3 * * 7" } },
    },
    {
      what: "a schedule that runs backwards",
      says: "schedule.cron must be five fields",
      spec: { type: "CronJob", schedule: { cron: "0 3 * * 5-1" } },
    },
    {
      what: "a schedule for a day that there is not",
      says: "schedule.cron names a day that these months do not have",
      spec: { type: "CronJob", schedule: { cron: "0 3 30 FEB *" } },
    },
    {
      what: "a time zone on another planet",
      says: "schedule.timeZone must be a time zone of the IANA database",
      spec: { type: "CronJob", schedule: { cron: "@daily", timeZone: "Mars/Phobos" } },
    },
    {
      what: "a schedule in words",
      says: "schedule.cron must be five fields such as 0 3 * * 1-5, or a macro such as @daily",
      spec: { type: "CronJob", schedule: { cron: "every night" } },
    },
    {
      what: "a time zone in small letters",
      says: "schedule.timeZone must be a time zone of the IANA database",
      spec: { type: "CronJob", schedule: { cron: "@daily", timeZone: "utc" } },
    },
    {
      what: "the time zone Local",
      says: "schedule.timeZone must be a time zone of the IANA database",
      spec: { type: "CronJob", schedule: { cron: "@daily", timeZone: "Local" } },
    },
    {
      what: "runs of a Deployment",
      says: "job is allowed only for type Job and CronJob",
      spec: { job: { retries: 1 } },
    },
    {
      what: "another run of a CronJob",
      says: "job.rerun is allowed only for type Job",
      spec: { type: "CronJob", schedule: { cron: "@daily" }, job: { rerun: "1" } },
    },
    {
      what: "the order of a Deployment's pods",
      says: "podManagement is allowed only for type StatefulSet",
      spec: { podManagement: "Parallel" },
    },
    {
      what: "a claim of a Job by its size",
      says: "claims.size is allowed only for type Deployment and StatefulSet",
      spec: { type: "Job", ...claims({ existing: undefined, size: "1Gi" }) },
    },
    {
      what: "a claim that two pods of a Deployment would write",
      says: "claims.size of a Deployment is one claim for all of its pods",
      spec: { replicas: 2, ...claims({ existing: undefined, size: "1Gi" }) },
    },
  ],
  {
    what: "autoscaling without a measure",
    says: "autoscaling needs at least one of cpu, memory, metrics and schedule",
    spec: { autoscaling: { maxReplicas: 3 } },
  },
  {
    what: "a minimum above the maximum",
    says: "autoscaling.minReplicas must not exceed maxReplicas",
    spec: autoscaled({ minReplicas: 4 }),
  },
  {
    what: "no pod and nothing to start one",
    says: "autoscaling.minReplicas 0 needs a schedule",
    spec: autoscaled({ minReplicas: 0 }),
  },
  {
    what: "a schedule beside custom metrics",
    says: "autoscaling.schedule cannot be combined with metrics, only with cpu and memory",
    spec: autoscaled({ schedule: [HOURS], metrics: [{ type: "Pods", name: "rate", averageValue: "1" }] }),
  },
  {
    what: "a schedule beyond the maximum",
    says: "autoscaling.schedule.replicas must not exceed maxReplicas",
    spec: autoscaled({ schedule: [{ ...HOURS, replicas: 4 }] }),
  },
  {
    what: "a schedule that ends when it starts",
    says: "autoscaling.schedule must not start and end at the same time",
    spec: autoscaled({ schedule: [{ ...HOURS, end: HOURS.start }] }),
  },
  {
    what: "a window that begins at a macro",
    says: "autoscaling.schedule.start must be five fields",
    spec: autoscaled({ schedule: [{ ...HOURS, start: "@midnight" }] }),
  },
  {
    what: "a window that ends on day 7",
    says: "autoscaling.schedule.end must be five fields",
    spec: autoscaled({ schedule: [{ ...HOURS, end: "0 8 * * 7" }] }),
  },
  {
    what: "a window that never begins",
    says: "autoscaling.schedule.start names a day that these months do not have",
    spec: autoscaled({ schedule: [{ ...HOURS, start: "0 8 31 2 *" }] }),
  },
  {
    what: "a window that never ends",
    says: "autoscaling.schedule.end names a day that these months do not have",
    spec: autoscaled({ schedule: [{ ...HOURS, end: "0 8 31 2 *" }] }),
  },
  {
    what: "a window nowhere",
    says: "autoscaling.schedule.timeZone must be a time zone of the IANA database",
    spec: autoscaled({ schedule: [{ ...HOURS, timeZone: "Mars/Phobos" }] }),
  },
  {
    what: "a metric without a target",
    says: "autoscaling.metrics needs exactly one of averageValue and value",
    spec: autoscaled({ metrics: [{ type: "External", name: "depth" }] }),
  },
  {
    what: "a sum over Pods",
    says: "a Pods metric is an average over the pods",
    spec: autoscaled({ metrics: [{ type: "Pods", name: "rate", value: "1" }] }),
  },
  {
    what: "a target as a fraction",
    says: "a metric target must be a whole number or thousandths in quotes",
    spec: autoscaled({ metrics: [{ type: "Pods", name: "rate", averageValue: "1.5" }] }),
  },
  {
    what: "a budget of two kinds",
    says: "disruption needs exactly one of maxUnavailable and minAvailable",
    spec: { replicas: 3, disruption: { maxUnavailable: 1, minAvailable: 1 } },
  },
  {
    what: "a budget that blocks every drain",
    says: "disruption.maxUnavailable must be at least 1, otherwise nodes cannot be drained",
    spec: { replicas: 3, disruption: { maxUnavailable: "0%" } },
  },
  {
    what: "a budget that keeps every pod",
    says: "disruption.minAvailable must be below the number of pods, otherwise nodes cannot be drained",
    spec: { replicas: 3, disruption: { minAvailable: "70%" } },
  },
  {
    what: "a rollout that can replace nothing",
    says: "rollout needs a surge or maxUnavailable of at least 1, otherwise no pod can be replaced",
    spec: { replicas: 3, rollout: { maxSurge: 0 } },
  },
  {
    what: "a rollout that takes all pods away",
    says: "rollout.maxUnavailable must keep at least one pod of the previous revision",
    spec: { replicas: 3, rollout: { maxUnavailable: "100%" } },
  },
  {
    what: "a replacement with a surge",
    says: "rollout.replace ends every pod before its successor starts, so maxSurge and maxUnavailable have no meaning",
    spec: { rollout: { replace: true, maxSurge: 1 } },
  },
  {
    what: "a deadline no rollout can keep",
    says: "rollout.progressDeadlineSeconds must exceed minReadySeconds, otherwise every rollout counts as stalled",
    spec: { rollout: { minReadySeconds: 60, progressDeadlineSeconds: 60 } },
  },
  {
    what: "metrics over UDP",
    says: "monitoring.port must be a TCP port",
    spec: { ports: [{ name: "dns", port: 53, protocol: "UDP" }], monitoring: { port: 53 } },
  },
  {
    what: "a query in the path of metrics",
    says: "monitoring.path must be a plain path",
    spec: { monitoring: { port: 8080, path: "/metrics?all=1" } },
  },
  { what: "a system priority", says: "Unsupported value", spec: { priority: "system-cluster-critical" } },
  { what: "an unknown device", says: "Unsupported value", spec: { placement: { accelerator: { name: "fpga" } } } },
  {
    what: "a toleration",
    says: 'unknown field "spec.placement.tolerations"',
    spec: { placement: { tolerations: [{ operator: "Exists" }] } },
  },
  {
    what: "a star as an exposed host",
    says: "expose.host must be one lower-case DNS name",
    spec: { expose: [{ host: "*.example.com", port: 8080 }] },
  },
  {
    what: "an exposed path that climbs",
    says: "expose.path must be / or plain segments",
    spec: { expose: [{ host: "shop.example.com", path: "/a/../b", port: 8080 }] },
  },
  {
    what: "an exposed port that is not declared",
    says: "expose.port must be one of the declared TCP ports",
    spec: { expose: [{ host: "shop.example.com", port: 9090 }] },
  },
  {
    what: "two certificates for one host",
    says: "expose.tls must be the same in all entries of a host",
    spec: {
      expose: [
        { host: "shop.example.com", port: 8080, tls: { secretName: "a" } },
        { host: "shop.example.com", path: "/b", port: 8080, tls: { secretName: "b" } },
      ],
    },
  },
  {
    what: "an identity of two clouds",
    says: "identity needs exactly one of aws, gcp and azure",
    spec: { identity: { aws: { roleArn: ROLE }, azure: { clientId: UUID } } },
  },
  {
    what: "a user as a role",
    says: "identity.aws.roleArn must be a role",
    spec: { identity: { aws: { roleArn: ROLE.replace("role", "user") } } },
  },
  {
    what: "the account of the node",
    says: "identity.gcp.serviceAccount must be an address",
    spec: { identity: { gcp: { serviceAccount: "1-compute@developer.gserviceaccount.com" } } },
  },
  {
    what: "a client id in capitals",
    says: "identity.azure.clientId must be a UUID in lower case",
    spec: { identity: { azure: { clientId: UUID.toUpperCase() } } },
  },
  {
    what: "a tenant that is no UUID",
    says: "identity.azure.tenantId must be a UUID in lower case",
    spec: { identity: { azure: { clientId: UUID, tenantId: "common" } } },
  },
  { what: "privileged", says: 'unknown field "spec.privileged"', spec: { privileged: true } },
  { what: "a name that is too long", says: "metadata.name must be at most 52", name: "a".repeat(53) },
  { what: "a name of ours", says: "metadata.name must not be default", name: "palisade-web" },
];

test.each(REFUSED)("$what is refused with the way out", async ({ says, spec, name }) => {
  const object = aWorkload(name ?? "web", namespace, spec) as unknown as KubeObject;
  expect(await refusal(object)).toContain(says);
  expect(parseSecureWorkload(object).ok).toBe(false);
});

const data = (size: string, storageClass = "fast"): object => ({
  claims: [{ name: "data", path: "/data", size, storageClass }],
});

/** What may not become of a workload that is there. */
const CHANGES: readonly { readonly what: string; readonly says: string; readonly spec: object }[] = [
  { what: "a size that shrinks", says: "claims.size cannot become smaller", spec: data("512Mi") },
  {
    what: "another StorageClass",
    says: "claims.storageClass and claims.accessMode cannot change",
    spec: data("1Gi", "slow"),
  },
  {
    what: "another type of pods on the same claims",
    says: "type cannot change while claims have a size",
    spec: { type: "Deployment", ...data("1Gi") },
  },
  {
    what: "another governing Service",
    says: "serviceNames.governs cannot change while the StatefulSet is there",
    spec: { ...data("1Gi"), serviceNames: [{ name: "members", governs: true }] },
  },
];

test("a change that data would not survive is refused with the way out, and growing is not", async () => {
  const apply = (spec: object) => {
    const input = JSON.stringify(aWorkload("db", namespace, { type: "StatefulSet", ...spec }));
    return cluster.kubectl(["apply", "-f", "-"], { input });
  };
  expect((await apply(data("1Gi"))).code).toBe(0);
  for (const { says, spec } of CHANGES) expect((await apply(spec)).stderr).toContain(says);
  expect((await apply(data("2Gi"))).code).toBe(0);
  expect((await cluster.kubectl(["delete", "sw", "db", "-n", namespace])).code).toBe(0);
});

interface RefusedField {
  readonly path: readonly string[];
  readonly schema: JsonSchemaProps;
}

/** Where the fields stand that are only refused. */
function refusedFields(schema: JsonSchemaProps, path: readonly string[] = []): readonly RefusedField[] {
  if (isRefusedField(schema)) return [{ path, schema }];
  const { properties = {}, items } = schema as {
    properties?: Record<string, JsonSchemaProps>;
    items?: JsonSchemaProps;
  };
  return [
    ...Object.entries(properties).flatMap(([name, field]) => refusedFields(field, [...path, name])),
    ...(items === undefined ? [] : refusedFields(items, [...path, "[]"])),
  ];
}

const WRITTEN: Readonly<Record<string, unknown>> = {
  object: { a: 1 },
  array: [{ a: 1 }],
  string: "a",
  boolean: true,
  integer: 1,
};

/** What must stand beside a field, since rules are asked only of what is complete. */
const BESIDE: Readonly<Record<string, object>> = {
  httpGet: { path: "/", port: 80 },
  tcpSocket: { port: 80 },
};

/** A spec in which a field stands. */
const specWith = (path: readonly string[], value: unknown): Record<string, unknown> =>
  path.reduceRight<unknown>(
    (inner, step, index) => ({ ...BESIDE[path[index - 1] ?? ""], [step]: inner }),
    value,
  ) as Record<string, unknown>;

test("fields of Kubernetes' own kinds are refused with what to write instead, and not dropped by a lenient client", async () => {
  const fields = refusedFields(toStructuralSchema(secureWorkload.shape.spec, "spec"));
  expect(fields.length).toBeGreaterThan(50);
  for (const { path, schema } of fields.filter(({ path: at }) => !at.includes("[]"))) {
    const spec = specWith(path, WRITTEN[String(schema["type"])]);
    const object = aWorkload("near", namespace, spec) as unknown as KubeObject;
    expect(await refusal(object)).toContain(refusalOfField(schema));
    expect(parseSecureWorkload(object).ok).toBe(false);
  }
  const narrowed = inbound({ namespace: "edge", podSelector: { matchLabels: { app: "web" } } });
  const peer = aWorkload("near", namespace, narrowed) as unknown as KubeObject;
  expect(await refusal(peer)).toContain("podSelector does not exist");
});

test("an amount may be written in any notation, and applied twice it is unchanged", async () => {
  const resources = { requests: { cpu: 1, memory: "1.5Gi" }, limits: { cpu: "1.5", memory: 2_147_483_648 } };
  const input = aWorkload("amounts", namespace, { resources, sharedMemory: "512M", ports: [] });
  await kubectl(cluster, ["apply", "-f", "-"], { input });
  expect(await kubectl(cluster, ["apply", "-f", "-"], { input })).toContain("unchanged");
});

test("API servers that price an int-or-string by the largest request take the definition too", async () => {
  const crd = JSON.parse(
    JSON.stringify(buildCrd(SECURE_WORKLOAD_KIND))
      .replaceAll("secureworkload", "pricedworkload")
      .replaceAll("SecureWorkload", "PricedWorkload"),
    (_key, value: unknown) => (isIntOrString(value) ? { ...value, maxLength: undefined } : value),
  ) as KubeObject & { spec: { names: { shortNames: unknown; categories: unknown } } };
  crd.spec.names.shortNames = [];
  expect(await refusalOf(() => client.create(CRD, crd, { dryRun: true }))).toBeUndefined();
});

const CRD: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

const isIntOrString = (value: unknown): value is object =>
  typeof value === "object" && value !== null && "x-kubernetes-int-or-string" in value;

test("what convert writes is taken, workload by workload, and so is what it proposes to the platform team", async () => {
  const text = readFileSync(join(import.meta.dirname, "..", "golden", "convert", "shop.in.yaml"), "utf8");
  const sources = parseManifests("shop.yaml", text.replaceAll("namespace: shop", `namespace: ${namespace}`));
  const { workloads, platform } = convert(sources, namespace);
  expect(workloads.length).toBeGreaterThan(4);
  for (const object of [...workloads.map((one) => one.object), ...platform]) {
    const input = JSON.stringify(object);
    const dryRun = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"];
    const { code, stderr } = await cluster.kubectl(dryRun, { input });
    expect({ name: object.metadata.name, stderr, code }).toMatchObject({ code: 0 });
  }
});

test("no rule of the CRD is left untried", () => {
  const crd = JSON.stringify(buildCrd(SECURE_WORKLOAD_KIND));
  const rules = crd.matchAll(/"rule":"(?:[^"\\]|\\.)*","message":("(?:[^"\\]|\\.)*")/g);
  const messages = [...rules].map(([, message = ""]) => JSON.parse(message) as string);
  expect(messages.length).toBeGreaterThan(30);
  const near = refusedFields(toStructuralSchema(secureWorkload.shape.spec, "spec")).map(({ schema }) => ({
    says: refusalOfField(schema),
  }));
  expect(
    messages.filter((message) => ![...near, ...REFUSED, ...CHANGES].some(({ says }) => message.includes(says))),
  ).toEqual([]);
});

test.each(readdirSync(SAMPLES).filter((file) => file.endsWith(".yaml")))(
  "the sample %s is accepted, strictly",
  async (file) => {
    for (const document of parseAllDocuments(readFileSync(join(SAMPLES, file), "utf8"))) {
      const sample = document.toJS() as KubeObject;
      const { name } = sample.metadata;
      expect(parseSecureWorkload(sample)).toMatchObject({ ok: true });
      expect(await refusal({ ...sample, metadata: { name, namespace } })).toBeUndefined();
    }
  },
);

test("kubectl explain says what every field of the spec is for", async () => {
  const explain = (...args: readonly string[]) =>
    kubectl(cluster, ["explain", ...args, "--api-version=palisade.dev/v1alpha1"]);
  const tree = await explain("secureworkloads.spec", "--recursive");
  for (const path of pathsOf(toStructuralSchema(secureWorkload.shape.spec, "spec"))) {
    expect(tree).toContain(path.replaceAll("[]", "").split(".").at(-1));
  }
  const text = await explain("sw.spec");
  expect(text).toContain("Writable directories with a size limit");
  expect(text).toContain("-required-");
  expect(text).not.toContain("<no description>");
  expect(await explain("sw.spec.access.outbound.cidr")).toContain("no wider than /8");
});

test("the CRD is established, structural, and its columns are as promised", async () => {
  const crd = JSON.parse(await kubectl(cluster, ["get", "crd", "secureworkloads.palisade.dev", "-o", "json"])) as {
    status: { conditions: { type: string; status: string }[] };
  };
  expect(crd.status.conditions.find(({ type }) => type === "NonStructuralSchema")).toBeUndefined();
  expect(crd.status.conditions).toContainEqual(expect.objectContaining({ type: "Established", status: "True" }));
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("columns", namespace) });
  const columns = async (...args: readonly string[]): Promise<readonly string[]> => {
    const [heading = ""] = (await kubectl(cluster, ["get", ...args, "-n", namespace])).split("\n");
    return heading.split(/\s+/).filter(Boolean);
  };
  const narrow = ["NAME", "READY", "REASON", "ACCESS", "IMAGE", "DRIFT", "AGE"];
  expect(await columns("sw")).toEqual(narrow);
  expect(await columns("palisade", "-o", "wide")).toEqual([...narrow, "MESSAGE"]);
});

test("the scale subresource cannot turn a good budget into one that blocks every drain", async () => {
  const budget = { replicas: 3, disruption: { minAvailable: 2 } };
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("budget", namespace, budget) });
  const scale = kubectl(cluster, ["scale", "sw/budget", "--replicas=2", "-n", namespace]);
  await expect(scale).rejects.toThrow("disruption.minAvailable must be below the number of pods");
});

test("an autoscaler can set the replicas through the scale subresource", async () => {
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("scaled", namespace) });
  await kubectl(cluster, ["scale", "sw/scaled", "--replicas=3", "-n", namespace]);
  expect(await kubectl(cluster, ["get", "sw", "scaled", "-n", namespace, "-o", "jsonpath={.spec.replicas}"])).toBe("3");
});

test("a workload that nobody has looked at yet does not count as current", async () => {
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("fresh", namespace) });
  const { status, metadata } = JSON.parse(
    await kubectl(cluster, ["get", "sw", "fresh", "-n", namespace, "-o", "json"]),
  ) as { status: { observedGeneration: number }; metadata: { generation: number } };
  expect(status.observedGeneration).toBeLessThanOrEqual(metadata.generation);
  expect(status.observedGeneration === -1 || status.observedGeneration === metadata.generation).toBe(true);
});
