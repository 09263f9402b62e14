/**
 * Whose a Service of a chosen name is. A child's name tells its workload everywhere else; here the specs and the statuses of the namespace tell it. A
 * workload's own name is never another's to choose. Of those that chose one the workload has it whose status records the Service: an older one
 * that chooses it later waits, as it does for a host. Where nothing is recorded yet, the oldest has it.
 */
import { type Cache, keyOf, type ObjectName, type Resource } from "kopf-ts";
import { EVERY_NAME, SERVICES_ANNOTATION } from "../crds/group.ts";
import type { Problem } from "../crds/v1alpha1/findings.ts";
import { type ChildKind, childNamed, chosenService, kindsWith } from "../expand/child-kinds.ts";
import { chosenNames } from "../expand/service-names.ts";
import { SERVICE } from "../kubernetes/kinds.ts";
import { headlessName } from "../names.ts";
import type { PlatformGrants } from "./platform-grants.ts";
import type { NamespaceRecord } from "./records/namespace.ts";
import { byAge, type WorkloadRecord } from "./records/workload.ts";

const PREFIX = `${SERVICE.kind}/`;

/** Those that the status records: they stand, though the spec no longer says them perhaps. */
const recordedNames = ({ ref, status }: WorkloadRecord): readonly string[] =>
  (status.children ?? [])
    .filter((child) => child.startsWith(PREFIX))
    .map((child) => child.slice(PREFIX.length))
    .filter((name) => name !== ref.name && name !== headlessName(ref.name));

const declaredNames = ({ ref, spec }: WorkloadRecord): readonly string[] =>
  chosenNames(ref.name, spec ?? {}).map(({ name }) => name);

/** What a workload chose, and what it still has of what it chose before. */
export const namesChosenBy = (workload: WorkloadRecord): readonly string[] => [
  ...new Set([...declaredNames(workload), ...recordedNames(workload)]),
];

/** The index of workloads that {@link ServiceNames} reads. */
export const BY_SERVICE_NAME = "serviceName";

export const SERVICE_NAME_INDICES = {
  [BY_SERVICE_NAME]: (workload: WorkloadRecord): readonly string[] =>
    namesChosenBy(workload).map((name) => keyOf({ namespace: workload.ref.namespace, name })),
};

/** To whom chose a name that is another's. */
export const nameTakenBy = (name: string, owner: string): string =>
  `serviceNames: Service ${name} belongs to SecureWorkload ${owner}: choose another name, or remove it there first; a Service leads to the pods of one workload`;

export interface ServiceNamesSources {
  readonly workloads: Pick<Cache<WorkloadRecord>, "get" | "byIndex">;
  readonly namespaces: Pick<Cache<NamespaceRecord>, "get">;
  readonly granted: Pick<PlatformGrants, "enforcement">;
}

export class ServiceNames {
  readonly #sources: ServiceNamesSources;

  constructor(sources: ServiceNamesSources) {
    this.#sources = sources;
  }

  /** The workload that has a chosen name; undefined for a name that nobody chose, or that is a workload's own. */
  holderOf(name: ObjectName): WorkloadRecord | undefined {
    const { workloads } = this.#sources;
    const key = keyOf(name);
    if (workloads.get(key) !== undefined) return undefined;
    const claimants = workloads.byIndex(BY_SERVICE_NAME, key).flatMap((one) => workloads.get(one) ?? []);
    const recorded = claimants.filter((workload) => recordedNames(workload).includes(name.name));
    return (recorded.length === 0 ? claimants : [...recorded]).sort(byAge)[0];
  }

  /** Every kind of child that a workload has or had, in the order they are created. */
  kindsOf(workload: WorkloadRecord): readonly ChildKind[] {
    return kindsWith(this.#heldBy(workload));
  }

  /** Which child of which workload an object is by its name; undefined for a name that is no child's. */
  childNamed(
    resource: Resource,
    name: ObjectName,
  ): { readonly kind: ChildKind; readonly workload: string } | undefined {
    const holder = resource === SERVICE ? this.holderOf(name) : undefined;
    return holder === undefined
      ? childNamed(resource, name.name)
      : { kind: chosenService(name.name), workload: holder.ref.name };
  }

  /** What workloads of one namespace chose. A workload's own name is protected as such. */
  chosenIn(workloads: readonly WorkloadRecord[]): readonly string[] {
    const own = new Set(workloads.map(({ ref }) => ref.name));
    return workloads.flatMap(namesChosenBy).filter((name) => !own.has(name));
  }

  /** Of the names in a workload's spec those whose Service it may not have, or not yet: nothing is made before admission protects it. */
  withheldFrom(workload: WorkloadRecord): readonly string[] {
    const held = this.#heldBy(workload);
    return declaredNames(workload).filter((name) => !held.includes(name) || !this.#isProtected(workload, name));
  }

  /** What a workload chose that is another's. */
  problemsOf(workload: WorkloadRecord): readonly Problem[] {
    const held = this.#heldBy(workload);
    return declaredNames(workload).flatMap((name) => {
      if (held.includes(name)) return [];
      const owner = this.holderOf({ namespace: workload.ref.namespace, name })?.ref.name ?? name;
      return [{ reason: "NameTaken" as const, message: nameTakenBy(name, owner) }];
    });
  }

  /** The workloads whose names a change of one may free or take, without it. */
  rivalsOf(...records: readonly (WorkloadRecord | undefined)[]): readonly string[] {
    const keys = records.flatMap((record) =>
      record === undefined ? [] : [record.key, ...SERVICE_NAME_INDICES[BY_SERVICE_NAME](record)],
    );
    const own = new Set(records.flatMap((record) => record?.key ?? []));
    const rivals = keys.flatMap((key) => this.#sources.workloads.byIndex(BY_SERVICE_NAME, key));
    return [...new Set(rivals)].filter((key) => !own.has(key));
  }

  #heldBy(workload: WorkloadRecord): readonly string[] {
    const { namespace } = workload.ref;
    return namesChosenBy(workload).filter((name) => this.holderOf({ namespace, name })?.key === workload.key);
  }

  #isProtected(workload: WorkloadRecord, name: string): boolean {
    const { namespaces, granted } = this.#sources;
    const { namespace } = workload.ref;
    // Where nothing is written, nothing waits for the lists.
    if (recordedNames(workload).includes(name) || granted.enforcement(namespace) === "Report") return true;
    return isListedService(namespaces.get(namespace)?.marks ?? {}, name);
  }
}

const isListedService = (marks: NamespaceRecord["marks"], name: string): boolean => {
  const list = marks[SERVICES_ANNOTATION] ?? "";
  return list.includes(`,${name},`) || list === `,${EVERY_NAME},`;
};
