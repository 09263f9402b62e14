/** Reports excess permissions of an account: a condition, an Event for new ones, a metric. */
import { apiVersionOf, nameOf } from "kopf-ts";
import { API_VERSION, SECURE_WORKLOAD } from "../../crds/group.ts";
import type { Notice } from "../../crds/v1alpha1/findings.ts";
import { ROLE_BINDING } from "../../kubernetes/kinds.ts";
import { writerOf } from "../../plan/correction.ts";
import type { Surplus } from "../../rbac/excess.ts";
import { viaOf } from "../../rbac/findings.ts";
import { printable, type Scope } from "../../rbac/privileges.ts";
import { accountSurplus } from "../../state/excess-rights.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";

const SCOPES: readonly Scope[] = ["cluster", "namespace"];

/** Limits of a message: number of bindings and length of each name. */
const MAX_NAMED = 5;
const MAX_NAME = 320;

/** What holds when everything that a pass does is done. */
export function reportRights(workload: WorkloadRecord, deps: Deps): readonly Notice[] {
  const surplus = accountSurplus(workload, deps.state);
  const notice = rightsNotice(surplus);
  const before = workload.status.conditions?.find(({ type }) => type === notice.type);
  const isTold = before?.status === "False" && before.message === notice.message;
  const { memory } = deps.state;
  const { term } = memory.of(workload);
  for (const found of deps.rights.take(term, surplus, isTold)) tell(workload, found, deps);
  // A workload that is gone meanwhile is counted no more, for nothing would end its count.
  if (!memory.isKept(workload)) deps.rights.forget(term);
  countRights(deps);
  return [notice];
}

/** Called once: what was told of a workload is counted until its term ends. */
export function followTerms(deps: Pick<Deps, "rights" | "metrics" | "state">): void {
  deps.state.memory.onTermEnd((term) => {
    deps.rights.forget(term);
    countRights(deps);
  });
}

function countRights({ rights, metrics }: Pick<Deps, "rights" | "metrics">): void {
  for (const scope of SCOPES) metrics.surplusRights.set({ scope }, rights.count(scope));
}

export function rightsNotice(surplus: readonly Surplus[]): Notice {
  if (surplus.length === 0) {
    const message = "RBAC grants the account exactly what it declares";
    return { type: "RightsMatch", holds: true, reason: "AsDeclared", message };
  }
  const named = surplus.slice(0, MAX_NAMED).map(sentenceOf);
  const more = surplus.length > MAX_NAMED ? `; and ${surplus.length - MAX_NAMED} more bindings` : "";
  return {
    type: "RightsMatch",
    holds: false,
    reason: "SurplusRights",
    message: `beyond its declared permissions, the account may ${named.join("; ")}${more}. Remove the account or its group from these bindings, or narrow their roles`,
  };
}

function sentenceOf({ worst, binding, scope, feeds, driftCase }: Surplus): string {
  const where = scope === "cluster" ? "in the whole cluster" : `in namespace ${nameOf(binding.key).namespace}`;
  const fed = feeds === undefined ? "" : `, aggregated from ClusterRoles with ${printable(feeds, MAX_NAME)}`;
  return `${worst.words} ${where} by ${printable(viaOf(binding), MAX_NAME)}${fed} (drift case ${driftCase})`;
}

function tell({ ref }: WorkloadRecord, surplus: Surplus, { recorder, logger }: Deps): void {
  const { binding, driftCase, changedBy } = surplus;
  logger.warn({ binding: viaOf(binding), driftCase, manager: changedBy?.manager }, "excess permissions found");
  const { namespace, name, uid } = ref;
  recorder.event({
    regarding: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata: { name, namespace, uid } },
    related: {
      apiVersion: apiVersionOf(ROLE_BINDING),
      kind: binding.kind,
      metadata: { ...nameOf(binding.key), uid: binding.uid },
    },
    type: "Warning",
    reason: "SurplusRights",
    action: "Report",
    note: `The account may ${sentenceOf(surplus)}, which its permissions do not declare; ${writerOf(changedBy)}`,
  });
}
