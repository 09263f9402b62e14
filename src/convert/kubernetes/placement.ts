/** Where pods run, as far as a SecureWorkload can ask for it. */
import { ARCHITECTURES } from "../../crds/v1alpha1/placement-menu.ts";
import { type Draft, defined } from "../draft.ts";
import { type Part, sayPlace } from "../ledger.ts";
import { matches } from "../world.ts";
import { type Accelerator, MODEL_LABELS } from "./devices.ts";

type Fields = Record<string, unknown>;

const ARCHITECTURE = "kubernetes.io/arch";
const NODES = "kubernetes.io/hostname";
const ZONES = "topology.kubernetes.io/zone";

export function placementOf(draft: Draft, pod: Part, accelerator: Accelerator | undefined): Fields | undefined {
  const fields = defined({ accelerator, architecture: architectureOf(pod), spread: spreadOf(draft, pod) });
  const selector = pod.at("nodeSelector");
  selector.at("kubernetes.io/os").fix("rule linux-only");
  for (const [name, part] of selector.fields()) {
    if (name === ARCHITECTURE || name === "kubernetes.io/os" || isModel(accelerator, name, part)) continue;
    part.fix("rule no-placement-by-name");
    draft.decisions.push(
      `placement: pods ran on nodes with ${name}; placement can ask for an architecture or an accelerator`,
    );
  }
  selector.fix("rule no-placement-by-name");
  pod.at("affinity", "podAntiAffinity").replace("placement.spread, by default over nodes and zones");
  pod.at("affinity").fix("rule no-placement-by-name");
  pod.at("topologySpreadConstraints").replace("placement.spread, by default over nodes and zones");
  return Object.keys(fields).length === 0 ? undefined : fields;
}

const isModel = (accelerator: Accelerator | undefined, label: string, value: Part): boolean =>
  MODEL_LABELS.has(label) && accelerator?.model !== undefined && accelerator.model === value.text();

function architectureOf(pod: Part): readonly string[] | undefined {
  const selected = pod.at("nodeSelector", ARCHITECTURE).keep("placement.architecture").text();
  const terms = pod.at(
    "affinity",
    "nodeAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "nodeSelectorTerms",
  );
  const expressions = terms.items().flatMap((term) => term.at("matchExpressions").items());
  const required = expressions.filter(
    (one) => one.at("key").text() === ARCHITECTURE && one.at("operator").text() === "In",
  );
  for (const one of required) one.keep("placement.architecture");
  const named = selected === undefined ? required.flatMap((one) => one.at("values").texts() ?? []) : [selected];
  const known = [...new Set(named)].filter((name) => (ARCHITECTURES as readonly string[]).includes(name));
  return known.length === 0 ? undefined : known;
}

/** Required where pods that cannot spread must not run; apart where two of them must not be on one node. */
function spreadOf(draft: Draft, pod: Part): Fields | undefined {
  const even = pod
    .at("topologySpreadConstraints")
    .items()
    .filter((one) => one.at("whenUnsatisfiable").text() === "DoNotSchedule");
  const required = pod.at("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution").items();
  const apart = required.filter(
    (one) => one.at("labelSelector").exists && matches(one.at("labelSelector"), draft.podLabels),
  );
  for (const one of [...even, ...apart]) one.keep("placement.spread");
  for (const one of required) if (!apart.includes(one)) keepAwayFrom(draft, one);
  const isOver = (parts: readonly Part[], key: string): boolean =>
    parts.some((one) => one.at("topologyKey").text() === key);
  const fields = defined({
    nodes: isOver(apart, NODES) ? "Apart" : isOver(even, NODES) ? "Required" : undefined,
    zones: isOver([...even, ...apart], ZONES) ? "Required" : undefined,
  });
  return Object.keys(fields).length === 0 ? undefined : fields;
}

function keepAwayFrom(draft: Draft, term: Part): void {
  term.drop("placement keeps pods apart from those of their own workload alone");
  draft.decisions.push(
    `placement: ${sayPlace(term.place)} kept pods away from those of others; placement keeps a workload's own apart`,
  );
}
