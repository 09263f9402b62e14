/** The history of a SecureWorkload as people read it, and what going back to one of its specs would change. Pure. */
import type { KubeObject } from "kopf-ts";
import { parseSecureWorkload } from "../../crds/v1alpha1/secure-workload.ts";
import { isTrue, numberOf, OPERATED_FIELDS, parsedSpec, specHash, specIn } from "../../expand/history.ts";
import { controllerOf } from "../../kubernetes/metadata.ts";
import { type FieldChange, specChanges } from "../../render/difference.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface Revision {
  readonly number: number;
  /** RFC 3339. */
  readonly created: string;
  /** As it was recorded. */
  readonly spec: Fields;
  /** With what this version adds to it; what two specs are compared by. */
  readonly full: Fields;
  readonly hash: string;
}

/** The latest first. What is not of this very SecureWorkload, or not what its name says, is left out. */
export function revisionsOf(workload: KubeObject, objects: readonly KubeObject[]): readonly Revision[] {
  const { name, uid } = workload.metadata;
  return objects
    .filter((object) => uid !== undefined && controllerOf(object)?.uid === uid && isTrue(object, name))
    .map((object) => {
      const spec = specIn(object) ?? {};
      const full: Fields = parsedSpec(object) ?? spec;
      return {
        number: numberOf(object),
        created: object.metadata.creationTimestamp ?? "",
        spec,
        full,
        hash: specHash(full),
      };
    })
    .sort((a, b) => b.number - a.number);
}

/** The spec as it is declared now, with what this version adds to it. */
export function declaredSpec(workload: KubeObject): Fields {
  const parsed = parseSecureWorkload(workload);
  return parsed.ok ? parsed.value.spec : ((workload["spec"] ?? {}) as Fields);
}

/** The latest spec that is another than the declared one. */
export const previousOf = (declared: Fields, revisions: readonly Revision[]): Revision | undefined =>
  revisions.find(({ hash }) => hash !== specHash(declared));

/** What an undo declares: the spec of a revision, operated as the workload is now. */
export function specFor({ spec }: Pick<Revision, "spec">, now: Fields): Fields {
  const kept = OPERATED_FIELDS.filter((field) => now[field] !== undefined && (field !== "replicas" || field in spec));
  return { ...spec, ...Object.fromEntries(kept.map((field) => [field, now[field]])) };
}

/** From what is declared to what an undo declares. */
export const changesTo = (revision: Revision, declared: Fields): readonly FieldChange[] =>
  specChanges(specFor({ spec: revision.full }, declared), declared);

export interface Row {
  readonly revision: number;
  readonly created: string;
  readonly image: string;
  /** Whether the SecureWorkload declares it now. */
  readonly isDeclared: boolean;
  /** Fields in which it differs from the one before; none known for the oldest. */
  readonly fields: readonly string[];
}

export const rowsOf = (declared: Fields, revisions: readonly Revision[]): readonly Row[] =>
  revisions.map((revision, index) => {
    const before = revisions[index + 1];
    return {
      revision: revision.number,
      created: revision.created,
      image: String(revision.spec["image"] ?? ""),
      isDeclared: revision.hash === specHash(declared),
      fields: before === undefined ? [] : specChanges(revision.full, before.full).map(({ path }) => path),
    };
  });
