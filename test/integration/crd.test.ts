import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { SECURE_WORKLOAD_KIND } from "../../src/crds/custom-kinds.ts";
import { buildCrd } from "../../src/crds/custom-resource-definition.ts";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { toStructuralSchema } from "../../src/crds/to-crd.ts";
import { parseSecureWorkload, secureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import type { Client } from "../../src/kopf/client.ts";
import type { KubeObject } from "../../src/kopf/object.ts";
import type { TestCluster } from "../cluster/index.ts";
import { clientOf, installPalisade, kubectl, sharedCluster, uniqueNamespace } from "../support/cluster.ts";
import { pathsOf } from "../support/mutations.ts";
import { refusalOf } from "../support/refusal.ts";
import { aWorkload } from "../support/workloads.ts";

let cluster: TestCluster;
let client: Client;
let close: () => Promise<void>;
const namespace = uniqueNamespace("crd");
const SAMPLES = join(import.meta.dirname, "..", "..", "config", "samples");

beforeAll(async () => {
  cluster = await sharedCluster();
  await installPalisade(cluster);
  await kubectl(cluster, ["create", "namespace", namespace]);
  ({ client, close } = await clientOf(cluster));
});

afterAll(() => close());

/** What the API server says, or undefined when it takes the object. */
const refusal = (object: KubeObject): Promise<string | undefined> =>
  refusalOf(() => client.create(SECURE_WORKLOAD, object, { dryRun: true }));

const PORTS = [{ name: "http", port: 8080 }];
const inbound = (...peers: readonly object[]): object => ({ access: { inbound: peers } });
const outbound = (...peers: readonly object[]): object => ({ access: { outbound: peers } });
const files = (file: object): object => ({ files: [{ path: "/etc/app.conf", content: "x", ...file }] });
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
    says: "ports must not declare one number twice",
    spec: { ports: [...PORTS, { name: "again", port: 8080 }] },
  },
  {
    what: "a Service that answers twice on one number",
    says: "ports.servicePort must not have the Service answer twice",
    spec: { ports: [...PORTS, { name: "again", port: 9090, servicePort: 8080 }] },
  },
  {
    what: "a header with a colon",
    says: "httpGet.headers.name has letters, digits and hyphens",
    spec: { probes: { liveness: { httpGet: { path: "/", port: 80, headers: [{ name: "A:B", value: "x" }] } } } },
  },
  {
    what: "a probe with a credential",
    says: "httpGet.headers must not set Host",
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
    says: "valueFrom needs exactly one of secretKeyRef and configMapKeyRef",
    spec: { env: [{ name: "A", valueFrom: {} }] },
  },
  {
    what: "half a core as a fraction",
    says: 'cpu is written in whole cores or thousandths: "2" or "250m"',
    spec: { resources: { limits: { cpu: "0.5" } } },
  },
  {
    what: "a decimal size",
    says: "sizes are written in whole Ki, Mi or Gi",
    spec: { resources: { limits: { memory: "64M" } } },
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
    says: 'unknown field "spec.probes.readiness.httpGet.host"',
    spec: { probes: { readiness: { httpGet: { path: "/", port: 80, host: "169.254.169.254" } } } },
  },
  {
    what: "a successThreshold of a liveness probe",
    says: 'unknown field "spec.probes.liveness.successThreshold"',
    spec: { probes: { liveness: { tcpSocket: { port: 80 }, successThreshold: 2 } } },
  },
  {
    what: "a scratch path that climbs",
    says: "scratch.path must be absolute and plain",
    spec: { scratch: [{ path: "/a/../etc" }] },
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
    says: "access.inbound.port must be one of the declared ports: declare it under ports",
    spec: inbound({ workload: "a", port: 9090 }),
  },
  {
    what: "a peer that is nobody",
    says: "an access.inbound entry needs exactly one of workload, namespace, gateway, monitoring, kubernetesAPI and cidr",
    spec: inbound({ port: 8080 }),
  },
  {
    what: "a namespace of a network",
    says: "where workload and namespace may stand together: keep the one that is meant",
    spec: inbound({ cidr: "10.20.0.0/16", namespace: "a" }),
  },
  {
    what: "a destination that is two things",
    says: "an access.outbound entry needs exactly one of workload, namespace, cidr, host and kubernetesAPI",
    spec: outbound({ workload: "a", cidr: "10.20.0.0/16", port: 80 }),
  },
  {
    what: "a namespace of the Kubernetes API",
    says: "an access.outbound entry needs exactly one of",
    spec: outbound({ kubernetesAPI: true, namespace: "a" }),
  },
  {
    what: "a destination without a port",
    says: "access.outbound.port is needed with everything but kubernetesAPI",
    spec: outbound({ workload: "a" }),
  },
  {
    what: "a range of ports of a workload",
    says: "access.outbound.endPort goes with cidr, and lies above port",
    spec: outbound({ workload: "a", port: 80, endPort: 90 }),
  },
  {
    what: "a range of ports that goes down",
    says: "access.outbound.endPort goes with cidr, and lies above port",
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
    says: "host must be a name outside the cluster: name the workload that answers instead",
    spec: outbound({ host: "web.shop.svc.cluster.local", port: 443 }),
  },
  {
    what: "the metadata service by its name",
    says: "host must not stand for a cloud's metadata service",
    spec: outbound({ host: "*.google.internal", port: 80 }),
  },
  {
    what: "a network with host bits",
    says: "with no host bits set",
    spec: outbound({ cidr: "10.20.0.1/16", port: 443 }),
  },
  {
    what: "the whole internet",
    says: "name the networks that are meant",
    spec: outbound({ cidr: "0.0.0.0/0", port: 443 }),
  },
  {
    what: "the metadata service",
    says: "loopback, link-local or cloud metadata addresses, which no workload may reach",
    spec: outbound({ cidr: "169.254.169.254/32", port: 80 }),
  },
  {
    what: "a resource of another group",
    says: "permissions must name a resource in its own apiGroup",
    spec: permission("apps", "pods", "get"),
  },
  {
    what: "deleting pods",
    says: "a verb that is not granted on that resource",
    spec: permission("", "pods", "delete"),
  },
  { what: "updating any ConfigMap", says: "add resourceNames", spec: permission("", "configmaps", "update") },
  { what: "listing Secrets", says: "Unsupported value", spec: permission("", "secrets", "list") },
  { what: "exec", says: "Unsupported value", spec: permission("", "pods/exec", "create") },
  { what: "a wildcard group", says: "Unsupported value", spec: permission("*", "pods", "get") },
  { what: "a wildcard verb", says: "Unsupported value", spec: permission("", "pods", "*") },
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
      says: "a source of files needs at most one of key and items",
      spec: files({ content: undefined, secret: { name: "a", key: "a", items: [{ key: "a", path: "a" }] } }),
    },
    {
      what: "a file from nowhere",
      says: "an entry of files needs exactly one of content, configMap and secret",
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
    { what: "a claim in capitals", says: "claims.name has lower-case letters", spec: claims({ name: "Data" }) },
    {
      what: "a claim called like a volume",
      says: "claims.name must not be like a volume",
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
      says: "claims.storageClass and claims.accessMode go with size",
      spec: claims({ storageClass: "fast" }),
    },
    {
      what: "a probe of an init container",
      says: "probes and lifecycle do not fit an Init container",
      spec: beside({ role: "Init", probes: { liveness: { tcpSocket: { port: 80 } } } }),
    },
    {
      what: "a container with the workload's name",
      says: "containers.name must not be the workload's own name",
      spec: beside({ name: "web" }),
    },
    {
      what: "a claim that is not declared",
      says: "containers.claims must name one of the workload's claims",
      spec: beside({ claims: [{ name: "data", path: "/data" }] }),
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
      what: "replicas of a DaemonSet",
      says: "replicas fits type Deployment and StatefulSet",
      spec: { type: "DaemonSet", replicas: 2 },
    },
    {
      what: "an autoscaler of a DaemonSet",
      says: "autoscaling and rollout fit type Deployment",
      spec: { type: "DaemonSet", rollout: { maxSurge: 1 } },
    },
    {
      what: "a budget of a Job",
      says: "disruption fits type Deployment and StatefulSet",
      spec: { type: "Job", disruption: { maxUnavailable: 1 } },
    },
    { what: "a CronJob without a schedule", says: "schedule goes with type CronJob", spec: { type: "CronJob" } },
    {
      what: "a schedule in words",
      says: "schedule.cron has five fields",
      spec: { type: "CronJob", schedule: { cron: "every night" } },
    },
    {
      what: "a time zone in small letters",
      says: "schedule.timeZone is a name such as",
      spec: { type: "CronJob", schedule: { cron: "@daily", timeZone: "utc" } },
    },
    {
      what: "the zone of whoever looks",
      says: "schedule.timeZone must name a zone",
      spec: { type: "CronJob", schedule: { cron: "@daily", timeZone: "Local" } },
    },
    { what: "runs of a Deployment", says: "job fits type Job and CronJob", spec: { job: { retries: 1 } } },
    {
      what: "the order of a Deployment's pods",
      says: "podManagement fits type StatefulSet",
      spec: { podManagement: "Parallel" },
    },
    {
      what: "a claim of each pod of a Deployment",
      says: "claims.size fits type StatefulSet",
      spec: claims({ existing: undefined, size: "1Gi" }),
    },
  ],
  {
    what: "autoscaling without a measure",
    says: "autoscaling needs something to scale by",
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
    says: "autoscaling.schedule goes with cpu and memory, not with metrics",
    spec: autoscaled({ schedule: [HOURS], metrics: [{ type: "Pods", name: "rate", averageValue: "1" }] }),
  },
  {
    what: "a schedule beyond the maximum",
    says: "autoscaling.schedule.replicas must not exceed maxReplicas",
    spec: autoscaled({ schedule: [{ ...HOURS, replicas: 4 }] }),
  },
  {
    what: "a schedule that ends when it starts",
    says: "autoscaling.schedule must end at another time than it starts",
    spec: autoscaled({ schedule: [{ ...HOURS, end: HOURS.start }] }),
  },
  {
    what: "a schedule in words",
    says: "autoscaling.schedule takes five fields of numbers",
    spec: autoscaled({ schedule: [{ ...HOURS, start: "0 8 * * MON" }] }),
  },
  {
    what: "a metric without a target",
    says: "autoscaling.metrics needs exactly one of averageValue and value",
    spec: autoscaled({ metrics: [{ type: "External", name: "depth" }] }),
  },
  {
    what: "a sum over Pods",
    says: "a metric of Pods is averaged over them",
    spec: autoscaled({ metrics: [{ type: "Pods", name: "rate", value: "1" }] }),
  },
  {
    what: "a target as a fraction",
    says: "a metric's target is written as a whole number or in thousandths",
    spec: autoscaled({ metrics: [{ type: "Pods", name: "rate", averageValue: "1.5" }] }),
  },
  {
    what: "a budget of two kinds",
    says: "disruption needs exactly one of maxUnavailable and minAvailable",
    spec: { replicas: 3, disruption: { maxUnavailable: 1, minAvailable: 1 } },
  },
  {
    what: "a budget that blocks every drain",
    says: "disruption.maxUnavailable must let a pod go",
    spec: { replicas: 3, disruption: { maxUnavailable: "0%" } },
  },
  {
    what: "a budget that keeps every pod",
    says: "disruption.minAvailable must leave a pod that may go",
    spec: { replicas: 3, disruption: { minAvailable: "70%" } },
  },
  {
    what: "a rollout that can replace nothing",
    says: "rollout without a surge needs maxUnavailable of 1 or more",
    spec: { replicas: 3, rollout: { maxSurge: 0 } },
  },
  {
    what: "a rollout that takes all pods away",
    says: "rollout.maxUnavailable must leave a pod of the version before in service",
    spec: { replicas: 3, rollout: { maxUnavailable: "100%" } },
  },
  {
    what: "a deadline no rollout can keep",
    says: "rollout.progressDeadlineSeconds must be longer than minReadySeconds",
    spec: { rollout: { minReadySeconds: 60, progressDeadlineSeconds: 60 } },
  },
  {
    what: "metrics over UDP",
    says: "monitoring.port is scraped over TCP",
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
    says: "expose.tls must be the same wherever a host stands twice",
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

test("no rule of the CRD is left untried", () => {
  const crd = JSON.stringify(buildCrd(SECURE_WORKLOAD_KIND));
  const rules = crd.matchAll(/"rule":"(?:[^"\\]|\\.)*","message":("(?:[^"\\]|\\.)*")/g);
  const messages = [...rules].map(([, message = ""]) => JSON.parse(message) as string);
  expect(messages.length).toBeGreaterThan(30);
  expect(messages.filter((message) => !REFUSED.some(({ says }) => message.includes(says)))).toEqual([]);
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
  expect(text).toContain("Directories the container may write");
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
  const narrow = ["NAME", "READY", "REASON", "IMAGE", "DRIFT", "AGE"];
  expect(await columns("sw")).toEqual(narrow);
  expect(await columns("palisade", "-o", "wide")).toEqual([...narrow, "MESSAGE"]);
});

test("the scale subresource cannot turn a good budget into one that blocks every drain", async () => {
  const budget = { replicas: 3, disruption: { minAvailable: 2 } };
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("budget", namespace, budget) });
  const scale = kubectl(cluster, ["scale", "sw/budget", "--replicas=2", "-n", namespace]);
  await expect(scale).rejects.toThrow("disruption.minAvailable must leave a pod that may go");
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
