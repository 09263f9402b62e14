/** Roles and their bindings become permissions, as far as any workload may have them. */
import { CLUSTER_READS, isClusterRead, readName } from "../../crds/v1alpha1/cluster-reads.ts";
import {
  GRANTED_MENU,
  isCustom,
  isOnMenu,
  needsNames,
  PERMISSION_MENU,
  PERMISSION_VERBS,
  type PermissionRule,
  type PermissionVerb,
} from "../../crds/v1alpha1/permission-menu.ts";
import { inEntries } from "../../crds/v1alpha1/permissions.ts";
import { entryOf } from "../../manifests/entry.ts";
import { addTo, type Draft, evidenceOf } from "../draft.ts";
import { type Part, sayPlace } from "../ledger.ts";
import { isBeside, objectsNamed, objectsOf, type World } from "../world.ts";
import { claimReplaced } from "./services.ts";

export function readRights(world: World): void {
  const used = new Set<Part>();
  for (const kind of ["RoleBinding", "ClusterRoleBinding"])
    for (const binding of objectsOf(world, kind)) readBinding(world, binding, used);
  for (const kind of ["Role", "ClusterRole"])
    for (const role of objectsOf(world, kind)) {
      if (used.has(role)) claimReplaced(role, "permissions");
      else role.keep("applied as it is: no workload of these files is bound to it");
    }
}

function readBinding(world: World, binding: Part, used: Set<Part>): void {
  const accounts = binding
    .at("subjects")
    .items()
    .filter((one) => one.at("kind").text() === "ServiceAccount");
  const isNamed = (draft: Draft): boolean => accounts.some((one) => isAccountOf(one, draft));
  const drafts = world.drafts.filter((draft) => isNamed(draft) && isBeside(binding, draft));
  if (drafts.length === 0) {
    binding.keep("applied as it is: it binds no workload of these files");
    return;
  }
  const role = roleOf(world, binding);
  for (const draft of drafts) grant(draft, binding, role);
  if (role !== undefined) used.add(role);
  role?.at("rules").keep("permissions");
  binding.at("roleRef").replace("permissions");
  binding.at("subjects").replace("an account of the workload's own");
  claimReplaced(binding, "permissions");
}

/** An account of the same name in another namespace is another one. */
function isAccountOf(subject: Part, draft: Draft): boolean {
  const namespace = subject.at("namespace").text();
  const isIn = namespace === undefined || draft.namespace === undefined || namespace === draft.namespace;
  return isIn && subject.at("name").text() === (draft.accountName ?? "default");
}

function roleOf(world: World, binding: Part): Part | undefined {
  const kind = binding.at("roleRef", "kind").text() ?? "Role";
  const name = binding.at("roleRef", "name").text() ?? "";
  const inPlace = (role: Part): boolean => kind === "ClusterRole" || namespaceOf(role) === namespaceOf(binding);
  return objectsNamed(world, kind, name).find(inPlace);
}

const namespaceOf = (part: Part): string | undefined => part.at("metadata", "namespace").text();

function grant(draft: Draft, binding: Part, role: Part | undefined): void {
  if (role === undefined) {
    const { kind, name } = binding.at("roleRef").labels();
    draft.decisions.push(`permissions: ${kind} ${name} is not in these files; write what of it is needed`);
  }
  const gathered = role?.at("aggregationRule").drop("the rules that it gathers stand in other ClusterRoles");
  if (gathered?.exists === true)
    draft.decisions.push(
      `permissions: ${sayPlace(gathered.place)} gathers the rules of other ClusterRoles; write what of them is needed`,
    );
  const isEverywhere = binding.at("kind").text() === "ClusterRoleBinding";
  for (const rule of role?.at("rules").items() ?? []) grantRule(draft, rule, isEverywhere);
  if (isEverywhere && (draft.spec["permissions"] !== undefined || role === undefined))
    draft.decisions.push(
      `permissions: ${sayPlace(binding.place)} held in every namespace; permissions are now had in the workload's own alone`,
    );
}

function grantRule(draft: Draft, rule: Part, isEverywhere: boolean): void {
  for (const group of rule.at("apiGroups").texts() ?? [""]) grantIn(draft, rule, group, isEverywhere);
  rule.keep("permissions");
}

/** The verbs that are left when what is read in the whole cluster is declared as that. */
function withoutReads(draft: Draft, rule: Part, name: string): readonly string[] {
  const wanted = rule.at("verbs").texts() ?? [];
  const isWhole = (rule.at("resourceNames").texts() ?? []).length === 0;
  if (!CLUSTER_READS.has(name) || !isWhole || !wanted.some((verb) => isClusterRead(verb) || verb === "*"))
    return wanted;
  const evidence = evidenceOf(rule, "the rule of its ClusterRole");
  const known = (draft.spec["clusterReads"] ?? []) as readonly string[];
  if (!known.includes(name)) {
    draft.spec["clusterReads"] = [...known, name];
    draft.evidence.set(`clusterReads[${known.length}]`, evidence);
    draft.wishes.push({ kind: "clusterRead", value: name, evidence });
  }
  return wanted.filter((verb) => !isClusterRead(verb));
}

/** Resources of which the same can be had are one entry. */
function grantIn(draft: Draft, rule: Part, group: string, isEverywhere: boolean): void {
  const names = rule.at("resourceNames").texts() ?? [];
  const had = (rule.at("resources").texts() ?? []).map((resource) => {
    const wanted = isEverywhere
      ? withoutReads(draft, rule, readName(group, resource))
      : (rule.at("verbs").texts() ?? []);
    return { resource, verbs: grantedOn(draft, { group, resource, names, wanted }) };
  });
  const named = names.length === 0 ? {} : { resourceNames: [...names] };
  for (const alike of Map.groupBy(had, ({ verbs }) => verbs.join()).values()) {
    const verbs = alike[0]?.verbs ?? [];
    if (verbs.length === 0) continue;
    for (const resources of inEntries(alike.map(({ resource }) => resource)))
      add(draft, { apiGroups: [group], resources, verbs, ...named }, rule);
  }
}

/** What goes beyond the menu stands apart, since one rule of a grant allows an entry as a whole. */
function add(draft: Draft, entry: PermissionRule, rule: Part): void {
  const evidence = evidenceOf(rule, "the rule of its role");
  const parts = Map.groupBy(entry.resources, (resource) => isOnMenu({ ...entry, resources: [resource] }));
  for (const [onMenu, resources] of parts) {
    const part = { ...entry, resources };
    addTo(draft, "permissions", part, evidence);
    if (!onMenu) draft.wishes.push({ kind: "permission", value: JSON.stringify(part), evidence });
  }
}

interface Wanted {
  readonly group: string;
  readonly resource: string;
  readonly names: readonly string[];
  readonly wanted: readonly string[];
}

/** What no workload may have is dropped, each with its name. */
function grantedOn(draft: Draft, { group, resource, names, wanted }: Wanted): readonly string[] {
  const granted = menuOf(group, resource, names).filter((verb) => wanted.includes(verb) || wanted.includes("*"));
  const lost = wanted.filter((verb) => !(granted as readonly string[]).includes(verb));
  const on = group === "" ? resource : `${group}/${resource}`;
  if (lost.length > 0)
    draft.decisions.push(`permissions: ${lost.join(", ")} on ${on} cannot be had (palisade explain spec.permissions)`);
  return granted;
}

/** What may be declared. What changes or removes objects of Kubernetes' own kinds is had by their names alone, and so are Secrets. */
function menuOf(group: string, resource: string, names: readonly string[]): readonly PermissionVerb[] {
  if (isCustom(group, resource) && !resource.includes("*")) return PERMISSION_VERBS;
  const entry = `${group}/${resource}`;
  const isNamed = names.length > 0;
  const granted = entryOf(GRANTED_MENU, entry);
  if (granted !== undefined) return isNamed || group !== "" ? granted : [];
  return (entryOf(PERMISSION_MENU, entry) ?? []).filter((verb) => isNamed || !needsNames(resource, verb));
}
