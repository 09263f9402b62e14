/** Policies of network plugins say peers as well, in languages of their own: whom they select is told what to carry over. */
import type { Draft } from "../draft.ts";
import { type Part, sayPlace } from "../ledger.ts";
import { isBeside, type World } from "../world.ts";

type Selects = (spec: Part, draft: Draft) => boolean;

/** `k8s:app`, `any:app` and `app` are one label. */
const byEndpoints: Selects = (spec, { podLabels }) =>
  spec
    .at("endpointSelector", "matchLabels")
    .fields()
    .every(([name, part]) => podLabels[name.replace(/^(k8s|any)[:.]/, "")] === part.text());

/** What is more than equality may select anybody. */
const bySelector: Selects = (spec, { podLabels }) =>
  [...(spec.at("selector").text() ?? "").matchAll(/([\w./-]+)\s*==\s*['"]([^'"]*)['"]/g)].every(
    ([, name = "", value]) => podLabels[name] === value,
  );

const PLUGINS: readonly (readonly [RegExp, Selects])[] = [
  [/^cilium\.io\/\S+ Cilium(Clusterwide)?NetworkPolicy$/, byEndpoints],
  [/^(crd\.)?projectcalico\.org\/\S+ (Global|Staged)?NetworkPolicy$/, bySelector],
];

export function tellPluginPolicies(world: World): void {
  for (const [kind, policies] of world.objects) {
    const [, selects] = PLUGINS.find(([pattern]) => pattern.test(kind)) ?? [];
    for (const policy of selects === undefined ? [] : policies) tell(world, kind, policy, selects);
  }
}

function tell({ drafts }: World, kind: string, policy: Part, selects: Selects = () => false): void {
  for (const draft of drafts.filter((one) => isBeside(policy, one) && selects(policy.at("spec"), one)))
    draft.decisions.push(
      `access: ${sayPlace(policy.place)} is a ${kind.split(" ")[1]} that selects it; name its peers, since they are not read`,
    );
}
