import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject } from "kopf-ts";
import { parse, stringify } from "yaml";
import { arbitraryWorkload } from "../../test/support/arbitrary-workloads.ts";
import { resolvedAll } from "../../test/support/resolved.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import { TOLERATIONS } from "../crds/v1alpha1/placement-menu.ts";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import { checkPod, type PodSpec } from "../policies/index.ts";
import { expand } from "./child-kinds.ts";
import { type ClusterFacts, NO_PLATFORM } from "./input.ts";

const GOLDEN = join(import.meta.dirname, "..", "..", "test", "golden");

const FACTS: ClusterFacts = {
  dns: { namespace: "kube-system", podLabels: { "k8s-app": "kube-dns" }, ports: [{ protocol: "UDP", port: 53 }] },
  apiServer: [{ ip: "192.0.2.10", port: 6443 }],
  podSecurityVersion: "v1.37",
  keda: true,
};

function expanded(raw: object, facts: ClusterFacts = FACTS): readonly KubeObject[] {
  const parsed = parseSecureWorkload(raw);
  if (!parsed.ok) throw new Error(parsed.errors.join("; "));
  const { name, namespace = "shop", labels = {} } = (raw as KubeObject).metadata;
  const workload = { name, namespace, uid: "00000000-0000-0000-0000-00000000000a", labels };
  return expand({
    workload,
    spec: parsed.value.spec,
    identity: { uid: 12_345, userNamespace: true },
    facts,
    platform: NO_PLATFORM,
    resolved: resolvedAll(name, parsed.value.spec),
  });
}

describe("golden workloads", () => {
  test.each(readdirSync(GOLDEN).filter((file) => file.endsWith(".in.yaml")))(
    "%s becomes exactly its children",
    (file) => {
      const output = expanded(parse(readFileSync(join(GOLDEN, file), "utf8")) as object)
        .map((child) => stringify(child, { aliasDuplicateObjects: false, lineWidth: 0 }))
        .join("---\n");
      const golden = join(GOLDEN, file.replace(".in.yaml", ".out.yaml"));
      if (process.env["UPDATE_GOLDEN"] === "1" || !existsSync(golden)) writeFileSync(golden, output);
      expect(output).toBe(readFileSync(golden, "utf8"));
    },
  );
});

const podOf = (children: readonly KubeObject[]): PodSpec => {
  const deployment = children.find(({ kind }) => kind === "Deployment");
  return (deployment as unknown as { spec: { template: { spec: PodSpec } } }).spec.template.spec;
};

test("no workload that is accepted can make a pod that breaks the baseline, or reach anywhere undeclared", () => {
  fc.assert(
    fc.property(arbitraryWorkload, ({ name, spec }) => {
      const raw = { ...aWorkload(name, "shop"), spec };
      fc.pre(parseSecureWorkload(raw).ok);
      const children = expanded(raw);
      expect(checkPod(podOf(children))).toEqual([]);
      expect(podOf(children).securityContext?.runAsUser).toBeGreaterThanOrEqual(10_000);
      for (const toleration of podOf(children).tolerations ?? []) expect(TOLERATIONS).toContainEqual(toleration);
      expect(podOf(children).priorityClassName).toMatch(/^palisade-(low|normal|high)$/);
      const text = JSON.stringify(children);
      expect(text).not.toContain("0.0.0.0/0");
      expect(JSON.stringify(children.filter(({ kind }) => kind === "Role"))).not.toContain('"*"');
      for (const child of children) expect(child.metadata.ownerReferences).toHaveLength(1);
    }),
    { numRuns: 500 },
  );
});

test("expansion gives the same objects for the same input, and a Role and a token only for permissions", () => {
  const plain = expanded(aWorkload("web", "shop"));
  expect(expanded(aWorkload("web", "shop"))).toEqual(plain);
  expect(plain.map(({ kind }) => kind)).toEqual([
    "NetworkPolicy",
    "ServiceAccount",
    "Service",
    "PodDisruptionBudget",
    "Deployment",
  ]);
  expect(JSON.stringify(plain)).not.toContain('serviceAccountToken"');
  const permissions = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
  const granted = expanded(aWorkload("web", "shop", { permissions }));
  expect(granted.map(({ kind }) => kind)).toContain("RoleBinding");
  expect(JSON.stringify(granted)).toContain('"expirationSeconds":3600');
});

test("an unknown API server address leaves the way closed", () => {
  const raw = aWorkload("web", "shop", { access: { outbound: [{ kubernetesAPI: true }] } });
  const policy = expanded(raw, { ...FACTS, apiServer: undefined }).find(({ kind }) => kind === "NetworkPolicy");
  expect(JSON.stringify(policy)).not.toContain('egress"');
});

test("cloud metadata stays closed inside a wide network", () => {
  const raw = aWorkload("web", "shop", { access: { outbound: [{ cidr: "169.0.0.0/8", port: 443 }] } });
  expect(JSON.stringify(expanded(raw))).toContain('"except":["169.254.0.0/16"]');
});

test("a pod may bind the lowest port that it listens on, that of its metrics included, and nothing is opened needlessly", () => {
  const sysctlsOf = (spec: object) => podOf(expanded(aWorkload("web", "shop", spec))).securityContext?.sysctls;
  const from = (value: string) => [{ name: "net.ipv4.ip_unprivileged_port_start", value }];
  expect(sysctlsOf({ monitoring: { port: 9090 } })).toBeUndefined();
  expect(sysctlsOf({ monitoring: { port: 443 } })).toEqual(from("443"));
  expect(sysctlsOf({ ports: [{ name: "http", port: 80 }], monitoring: { port: 443 } })).toEqual(from("80"));
});
