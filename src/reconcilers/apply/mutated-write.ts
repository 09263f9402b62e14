/**
 * A child that the API server stores otherwise than it is written. What is harmless stays; anything else is told, and tried again by dry run only, so
 * that nothing is written in vain.
 */
import { isDeepStrictEqual } from "node:util";
import { isConflict, isInvalid, isNotFound, type KubeObject } from "kopf-ts";
import { isImmutableChange } from "../../expand/child-kinds.ts";
import { SERVICE_ACCOUNT } from "../../kubernetes/kinds.ts";
import { DRY_RUN_PREFIX } from "../../names.ts";
import { additionAt } from "../../plan/additions.ts";
import { repaired, valueAt } from "../../plan/compare.ts";
import type { Desired } from "../../plan/desired.ts";
import { type Difference, formatPath } from "../../plan/diff.ts";
import { areHarmless, isTemplateMetadata } from "../../plan/harmless-mutations.ts";
import { isMetadataTooMuch } from "../../plan/ignored-fields.ts";
import { fieldsOf } from "../../plan/plan-changes.ts";
import type { ChildRecord, Deviation } from "../../state/records/child.ts";
import type { SyncDeps } from "../deps.ts";
import { actionKey, type ChildProblem, displayName } from "./correction-result.ts";
import type { Target } from "./target.ts";

/** A child that differs, and how. */
export interface Change {
  readonly desired: Desired;
  readonly record: ChildRecord;
  readonly deviation: Deviation;
}

/**
 * Whether the differences are harmless and exactly what the server makes of our own write: then they are accepted, and the child is compared again.
 * A dry run asks, so neither a restart nor a webhook costs a write.
 */
export async function acceptedMutation(
  target: Target,
  change: Change,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const { desired, deviation } = change;
  const { live, differences } = deviation;
  if (target.acceptMutation === undefined || !areHarmless(desired, live, differences)) return false;
  const became = await wouldBecome(target, change, deps, signal);
  if (became === undefined || !isLike(became, live, differences)) return false;
  target.acceptMutation(desired, live, differences);
  deps.rewrites.note(actionKey(target), desired, undefined);
  target.cache.observe(live);
  return true;
}

/** What our write would be stored as. What the server refuses to answer is left to the write itself. */
async function wouldBecome(
  target: Target,
  { desired, deviation }: Change,
  { client }: SyncDeps,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const { live, wanted, differences } = deviation;
  const asked = { dryRun: true, signal } as const;
  try {
    return isImmutableChange(target.resource, differences)
      ? await client.create(target.resource, probeOf(wanted), asked)
      : await client.replace(target.resource, repaired(wanted, live, desired.toleratedMetadata), asked);
  } catch (error) {
    if (isConflict(error) || isNotFound(error) || isInvalid(error)) return undefined;
    throw error;
  }
}

const isLike = (one: KubeObject, other: KubeObject, at: readonly Difference[]): boolean =>
  at.every(({ path }) => isDeepStrictEqual(valueAt(one, path), valueAt(other, path)));

/** Whether the write would come to nothing: each difference stays one, if only with another value, as of a time or a count. */
const isInVain = (became: KubeObject, wanted: KubeObject, at: readonly Difference[]): boolean =>
  at.every(({ path }) => !isDeepStrictEqual(valueAt(became, path), valueAt(wanted, path)));

/** The object under a name that nothing has. */
export function probeOf(object: KubeObject): KubeObject {
  const { name: _name, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, generateName: DRY_RUN_PREFIX } } as unknown as KubeObject;
}

/** Whether the differences would outlast our write. Of a value that is known to be of our own, another one is no news. */
const standsAfter = (became: KubeObject, { deviation }: Change, isKnown: boolean): boolean =>
  isKnown
    ? isInVain(became, deviation.wanted, deviation.differences)
    : isLike(became, deviation.live, deviation.differences);

/** Something changes this very write: writing it once more would go on for ever. */
export async function mutatedWriteProblem(
  target: Target,
  change: Change,
  deps: SyncDeps,
  signal: AbortSignal,
): Promise<ChildProblem | undefined> {
  const { desired, deviation } = change;
  const key = actionKey(target);
  const isKnown = deps.rewrites.isKnown(key, desired, deviation);
  // What cannot be changed in place would be deleted and created again, only to become the same.
  if (!isKnown && !isImmutableChange(target.resource, deviation.differences)) return undefined;
  if (!isKnown || deps.rewrites.waitMs(key) === 0) {
    const became = await wouldBecome(target, change, deps, signal);
    if (became === undefined || !standsAfter(became, change, isKnown)) return undefined;
    deps.rewrites.note(key, desired, deviation);
  }
  return writeChanged(displayName(target), deviation.differences, Math.max(1, deps.rewrites.waitMs(key)));
}

/** Where the platform team could list all of it; undefined where it cannot. Annotations of a ServiceAccount are cloud identities, and stay what they are. */
function listFor(name: string, differences: readonly Difference[]): string | undefined {
  const isAccount = name.startsWith(`${SERVICE_ACCOUNT.kind}/`);
  const isMetadata = (difference: Difference): boolean =>
    (isMetadataTooMuch(difference) && !(isAccount && difference.path[1] === "annotations")) ||
    (difference.kind === "foreign" && isTemplateMetadata(difference.path));
  if (differences.every(isMetadata)) return "toleratedMetadata";
  const names = differences.map(({ path }) => additionAt(formatPath(path)));
  return names.every((one) => one !== undefined)
    ? `injections.expected (${[...new Set(names)].join(", ")})`
    : undefined;
}

export function writeChanged(name: string, differences: readonly Difference[], retryAfterMs: number): ChildProblem {
  const isMetadata = differences.every(isMetadataTooMuch);
  const list = listFor(name, differences);
  const advice = `${list === undefined ? "" : `list it in ${list} of the SecurityBaseline, or `}exclude this namespace from the webhook`;
  return {
    reason: "WriteChanged",
    message: `The API server, or a webhook in it, changes ${fieldsOf(differences).join(", ")} of ${name} whenever Palisade writes it: ${advice}`,
    retryAfterMs,
    keepsNothingBack: isMetadata,
  };
}
