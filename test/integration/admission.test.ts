/**
 * Everything that any accepted spec becomes, against the real API server: every pod passes Pod Security `restricted`, and every
 * child is stored exactly as it is built, so that nothing is ever written twice.
 */

import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject } from "kopf-ts";
import { parseSecureWorkload } from "../../src/crds/v1alpha1/secure-workload.ts";
import { CHILD_KINDS, CONTROLLER_KINDS, expand } from "../../src/expand/child-kinds.ts";
import { inlineCopies } from "../../src/expand/configs.ts";
import type { ClusterFacts, PlatformFacts } from "../../src/expand/input.ts";
import { CONFIG_MAP, POD, SERVICE_ACCOUNT } from "../../src/kubernetes/kinds.ts";
import { compare } from "../../src/plan/compare.ts";
import { checkPod, type PodSpec } from "../../src/policies/index.ts";
import { buildCopy } from "../../src/state/config-copies.ts";
import { shapeWorkload } from "../../src/state/records/workload.ts";
import { until } from "../cluster/index.ts";
import { arbitraryTyped, TYPED_NAMES, type Typed } from "../support/arbitrary-types.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { resolvedAll } from "../support/resolved.ts";
import { useCluster } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const SPECS = 2_000;
const AT_ONCE = 16;
/** Of so many specs one has all of its children stored; of the others the controllers alone. */
const ALL_OF = 4;
/** A busy machine is allowed for. */
const PATIENCE_MS = 300_000;

const { cluster, client } = useCluster();
const namespace = uniqueNamespace("admission");

beforeAll(async () => {
  await kubectl(cluster, ["create", "namespace", namespace]);
  const labels = ["enforce=restricted", "enforce-version=latest"].map((label) => `pod-security.kubernetes.io/${label}`);
  await kubectl(cluster, ["label", "namespace", namespace, ...labels]);
  for (const name of TYPED_NAMES) await kubectl(cluster, ["create", "serviceaccount", name, "-n", namespace]);
  await until(
    async () => (await cluster.kubectl(["get", "serviceaccount", "default", "-n", namespace])).code === 0,
    "the default ServiceAccount",
  );
});

const FACTS: ClusterFacts = {
  dns: { namespace: "kube-system", podLabels: { "k8s-app": "kube-dns" }, ports: [{ protocol: "UDP", port: 53 }] },
  apiServer: [
    { ip: "192.0.2.10", port: 6443 },
    { ip: "2001:db8::10", port: 6443 },
    { ip: "10.96.0.1", port: 443, virtual: true },
  ],
  podSecurityVersion: "v1.37",
};

/** It grants everything. */
const PLATFORM: PlatformFacts = {
  registries: undefined,
  gateway: { pods: { namespace: "edge", podLabels: { app: "gateway" } }, cidrs: [] },
  monitoring: { pods: { namespace: "monitoring", podLabels: { app: "prometheus" } }, cidrs: [] },
  exposure: { ingressClass: "public", gateway: undefined },
  hosts: ["*.example.com"],
  identities: [
    { provider: "AWS", name: "arn:aws:iam::111122223333:role/shop-web" },
    { provider: "GCP", name: "web-01@my-project.iam.gserviceaccount.com" },
    { provider: "Azure", name: "01234567-89ab-cdef-0123-456789abcdef" },
  ],
  rollsOnSecrets: false,
  injections: { refused: false, expected: [] },
  toleratedMetadata: [],
};

interface Expanded {
  readonly spec: object;
  readonly children: readonly KubeObject[];
  readonly pod: KubeObject;
}

/** Undefined for a spec that is not accepted. */
function expanded({ name, labels, spec, userNamespace }: Typed): Expanded | undefined {
  const raw = { ...aWorkload(name, namespace), spec } as unknown as KubeObject;
  const metadata = { ...raw.metadata, labels, uid: "00000000-0000-0000-0000-00000000000a" };
  const workload = shapeWorkload({ ...raw, metadata });
  const parsed = parseSecureWorkload(raw);
  if (!parsed.ok) return undefined;
  const accepted = parsed.value.spec;
  const children = expand({
    workload: workload.ref,
    spec: accepted,
    identity: { uid: 12_345, userNamespace },
    facts: FACTS,
    platform: PLATFORM,
    exposed: (accepted.expose ?? []).filter(({ tls }) => tls !== undefined),
    resolved: resolvedAll(name, accepted),
  });
  const copies = [...inlineCopies(name, accepted)].map(([copy, content]) => buildCopy(workload, copy, content));
  return { spec, children: [...children, ...copies], pod: podOf(children, accepted.type) };
}

interface Template {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: PodSpec;
}

function podOf(children: readonly KubeObject[], type: string): KubeObject {
  const made = children.find(({ kind }) => kind === type)?.["spec"] as {
    readonly template?: Template;
    readonly jobTemplate?: { readonly spec: { readonly template: Template } };
  };
  const template = made.template ?? made.jobTemplate?.spec.template;
  if (template === undefined) throw new Error(`a ${type} without a template`);
  const { metadata, spec } = template;
  const claimed = (spec.containers ?? []).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, name: "any", namespace },
    spec: withClaims(spec, claimed),
  };
}

/** As the StatefulSet controller adds a pod's own claims: each a volume of the template's name. */
function withClaims(spec: PodSpec, mounted: readonly string[]): PodSpec {
  const known = new Set((spec.volumes ?? []).map(({ name }) => name));
  const own = [...new Set(mounted)].filter((name) => !known.has(name));
  const volumes = own.map((name) => ({ name, persistentVolumeClaim: { claimName: `${name}-any` } }));
  return volumes.length === 0 ? spec : { ...spec, volumes: [...(spec.volumes ?? []), ...volumes] };
}

/** Accepted specs, all of one seed that stands in each failure. */
function samples(): readonly (Expanded & { readonly seed: number })[] {
  const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
  const found: (Expanded & { readonly seed: number })[] = [];
  for (const typed of fc.sample(arbitraryTyped, { seed, numRuns: SPECS * 2 })) {
    const one = expanded(typed);
    if (one !== undefined) found.push({ ...one, seed });
    if (found.length === SPECS) return found;
  }
  throw new Error(`only ${found.length} of ${SPECS * 2} specs were accepted (seed ${seed})`);
}

/** What the API server says against some of these, each with the spec it came from. */
async function complaints<T>(all: readonly T[], ask: (one: T) => Promise<string | undefined>): Promise<string[]> {
  const found: string[] = [];
  const left = all.values();
  const work = async (): Promise<void> => {
    for (const one of left) {
      const complaint = await ask(one).catch((error: unknown) => String(error));
      if (complaint !== undefined) found.push(complaint);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

const specs = samples();

test("the specs are of every type, with and without user namespaces and low ports", () => {
  const text = specs.map(({ pod, children }) => JSON.stringify({ pod, children }));
  const share = (part: string): number => text.filter((one) => one.includes(part)).length / SPECS;
  for (const { resource, optional } of CHILD_KINDS) {
    if (optional !== true)
      expect({ kind: resource.kind, share: share(`"kind":"${resource.kind}"`) > 0.02 }).toEqual({
        kind: resource.kind,
        share: true,
      });
  }
  for (const part of [
    '"hostUsers":false',
    "ip_unprivileged_port_start",
    '"initContainers"',
    '"grpc"',
    '"preStop"',
    "claimName",
  ]) {
    expect({ part, some: share(part) > 0.05 && share(part) < 0.98 }).toEqual({ part, some: true });
  }
});

test("every pod keeps every rule of the baseline", () => {
  for (const { pod, spec } of specs)
    expect({ spec, broken: checkPod(pod["spec"] as PodSpec) }).toEqual({ spec, broken: [] });
});

test(
  "every pod is admitted where Pod Security enforces restricted at the latest version",
  async () => {
    const refused = await complaints(specs, async ({ pod, spec, seed }) => {
      const said = await client.create(POD, pod, { dryRun: true }).then(() => undefined, String);
      return said === undefined ? undefined : `${said} seed ${seed}: ${JSON.stringify(spec)}`;
    });
    expect(refused.slice(0, 3)).toEqual([]);
  },
  PATIENCE_MS,
);

test("a pod that is not hardened is refused there", async () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "any", namespace },
    spec: { containers: [{ name: "c", image: "registry.example.com/c:1" }] },
  };
  await expect(client.create(POD, pod, { dryRun: true })).rejects.toThrow("violates PodSecurity");
});

/** The one field that some API servers default and others do not know: it is learned, once, by a dry run like these. */
const LEARNED = ["StatefulSet", "spec", "updateStrategy", "rollingUpdate", "maxUnavailable"].join(".");

const RESOURCES = new Map([...CHILD_KINDS.map(({ resource }) => resource), CONFIG_MAP].map((one) => [one.kind, one]));
/** The accounts that the pods need stand already. */
const beside = (child: KubeObject): KubeObject =>
  child.kind === SERVICE_ACCOUNT.kind
    ? { ...child, metadata: { ...child.metadata, name: `${child.metadata.name}-2` } }
    : child;

const CONTROLLERS = new Set(CONTROLLER_KINDS.map(({ resource }) => resource.kind));
const OPTIONAL = new Set(CHILD_KINDS.filter(({ optional }) => optional === true).map(({ resource }) => resource.kind));

test(
  "every child is stored exactly as it is built",
  async () => {
    const all = specs.flatMap(({ children, spec, seed }, index) =>
      children
        .filter(({ kind }) => CONTROLLERS.has(kind) || (index % ALL_OF === 0 && !OPTIONAL.has(kind)))
        .map((child) => ({ child, spec, seed })),
    );
    const different = await complaints(all, async ({ child, spec, seed }) => {
      const resource = RESOURCES.get(child.kind);
      if (resource === undefined) throw new Error(`${child.kind} is no child's kind`);
      const where = `seed ${seed}: ${child.kind} of ${JSON.stringify(spec)}`;
      try {
        const built = beside(child);
        const stored = await client.create(resource, built, { dryRun: true });
        const differences = compare(built, stored, (kind, path) => [kind, ...path].join(".") === LEARNED);
        return differences.length === 0 ? undefined : `${JSON.stringify(differences)} ${where}`;
      } catch (error) {
        return `${String(error)} ${where}`;
      }
    });
    expect(different.slice(0, 3)).toEqual([]);
  },
  PATIENCE_MS,
);
