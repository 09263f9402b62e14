/** What the platform team would have to grant, as a proposal. Pure. */
import type { KubeObject } from "kopf-ts";
import { API_VERSION, BASELINE_NAME } from "../crds/group.ts";
import type { CloudProvider } from "../crds/v1alpha1/cloud-identity.ts";
import { MAX_GRANTED_RULES } from "../crds/v1alpha1/permissions.ts";
import type { Draft, Evidence, Wish } from "./draft.ts";
import { sayPlace } from "./ledger.ts";

/** Thirty days: long enough to change an image, short enough to be remembered. */
const VALID_FOR = "720h";

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();

/** Nothing where nothing is needed. The baseline comes first, where there is one. */
export function platformOf(drafts: readonly Draft[], namespace: string): readonly KubeObject[] {
  const baseline = baselineOf(drafts, namespace);
  return [
    ...(baseline === undefined ? [] : [baseline]),
    ...drafts.flatMap((draft) => exceptionOf(draft, namespace) ?? []),
  ];
}

/** Why each namespace asks for what it asks for, by the path in the baseline. */
export function grantReasons(drafts: readonly Draft[], fallback: string): ReadonlyMap<string, Evidence> {
  const reasons = grantsOf(drafts, fallback).flatMap(({ wishes, hosts, identities, internet }, index) => {
    const path = `namespaces[${index}]`;
    const first = (kind: Wish["kind"], value: string) =>
      wishes.find((wish) => wish.kind === kind && wish.value === value)?.evidence;
    return [
      ...hosts.map((host, place) => [`${path}.hosts[${place}]`, first("host", host)] as const),
      ...identities.map((name, place) => [`${path}.identities[${place}]`, first("identity", name)] as const),
      [`${path}.internet`, internetReason(first("internet", internet[0] ?? ""), internet)] as const,
    ];
  });
  const permissions = permissionsOf(drafts, fallback).map(
    ({ evidence }, index) => [`permissions[${index}]`, evidence] as const,
  );
  return new Map(
    [...reasons, ...permissions].flatMap(([path, evidence]) =>
      evidence === undefined ? [] : [[path, evidence] as const],
    ),
  );
}

const internetReason = (evidence: Evidence | undefined, workloads: readonly string[]): Evidence | undefined =>
  evidence === undefined ? undefined : { ...evidence, why: `own NetworkPolicy of ${workloads.join(", ")}` };

interface Grants {
  readonly name: string;
  readonly wishes: readonly Wish[];
  readonly hosts: readonly string[];
  readonly identities: readonly string[];
  /** Workloads that reach it. */
  readonly internet: readonly string[];
}

/** Of the namespaces that need any. */
function grantsOf(drafts: readonly Draft[], fallback: string): readonly Grants[] {
  const names = distinct(drafts.map(({ namespace }) => namespace ?? fallback));
  const grants = names.map((name): Grants => {
    const wishes = drafts.filter((draft) => (draft.namespace ?? fallback) === name).flatMap((draft) => draft.wishes);
    const wished = (kind: Wish["kind"]): readonly string[] =>
      distinct(wishes.filter((wish) => wish.kind === kind).map(({ value }) => value));
    return {
      name,
      wishes,
      hosts: wished("host"),
      identities: wished("identity"),
      internet: wished("internet"),
    };
  });
  return grants.filter(({ hosts, identities, internet }) => hosts.length + identities.length + internet.length > 0);
}

/** Permissions beyond the menu, workload by workload. */
const permissionsOf = (drafts: readonly Draft[], fallback: string) =>
  drafts.flatMap(({ name, namespace = fallback, wishes }) => {
    const asked = wishes.filter(({ kind }) => kind === "permission");
    const reads = wishes.filter(({ kind }) => kind === "clusterRead");
    const parts = Array.from({ length: Math.ceil(asked.length / MAX_GRANTED_RULES) }, (_, index) => {
      const part = asked.slice(index * MAX_GRANTED_RULES, (index + 1) * MAX_GRANTED_RULES);
      return { part, grants: { rules: part.map(({ value }) => JSON.parse(value) as object) } };
    });
    const read = { part: reads, grants: { clusterReads: distinct(reads.map(({ value }) => value)) } };
    return [...parts, ...(reads.length === 0 ? [] : [read])].map(({ part, grants }) => ({
      evidence: part[0]?.evidence,
      grant: { namespace, workloads: [name], ...grants, reason: "had by its role before" },
    }));
  });

function baselineOf(drafts: readonly Draft[], fallback: string): KubeObject | undefined {
  const registries = distinct(drafts.flatMap(({ spec }) => imagesOf(spec).map(repositoryOf)));
  if (registries.length === 0) return undefined;
  const namespaces = grantsOf(drafts, fallback).map(({ name, hosts, identities, internet }) => ({
    name,
    ...(hosts.length === 0 ? {} : { hosts }),
    ...(identities.length === 0
      ? {}
      : { identities: identities.map((value) => ({ provider: providerOf(value), name: value })) }),
    ...(internet.length === 0 ? {} : { internet: true }),
  }));
  const permissions = permissionsOf(drafts, fallback).map(({ grant }) => grant);
  const spec = {
    registries,
    ...(permissions.length === 0 ? {} : { permissions }),
    ...(namespaces.length === 0 ? {} : { namespaces }),
  };
  return { apiVersion: API_VERSION, kind: "SecurityBaseline", metadata: { name: BASELINE_NAME }, spec };
}

function providerOf(identity: string): CloudProvider {
  if (identity.startsWith("arn:")) return "AWS";
  return identity.endsWith(".iam.gserviceaccount.com") ? "GCP" : "Azure";
}

function imagesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(imagesOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => (key === "image" ? [String(field)] : imagesOf(field)));
}

/** The registry with the folder in it, as short as still names whose images these are. */
function repositoryOf(image: string): string {
  const path = image
    .replace(/@.*$/, "")
    .replace(/:[^/]*$/, "")
    .split("/");
  const [first = ""] = path;
  const hasRegistry = path.length > 1 && (/[.:]/.test(first) || first === "localhost");
  const [registry = "", ...names] = hasRegistry
    ? path
    : ["docker.io", ...(path.length === 1 ? ["library"] : []), ...path];
  return names.length > 1 ? `${registry}/${names.slice(0, -1).join("/")}` : registry;
}

function exceptionOf({ name, namespace, wishes }: Draft, fallback: string): KubeObject | undefined {
  const exceptions = wishes.filter(({ kind }) => kind === "exception");
  if (exceptions.length === 0) return undefined;
  const places = distinct(exceptions.map(({ value, evidence }) => `${value} at ${sayPlace(evidence)}`)).join(", ");
  return {
    apiVersion: API_VERSION,
    kind: "SecurityException",
    metadata: { name: `${namespace ?? fallback}-${name}`.slice(0, 63).replace(/-+$/, "") },
    spec: {
      workload: { namespace: namespace ?? fallback, name },
      lifts: distinct(exceptions.map(({ value }) => value)),
      validFor: VALID_FOR,
      reason: `Its manifest breaks ${places}. Replace the image or the setting before this ends.`.replace(
        /[^!-~ ]/g,
        "?",
      ),
      requestedBy: "palisade-convert",
    },
  };
}
