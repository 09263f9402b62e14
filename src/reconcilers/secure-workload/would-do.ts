/** What is due and not done: because the SecurityBaseline says so, because the namespace is only observed, or because the workload does not serve yet. */
import type { Enforcement } from "../../crds/v1alpha1/enforcement.ts";
import type { Notice } from "../../crds/v1alpha1/findings.ts";
import { type Action, describeAction, displayName, type Plan } from "../../plan/action.ts";
import type { Findings } from "./status.ts";

/** How many actions a status shows. */
const MAX_SHOWN = 10;

const dueIn = ({ actions }: Plan): readonly Action[] => actions.filter(({ verb }) => verb !== "refetch");

/** The same order in every pass: a status that says nothing new is not written. */
const byName = (one: Action, other: Action): number => (displayName(one) < displayName(other) ? -1 : 1);

/** With `Report` everything that is due; else what stays for now. Undefined when that is nothing. */
export function wouldDo(plan: Plan, enforcement: Enforcement): Findings["wouldDo"] {
  const deferred = plan.deferred.map(({ action }) => action).sort(byName);
  const due = enforcement === "Report" ? [...dueIn(plan), ...deferred] : deferred;
  if (due.length === 0 && enforcement !== "Report") return undefined;
  return { count: due.length, first: due.slice(0, MAX_SHOWN).map((action) => describeAction(action).slice(0, 512)) };
}

/** `because` says why Palisade waits of its own accord; undefined where the SecurityBaseline says so. */
export function reportOnly(plan: Plan, because: string | undefined): Notice {
  const count = dueIn(plan).length + plan.deferred.length;
  const what = count === 0 ? "no change is due" : `${count} changes are due, status.wouldDo lists them`;
  if (because !== undefined)
    return { type: "ReportOnly", holds: true, reason: "ControlPlaneUnknown", message: `${because}. Now ${what}` };
  const message = `Palisade reports and changes nothing here: ${what}. Set enforcement to Enforce in the SecurityBaseline to apply them`;
  return { type: "ReportOnly", holds: true, reason: "EnforcementIsReport", message };
}
