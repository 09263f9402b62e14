/** Devices that a pod gets for itself, as `placement.accelerator` asks for them. */
import { ACCELERATOR_NAMES, ACCELERATORS } from "../../crds/v1alpha1/placement-menu.ts";
import { defined } from "../draft.ts";
import type { Part } from "../ledger.ts";

export interface Accelerator {
  readonly name: string;
  readonly count?: number;
  readonly model?: string;
}

/** Of the first container, to which Palisade gives them. Claims the amount, so that the container does not. */
export function acceleratorOf(pod: Part, main: Part): Accelerator | undefined {
  for (const name of ACCELERATOR_NAMES) {
    const { resource, modelLabels } = ACCELERATORS[name];
    const [limit, request] = ["limits", "requests"].map((kind) => main.at("resources", kind, resource));
    const count = limit?.number() ?? request?.number();
    if (count === undefined || count < 1) continue;
    for (const part of [limit, request]) part?.keep("placement.accelerator.count");
    return defined({
      name,
      count: count === 1 ? undefined : count,
      model: modelOf(pod, modelLabels),
    }) as unknown as Accelerator;
  }
  return undefined;
}

const NODES = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];

/** Each label of nodes names the model in its own way; what they hold is one. */
function modelOf(pod: Part, labels: readonly string[]): string | undefined {
  const selected = labels.map((label) => pod.at("nodeSelector", label)).filter((part) => part.exists);
  const required = pod
    .at(...NODES)
    .items()
    .flatMap((term) => term.at("matchExpressions").items())
    .filter((one) => labels.includes(one.at("key").text() ?? "") && one.at("values").items().length === 1)
    .filter((one) => one.at("operator").text() === "In");
  const found = [...selected.map((part) => part.text()), ...required.map((one) => one.at("values", 0).text())];
  const [model] = found;
  if (found.some((one) => one !== model)) return undefined;
  for (const part of [...selected, ...required]) part.keep("placement.accelerator.model");
  return model;
}

/** Labels of nodes that name a model. */
export const MODEL_LABELS: ReadonlySet<string> = new Set(
  ACCELERATOR_NAMES.flatMap((name) => [...ACCELERATORS[name].modelLabels]),
);
