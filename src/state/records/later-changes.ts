/**
 * Which parts of a pod were changed after it was created. What else differs from its template was so from the beginning: the API server's own
 * admission put it there, or whoever created the pod. Pure.
 */
import type { ObjectMeta } from "kopf-ts";
import type { FieldManager } from "../../plan/field-owner.ts";
import { findFieldManager } from "../../plan/field-owner.ts";
import { isAlwaysLater, liveFieldCase, stepsOf } from "../../plan/live-pod-fields.ts";
import { differingParts, type PodParts } from "./pod-fields.ts";

/** By path, as {@link PodParts} name them. */
export interface LaterChanges {
  /** Seen to change, or written by somebody who did not create the pod. */
  readonly certain: readonly string[];
  /** Nothing tells. */
  readonly possible: readonly string[];
}

interface SeenBefore {
  readonly parts: PodParts;
  readonly laterChanges: LaterChanges;
}

const NONE: LaterChanges = { certain: [], possible: [] };

/** `previous` is the same pod as it was seen before; `maker` whoever created it. */
export function laterChanges(
  metadata: ObjectMeta,
  parts: PodParts,
  previous: SeenBefore | undefined,
  maker: FieldManager | undefined,
): LaterChanges {
  if (previous === undefined) return atFirstSight(metadata, parts, maker);
  const { certain, possible } = previous.laterChanges;
  const came = differingParts(previous.parts, parts);
  return came.length === 0
    ? previous.laterChanges
    : {
        certain: [...new Set([...certain, ...came])].sort(),
        possible: possible.filter((path) => !came.includes(path)),
      };
}

/** The API server counts every change of a pod's spec, and its deletion, in `metadata.generation` (KEP-5067, on from 1.34). */
function atFirstSight(metadata: ObjectMeta, parts: PodParts, maker: FieldManager | undefined): LaterChanges {
  const { generation = 0, deletionTimestamp } = metadata;
  const counted = generation > 0;
  const untouched = counted && generation - (deletionTimestamp === undefined ? 0 : 1) <= 1;
  const paths = Object.keys(parts.fields).filter((path) => liveFieldCase(path) !== undefined);
  const certain = paths.filter((path) => isAlwaysLater(path));
  if (untouched) return certain.length === 0 ? NONE : { certain, possible: [] };
  const rest = paths.filter((path) => !isAlwaysLater(path)).map((path) => [path, writerOf(path, metadata)] as const);
  const byOthers = rest.filter(([, writer]) => isAnother(writer, maker)).map(([path]) => path);
  const open = rest.filter(
    ([, writer]) => !isAnother(writer, maker) && (counted || !isFromCreation(writer, maker, metadata)),
  );
  return { certain: [...certain, ...byOthers].sort(), possible: open.map(([path]) => path).sort() };
}

const writerOf = (path: string, { managedFields = [] }: ObjectMeta): FieldManager | undefined =>
  findFieldManager(managedFields, [stepsOf(path)], "");

const isAnother = (writer: FieldManager | undefined, maker: FieldManager | undefined): boolean =>
  writer?.certain === true && maker?.certain === true && writer.manager !== maker.manager;

/** Both times are to the second. */
const CREATION_MS = 1_000;

/** Admission writes under the name of whoever creates the object. */
function isFromCreation(
  writer: FieldManager | undefined,
  maker: FieldManager | undefined,
  { creationTimestamp }: ObjectMeta,
): boolean {
  if (writer?.certain !== true || maker?.certain !== true) return false;
  return Date.parse(writer.time ?? "") - Date.parse(creationTimestamp ?? "") <= CREATION_MS;
}
