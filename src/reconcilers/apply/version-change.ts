/**
 * What another version of the operator makes of a workload whose spec did not change. It is seen without any mark that every upgrade would
 * have to write: this process never saw the child otherwise, the spec is the one that was reported on, and the template is not
 * even what this version makes of everything that the status says went into it.
 */
import { keyOf } from "kopf-ts";
import { API_VERSION, SECURE_WORKLOAD } from "../../crds/group.ts";
import { childNamed } from "../../expand/child-kinds.ts";
import type { Resolution } from "../../expand/input.ts";
import { liftedIn } from "../../expand/pod-template.ts";
import { standing } from "../../expand/standing.ts";
import { compare } from "../../plan/compare.ts";
import { fieldsOf } from "../../plan/plan-changes.ts";
import { isInTemplate } from "../../plan/pod-template-path.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { imagesIn } from "../../state/grants/images.ts";
import type { ChildRecord } from "../../state/records/child.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { VERSION } from "../../version.ts";
import type { Deps } from "../deps.ts";
import type { Target } from "./target.ts";

export interface BaselineChange {
  readonly workload: WorkloadRecord;
  readonly fields: readonly string[];
}

/** Undefined where the template changes for any other reason, or not at all. */
export function baselineChange(target: Target, record: ChildRecord, deps: Deps): BaselineChange | undefined {
  const { state, learned } = deps;
  const workload = state.workloads.get(keyOf({ ...target.name, name: target.workload ?? "" }));
  const kind = childNamed(target.resource, target.name.name)?.kind;
  const isFirstLook = record.comparison === "stale" && record.conformed === undefined;
  if (workload === undefined || kind?.role !== "controller" || record.deviation === undefined || !isFirstLook)
    return undefined;
  if (workload.status.observedGeneration !== workload.generation) return undefined;
  const { live } = record.deviation;
  const desired = state.desired(workload, kind, {
    resolved: recordedResolution(workload, state),
    lifted: liftedIn(live),
    platform: state.granted.platformOnceFor(workload),
  });
  if (desired === undefined) return undefined;
  const differences = compare(
    standing(desired, live, true),
    live,
    learned.isServerDefault,
    desired.toleratedMetadata,
  ).filter(({ path }) => isInTemplate(path));
  return differences.length === 0 ? undefined : { workload, fields: fieldsOf(differences) };
}

/** What the names in the spec stood for when the status was written. */
function recordedResolution(workload: WorkloadRecord, { granted, references }: ClusterState): Resolution {
  const { configs = [], secretVersions } = workload.status;
  const spec = granted.specOf(workload);
  const isPinned = granted.registries() !== undefined && spec !== undefined;
  return {
    configs: Object.fromEntries(configs.map(({ name, copy }) => [name, copy])),
    images: isPinned ? references.images.running(workload, imagesIn(spec)) : {},
    secrets: secretVersions,
  };
}

/** Reports the start of the replacement. A version that changes nothing reports and writes nothing. */
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
    note: `Palisade ${VERSION} replaces the pods of ${child} because it creates them differently, not because the spec changed: ${fields.join(", ")}. See the release notes`,
  });
}
