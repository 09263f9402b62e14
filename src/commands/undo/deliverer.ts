/** Who keeps an object as a repository or a release says: what is changed beside it comes back, or is lost with the next delivery. Pure. */
import type { KubeObject } from "kopf-ts";

export interface Deliverer {
  /** `Argo CD`, with what it calls the delivery where the object says so. */
  readonly name: string;
  /** What to do instead. */
  readonly instead: string;
}

interface Tool {
  readonly name: string;
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
  /** As the tool calls itself in `metadata.managedFields`. */
  readonly managers: RegExp;
  readonly instead: string;
}

const IN_GIT = "revert the commit in Git, and let it deliver";

const TOOLS: readonly Tool[] = [
  {
    name: "Argo CD",
    labels: ["argocd.argoproj.io/instance"],
    annotations: ["argocd.argoproj.io/tracking-id"],
    managers: /^argocd-/,
    instead: IN_GIT,
  },
  { name: "Flux", labels: ["kustomize.toolkit.fluxcd.io/name"], managers: /^kustomize-controller$/, instead: IN_GIT },
  { name: "Flux", labels: ["helm.toolkit.fluxcd.io/name"], managers: /^helm-controller$/, instead: IN_GIT },
  {
    name: "Fleet",
    labels: ["objectset.rio.cattle.io/hash"],
    annotations: ["objectset.rio.cattle.io/id"],
    managers: /^fleet(agent|controller|-agent)?$/,
    instead: IN_GIT,
  },
  {
    name: "Config Sync",
    labels: ["configsync.gke.io/declared-version"],
    annotations: ["configmanagement.gke.io/managed", "configsync.gke.io/resource-id"],
    managers: /^configsync/,
    instead: IN_GIT,
  },
  { name: "kapp", labels: ["kapp.k14s.io/app"], managers: /^kapp/, instead: "deploy the version before with kapp" },
  {
    name: "Helm",
    annotations: ["meta.helm.sh/release-name"],
    managers: /^(Helm|helm)$/,
    instead: "helm rollback",
  },
];

/** Undefined where nothing tells of one. A mark says more than a field manager, which only wrote something once. */
export function delivererOf({ metadata }: KubeObject): Deliverer | undefined {
  const { labels = {}, annotations = {}, managedFields = [] } = metadata;
  for (const tool of TOOLS) {
    const marks = [
      ...(tool.labels ?? []).map((key) => labels[key]),
      ...(tool.annotations ?? []).map((key) => annotations[key]),
    ].filter((value) => value !== undefined);
    const [mark] = marks;
    if (mark !== undefined) return { name: `${tool.name} (${mark})`, instead: tool.instead };
  }
  const found = TOOLS.find(({ managers }) =>
    managedFields.some(
      ({ manager = "", fieldsV1 }) => managers.test(manager) && Object.hasOwn(fieldsV1 ?? {}, "f:spec"),
    ),
  );
  return found === undefined ? undefined : { name: found.name, instead: found.instead };
}
