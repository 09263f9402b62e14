/** What accounts used of the Kubernetes API, by the workloads that ran under them, beside what those declare. Pure. */
import type { KubeObject } from "kopf-ts";
import { clusterRules } from "../crds/v1alpha1/cluster-reads.ts";
import type { PermissionRule } from "../crds/v1alpha1/permission-menu.ts";
import type { Use } from "./audit-log.ts";
import type { Verdict } from "./compare.ts";
import { type DeclaredWorkload, keyOf } from "./declared.ts";
import type { Naming } from "./naming.ts";
import { type Grant, isUsed, rightsOf, undeclared, unusedOf } from "./permissions.ts";

export interface RightFinding {
  /** `namespace/name`. */
  readonly workload: string;
  readonly verdict: Verdict;
  readonly rule: PermissionRule;
  /** Of what is read in the whole cluster: its name in the spec. */
  readonly clusterRead?: string;
  /** In its list of the spec, where it stands there. */
  readonly index?: number;
}

export interface UsedRights {
  readonly findings: readonly RightFinding[];
  /** By the account that has them. */
  readonly unused: readonly (Grant & { readonly account: string })[];
  /** By workload. */
  readonly decisions: ReadonlyMap<string, readonly string[]>;
  /** What cannot be said of any workload, in sentences. */
  readonly left: readonly string[];
}

export interface Auditing {
  readonly workloads: readonly DeclaredWorkload[];
  readonly uses: readonly Use[];
  readonly refusals: readonly Use[];
  /** Roles and bindings, and what runs pods. */
  readonly objects: readonly KubeObject[];
  readonly naming: Naming;
}

export function usedRights(auditing: Auditing): UsedRights {
  const { workloads, uses, refusals, objects } = auditing;
  const users = new Map(uses.map((use) => [use, usersOf(use, auditing)] as const));
  const decisions = new Map<string, readonly string[]>();
  const findings: RightFinding[] = [];
  for (const workload of workloads) {
    const key = keyOf(workload);
    const own = uses.filter((use) => users.get(use)?.includes(key) === true);
    const rights = rightsOf(merged(own), workload.namespace);
    const denied = refusals.filter((use) => usersOf(use, auditing).includes(key)).map(refusedText);
    if (rights.decisions.length + denied.length > 0) decisions.set(key, [...new Set([...rights.decisions, ...denied])]);
    findings.push(...compared(workload, rights.permissions), ...comparedReads(workload, rights.clusterReads));
  }
  const accounts = [...new Set(uses.map(({ account }) => account))];
  const nobody = uses.filter((use) => users.get(use)?.length === 0);
  return {
    findings,
    unused: accounts.flatMap((account) => unusedOf(account, uses, objects).map((grant) => ({ account, ...grant }))),
    decisions,
    left: [...new Set(nobody.map(({ account }) => `ServiceAccount ${account} is of no workload here`))],
  };
}

const refusedText = ({ verbs, group, resource }: Use): string =>
  `permissions: ${[...verbs.keys()].join(", ")} on ${group === "" ? resource : `${group}/${resource}`} was refused: it asks for what it does not have`;

/** By the pod, else by the account of what runs pods, else by the name of the account, which is a workload's own. */
function usersOf({ account, runner }: Use, { workloads, objects, naming }: Auditing): readonly string[] {
  const [namespace = "", name = ""] = account.split("/");
  const named = (runnerName: string): string => {
    const party = naming({ kind: "workload", namespace, name: runnerName, labels: {} });
    return party.kind === "workload" ? keyOf(party) : "";
  };
  const known = new Set(workloads.map(keyOf));
  if (runner !== undefined && known.has(named(runner))) return [named(runner)];
  const byAccount = objects
    .filter((object) => (object.metadata.namespace ?? namespace) === namespace && accountOf(object) === name)
    .map(({ metadata }) => named(metadata.name))
    .filter((key) => known.has(key));
  if (byAccount.length > 0) return byAccount;
  return known.has(account) ? [account] : [];
}

interface Template {
  readonly spec?: { readonly serviceAccountName?: string };
}
interface Spec {
  readonly template?: Template;
  readonly jobTemplate?: { readonly spec?: { readonly template?: Template } };
}

function accountOf({ spec }: KubeObject): string | undefined {
  const { template, jobTemplate } = (spec ?? {}) as Spec;
  const pod = template ?? jobTemplate?.spec?.template;
  return pod === undefined ? undefined : (pod.spec?.serviceAccountName ?? "default");
}

/** Of several pods, and of an account that several workloads share. */
function merged(uses: readonly Use[]): readonly Use[] {
  const same = Map.groupBy(uses, ({ namespace, group, resource }) => `${namespace} ${group} ${resource}`);
  return [...same.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const verbs = new Map<string, ReadonlySet<string>>();
    for (const [verb, names] of some.flatMap((use) => [...use.verbs]))
      verbs.set(verb, new Set([...(verbs.get(verb) ?? []), ...names]));
    return [{ ...first, verbs }];
  });
}

function compared(workload: DeclaredWorkload, used: readonly PermissionRule[]): readonly RightFinding[] {
  const key = keyOf(workload);
  const declared = workload.permissions.map((rule, index): RightFinding => {
    const verdict = isUsed(rule, used) ? "DeclaredAndSeen" : "DeclaredNotSeen";
    return { workload: key, verdict, rule, index };
  });
  const missing = undeclared(used, workload.permissions);
  return [...declared, ...missing.map((rule): RightFinding => ({ workload: key, verdict: "SeenNotDeclared", rule }))];
}

function comparedReads(workload: DeclaredWorkload, used: readonly string[]): readonly RightFinding[] {
  const finding = (name: string, verdict: Verdict, index?: number): readonly RightFinding[] =>
    clusterRules([name]).map((rule) => ({
      workload: keyOf(workload),
      verdict,
      rule,
      clusterRead: name,
      ...(index === undefined ? {} : { index }),
    }));
  const declared = workload.clusterReads.flatMap((name, index) =>
    finding(name, used.includes(name) ? "DeclaredAndSeen" : "DeclaredNotSeen", index),
  );
  const missing = used.filter((name) => !workload.clusterReads.includes(name));
  return [...declared, ...missing.flatMap((name) => finding(name, "SeenNotDeclared"))];
}
