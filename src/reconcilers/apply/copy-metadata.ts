/** Labels, annotations and owners of copies of ConfigMaps, put back where somebody changed them. */
import { hashOf, isConflict, isNotFound, type KubeObject } from "kopf-ts";
import { CONFIG_MAP } from "../../kubernetes/kinds.ts";
import { compare, repaired } from "../../plan/compare.ts";
import type { Desired } from "../../plan/desired.ts";
import { buildCopy, contentOf } from "../../state/config-copies.ts";
import type { Deviation } from "../../state/records/child.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";
import { actionKey, type ChildProblem } from "./correction-result.ts";
import { writeChanged } from "./mutated-write.ts";

/**
 * Whatever stands around the content is put back, but for what others may write there; the content cannot have changed. Undefined when it is so now,
 * `moved` when somebody was quicker.
 */
export async function restoreMarks(
  workload: WorkloadRecord,
  copy: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<ChildProblem | "moved" | undefined> {
  const { cache } = deps.state.references.configs;
  const name = { namespace: workload.ref.namespace, name: copy };
  const live = await deps.client.get(CONFIG_MAP, name, { signal });
  if (live === undefined) return "moved";
  const object = buildCopy(workload, copy, contentOf(live));
  const desired = {
    object,
    digest: hashOf(object),
    toleratedMetadata: deps.state.platform(name.namespace).toleratedMetadata,
  };
  const known = markedDeviation(desired, live, deps);
  const key = actionKey({ resource: CONFIG_MAP, name });
  if (deps.rewrites.isKnown(key, desired, known) && deps.rewrites.waitMs(key) > 0)
    return writeChanged(`ConfigMap/${copy}`, known.differences, Math.max(1, deps.rewrites.waitMs(key)));
  try {
    const written = await deps.client.replace(CONFIG_MAP, repaired(object, live, desired.toleratedMetadata), {
      signal,
    });
    cache.observe(written);
    const became = markedDeviation(desired, written, deps);
    const isRestored = became.differences.length === 0;
    deps.rewrites.note(key, desired, isRestored ? undefined : became);
    return isRestored
      ? undefined
      : writeChanged(`ConfigMap/${copy}`, became.differences, Math.max(1, deps.rewrites.waitMs(key)));
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error;
    return "moved";
  }
}

const markedDeviation = (desired: Desired, live: KubeObject, { clock }: Pick<Deps, "clock">): Deviation => ({
  live,
  wanted: desired.object,
  digest: desired.digest,
  differences: compare(desired.object, live, () => false, desired.toleratedMetadata),
  changedBy: undefined,
  seenMs: clock.monotonicMs(),
});
