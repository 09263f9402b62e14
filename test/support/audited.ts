/** An audit of manifests as a file holds them. */
import { type Audit, type AuditOptions, Auditor } from "../../src/audit/audit.ts";
import type { Finding } from "../../src/audit/finding.ts";
import { parseManifests } from "../../src/manifests/parse.ts";

export const FILE = "app.yaml";

const NOW_MS = Date.parse("2026-11-30T12:00:00Z");

export function audited(text: string, options: Partial<AuditOptions> = {}, known?: ReadonlySet<string>): Audit {
  const auditor = new Auditor({ namespace: "default", nowMs: NOW_MS, ...options });
  const { manifests, unread } = parseManifests(FILE, text);
  for (const manifest of manifests) auditor.add(manifest);
  const audit = auditor.finish(known);
  return { ...audit, unread: [...unread, ...audit.unread] };
}

export const chainsOf = ({ findings }: Audit): readonly Finding[] => findings.filter(({ kind }) => kind === "chain");

export const ruleIds = ({ findings }: Audit): readonly string[] => [...new Set(findings.map(({ rule }) => rule))];

/** A Pod with this spec, of one container unless it names others. */
export const aPod = (name: string, spec: object = {}, container: object = {}): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: "main", image: "registry.example.com/shop/app:1.0.0", ...container }],
      ...spec,
    },
  });

export const aService = (name: string, port: number, spec: object = {}): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop" },
    spec: { selector: { app: name }, ports: [{ port }], ...spec },
  });

/** An account of `shop`, bound in the whole cluster or in its namespace to a role with these rules. */
export function bound(account: string, rules: readonly object[], isOfCluster = true): string {
  const kind = isOfCluster ? "ClusterRole" : "Role";
  const namespace = isOfCluster ? {} : { namespace: "shop" };
  return documents(
    JSON.stringify({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind,
      metadata: { name: `${account}-role`, ...namespace },
      rules,
    }),
    JSON.stringify({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: `${kind}Binding`,
      metadata: { name: `${account}-binding`, ...namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: `${account}-role` },
      subjects: [{ kind: "ServiceAccount", name: account, namespace: "shop" }],
    }),
  );
}

export const documents = (...texts: readonly string[]): string => texts.join("\n---\n");

/** What an audit of these manifests judges. */
export const graphOf = (text: string): Audit["graph"] => audited(text).graph;
