/** Tells of what an account may do beside what is declared: a condition, an Event for what is new, a metric. */
import { API_VERSION, SECURE_WORKLOAD } from "../../crds/group.ts";
import { nameOf } from "../../kopf/object.ts";
import { apiVersionOf } from "../../kopf/resource.ts";
import { writerOf } from "../correction.ts";
import type { Deps } from "../deps.ts";
import type { WorkloadRecord } from "../records.ts";
import { ROLE_BINDING } from "../secure-workload/resources/kinds.ts";
import type { Notice } from "../secure-workload/status.ts";
import { printable, type Scope } from "./dangers.ts";
import { viaOf } from "./findings.ts";
import { accountSurplus } from "./of-workload.ts";
import type { Surplus } from "./surplus.ts";

const SCOPES: readonly Scope[] = ["cluster", "namespace"];

/** How many bindings a message names, and how much of each name. */
const MAX_NAMED = 5;
const MAX_NAME = 320;

/** What holds when everything that a pass does is done. */
export function reportRights(workload: WorkloadRecord, deps: Deps): readonly Notice[] {
  const surplus = accountSurplus(workload, deps.world);
  const notice = rightsNotice(surplus);
  const before = workload.status.conditions?.find(({ type }) => type === notice.type);
  const isTold = before?.status === "False" && before.message === notice.message;
  for (const found of deps.rights.take(workload.key, surplus, isTold)) tell(workload, found, deps);
  countRights(deps);
  return [notice];
}

export function forgetRights(workload: string, deps: Deps): void {
  deps.rights.forget(workload);
  countRights(deps);
}

function countRights({ rights, metrics }: Deps): void {
  for (const scope of SCOPES) metrics.surplusRights.set({ scope }, rights.count(scope));
}

export function rightsNotice(surplus: readonly Surplus[]): Notice {
  if (surplus.length === 0) {
    const message = "the account may do what is declared, and nothing else";
    return { type: "RightsMatch", holds: true, reason: "AsDeclared", message };
  }
  const named = surplus.slice(0, MAX_NAMED).map(sentenceOf);
  const more = surplus.length > MAX_NAMED ? `; and by ${surplus.length - MAX_NAMED} bindings more` : "";
  return {
    type: "RightsMatch",
    holds: false,
    reason: "SurplusRights",
    message: `beside what permissions declares, the account may ${named.join("; ")}${more}. Remove the account or its group from these bindings, or narrow their roles`,
  };
}

function sentenceOf({ worst, binding, scope, feeds, driftCase }: Surplus): string {
  const where = scope === "cluster" ? "in the whole cluster" : `in namespace ${nameOf(binding.key).namespace}`;
  const fed = feeds === undefined ? "" : `, which is aggregated from ClusterRoles with ${printable(feeds, MAX_NAME)}`;
  return `${worst.words} ${where} by ${printable(viaOf(binding), MAX_NAME)}${fed} (drift case ${driftCase})`;
}

function tell({ ref }: WorkloadRecord, surplus: Surplus, { recorder, logger }: Deps): void {
  const { binding, driftCase, culprit } = surplus;
  logger.warn({ binding: viaOf(binding), driftCase, manager: culprit?.manager }, "surplus rights found");
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
    note: `The account may ${sentenceOf(surplus)}, which permissions does not declare; ${writerOf(culprit)}`,
  });
}
