/**
 * What another version of the operator makes of a workload whose spec did not change. It is seen without any mark that every upgrade would
 * have to write: this process never saw the child otherwise, the spec is the one that was reported on, and the template is not
 * even what this version makes of everything that the status says went into it.
 */
import { API_VERSION, SECURE_WORKLOAD } from "../../crds/group.ts";
import { keyOf } from "../../kopf/object.ts";
import type { FieldPath } from "../../plan/diff.ts";
import { judge } from "../../plan/judge.ts";
import { VERSION } from "../../version.ts";
import { fieldsOf } from "../correction.ts";
import type { Deps } from "../deps.ts";
import type { ChildRecord, WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import type { Target } from "./children.ts";
import { childNamed } from "./expand.ts";
import { imagesIn } from "./grants/images.ts";
import type { Resolution } from "./resources/input.ts";
import { liftedIn } from "./resources/pod-template.ts";

export interface BaselineChange {
  readonly workload: WorkloadRecord;
  readonly fields: readonly string[];
}

/** Undefined where the template changes for any other reason, or not at all. */
export function baselineChange(target: Target, record: ChildRecord, deps: Deps): BaselineChange | undefined {
  const { world, learned } = deps;
  const workload = world.workloads.get(keyOf({ ...target.name, name: target.workload ?? "" }));
  const kind = childNamed(target.resource, target.name.name)?.kind;
  const isFirstLook = record.verdict === "outdated" && record.conformed === undefined;
  if (workload === undefined || kind?.role !== "controller" || record.deviation === undefined || !isFirstLook)
    return undefined;
  if (workload.status.observedGeneration !== workload.generation) return undefined;
  const { live } = record.deviation;
  const desired = world.desired(workload, kind, {
    resolved: recordedResolution(workload, world),
    lifted: liftedIn(live),
    platform: world.granted.platformOnceFor(workload),
  });
  if (desired === undefined) return undefined;
  const differences = judge(desired.object, live, learned.isServerDefault).filter(({ path }) => isInTemplate(path));
  return differences.length === 0 ? undefined : { workload, fields: fieldsOf(differences) };
}

export const isInTemplate = ([top, field]: FieldPath): boolean =>
  top === "spec" && (field === "template" || field === "jobTemplate");

/** What the names in the spec stood for when the status was written. */
function recordedResolution(workload: WorkloadRecord, { granted, references }: World): Resolution {
  const { configs = [], secretVersions } = workload.status;
  const spec = granted.specOf(workload);
  const isPinned = granted.registries() !== undefined && spec !== undefined;
  return {
    configs: Object.fromEntries(configs.map(({ name, copy }) => [name, copy])),
    images: isPinned ? references.images.running(workload, imagesIn(spec)) : {},
    secrets: secretVersions,
  };
}

/** Told when the pods begin to be replaced; a version that changes nothing tells, and writes, nothing. */
export function announceBaselineChange(child: string, change: BaselineChange, deps: Deps): void {
  const { workload, fields } = change;
  const { namespace, name, uid } = workload.ref;
  deps.logger.info({ object: workload.key, child, fields, version: VERSION }, "baseline changed");
  deps.metrics.baselineChanges.inc({ kind: child.split("/", 1)[0] ?? child });
  deps.recorder.event({
    regarding: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata: { name, namespace, uid } },
    type: "Normal",
    reason: "BaselineChanged",
    action: "Roll",
    note: `Version ${VERSION} of Palisade makes the pods of ${child} anew, though the spec did not change: ${fields.join(", ")}; the release notes say why`,
  });
}
