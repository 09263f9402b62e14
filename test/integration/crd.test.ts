import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { buildSecureWorkloadCrd } from "../../src/crds/custom-resource-definition.ts";
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
const permission = (apiGroups: string, resources: string, ...verbs: readonly string[]): object => ({
  permissions: [{ apiGroups: [apiGroups], resources: [resources], verbs }],
});

interface Refused {
  readonly what: string;
  readonly says: string;
  readonly spec?: object;
  readonly name?: string;
}

const REFUSED: readonly Refused[] = [
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
    says: "a probe needs exactly one of httpGet, tcpSocket and exec",
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
    says: "an access.inbound entry needs exactly one of workload and cidr",
    spec: inbound({ port: 8080 }),
  },
  {
    what: "a namespace of a network",
    says: "access.inbound.namespace goes with workload",
    spec: inbound({ cidr: "10.20.0.0/16", namespace: "a" }),
  },
  {
    what: "a destination that is two things",
    says: "an access.outbound entry needs exactly one of workload, cidr and kubernetesAPI",
    spec: outbound({ workload: "a", cidr: "10.20.0.0/16", port: 80 }),
  },
  {
    what: "a namespace of the Kubernetes API",
    says: "access.outbound.namespace goes with workload",
    spec: outbound({ kubernetesAPI: true, namespace: "a" }),
  },
  {
    what: "a destination without a port",
    says: "access.outbound.port is needed with workload and cidr",
    spec: outbound({ workload: "a" }),
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
  const crd = JSON.stringify(buildSecureWorkloadCrd());
  const rules = crd.matchAll(/"rule":"(?:[^"\\]|\\.)*","message":("(?:[^"\\]|\\.)*")/g);
  const messages = [...rules].map(([, message = ""]) => JSON.parse(message) as string);
  expect(messages.length).toBeGreaterThan(30);
  expect(messages.filter((message) => !REFUSED.some(({ says }) => message.includes(says)))).toEqual([]);
});

test.each(readdirSync(SAMPLES))("the sample %s is accepted, strictly", async (file) => {
  for (const document of parseAllDocuments(readFileSync(join(SAMPLES, file), "utf8"))) {
    const sample = document.toJS() as KubeObject;
    const { name } = sample.metadata;
    expect(parseSecureWorkload(sample)).toMatchObject({ ok: true });
    expect(await refusal({ ...sample, metadata: { name, namespace } })).toBeUndefined();
  }
});

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
