/** A plan of migration for people, and for programs. Pure. */
import type { z } from "zod";
import { nameOf } from "../../migration/handover.ts";
import type { MigrationPlan, Step } from "../../migration/plan.ts";
import type { migrationShape } from "./model.ts";

type StepData = z.output<typeof migrationShape.steps>[number];

const named = (object: Parameters<typeof nameOf>[0]): string => {
  const { kind, name } = nameOf(object);
  return `${kind}/${name}`;
};

export const stepData = (step: Step, state: StepData["state"]): StepData => ({
  workload: step.workload,
  state,
  ...(step.endsFirst === undefined ? {} : { endsFirst: `${step.endsFirst.kind}/${step.endsFirst.name}` }),
  takesOver: step.handsOver.map(named),
  writes: step.applies.map(({ metadata }) => metadata.name),
  ...(step.leaves === undefined ? {} : { leaves: step.leaves }),
});

export const elsewhereData = ({ elsewhere }: MigrationPlan): z.output<typeof migrationShape.peersElsewhere> =>
  elsewhere.map(({ peer, naming, note = "" }) => ({ peer, named: naming, note }));

export function planText({ namespace, moved, steps }: MigrationPlan): string {
  const total = moved.length + steps.length;
  const head = `namespace ${namespace}: ${moved.length} of ${total} moved${moved.length === 0 ? "" : ` (${moved.join(", ")})`}`;
  return [head, ...steps.map((step, index) => stepText(stepData(step, "ToDo"), index, namespace))].join("\n");
}

function stepText(
  { workload, endsFirst, takesOver, writes, leaves }: StepData,
  index: number,
  namespace: string,
): string {
  const others = writes.filter((name) => name !== workload);
  const parts = [
    ...(endsFirst === undefined ? [] : [`ends ${endsFirst} first, since both would write one volume: clients notice`]),
    ...(takesOver.length === 0 ? [] : [`takes over ${takesOver.join(", ")}`]),
    `writes SecureWorkload/${workload}${others.length === 0 ? "" : `, and ${others.join(", ")}, which name it`}; waits until it is ready`,
    ...(leaves === undefined ? [] : [`leaves its pods from before: kubectl delete ${leaves} -n ${namespace}`]),
  ];
  return [`${index + 1}. ${workload}`, ...parts.map((part) => `   ${part}`)].join("\n");
}
