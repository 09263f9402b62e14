/** Policies of network plugins name peers as well, in languages of their own: each is read as the NetworkPolicies that say the same. */
import type { KubeObject } from "kopf-ts";
import type { LabelSelector } from "../../kubernetes/selectors.ts";
import { type Ledger, type Part, sayPlace } from "../ledger.ts";
import { isBeside, matches, nameOf, objectsOf, type World } from "../world.ts";
import { calicoPolicies } from "./calico-policies.ts";
import { ciliumPolicies } from "./cilium-policies.ts";
import type { TranslatedPolicy, TranslatedRule } from "./plugin-rules.ts";
import { claimReplaced } from "./services.ts";

type Translate = (policy: Part) => readonly TranslatedPolicy[];

const PLUGINS: readonly (readonly [RegExp, Translate])[] = [
  [/^cilium\.io\/\S+ Cilium(Clusterwide)?NetworkPolicy$/, ciliumPolicies],
  [/^(crd\.)?projectcalico\.org\/\S+ (Global)?NetworkPolicy$/, calicoPolicies],
];

/** Calico shows the policies of Kubernetes beside its own under these names: they are read from Kubernetes. */
const MIRRORED = /^(knp|kanp|kbanp|kcnp)[.]/;

const translatorOf = (kind: string): Translate | undefined => PLUGINS.find(([pattern]) => pattern.test(kind))?.[1];

export const isPluginPolicy = (part: Part): boolean =>
  !MIRRORED.test(nameOf(part)) &&
  translatorOf(`${part.at("apiVersion").text() ?? ""} ${part.at("kind").text() ?? ""}`) !== undefined;

/** `world` with a NetworkPolicy for each; `between` is the ledger of what no file holds. */
export function withPluginPolicies(world: World, between: Ledger): World {
  const own = [...world.objects].flatMap(([kind, policies]) => {
    const translate = translatorOf(kind);
    return translate === undefined
      ? []
      : policies.filter(isPluginPolicy).flatMap((policy) => readPolicy(world, policy, translate, between));
  });
  if (own.length === 0) return world;
  const all = [...objectsOf(world, "NetworkPolicy"), ...own];
  return { ...world, objects: new Map([...world.objects, ["NetworkPolicy", all]]) };
}

function readPolicy(world: World, policy: Part, translate: Translate, between: Ledger): readonly Part[] {
  const read = translate(policy).flatMap((translated) =>
    translated.selectors.map((selector) => ({
      translated,
      written: between.open({
        object: written(policy, translated, selector),
        file: policy.place.file,
        lineOf: (path) => partAt(policy, translated, path).place.line,
      }),
    })),
  );
  const isSelecting = read.map(({ translated, written: part }) => tell(world, part, translated));
  if (!isSelecting.includes(true)) {
    policy.keep("applied as it is: it selects no workload of these files");
    return [];
  }
  policy.at("spec").keep("access");
  policy.at("specs").keep("access");
  claimReplaced(policy, "access");
  return read.map((one) => one.written);
}

/** Whether it selects any; each hears what a person has to say of it. */
function tell({ drafts }: World, policy: Part, { untold }: TranslatedPolicy): boolean {
  const selected = drafts.filter(
    (draft) => isBeside(policy, draft) && matches(policy.at("spec", "podSelector"), draft.podLabels),
  );
  for (const draft of selected)
    for (const { part, what } of untold) draft.decisions.push(`access: ${sayPlace(part.place)} ${what}`);
  return selected.length > 0;
}

function written(policy: Part, translated: TranslatedPolicy, podSelector: LabelSelector): KubeObject {
  const { namespace, types, ingress, egress } = translated;
  const rules = (some: readonly TranslatedRule[], peers: "from" | "to"): readonly object[] =>
    some.map((rule) => ({ ...(rule.peers === undefined ? {} : { [peers]: rule.peers }), ports: rule.ports }));
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: nameOf(policy), ...(namespace === undefined ? {} : { namespace }) },
    spec: { podSelector, policyTypes: types, ingress: rules(ingress, "from"), egress: rules(egress, "to") },
  };
}

/** The rule that a path of the written policy comes from. */
function partAt(policy: Part, { ingress, egress }: TranslatedPolicy, path: readonly (string | number)[]): Part {
  const [, direction, index] = path;
  const rules = direction === "ingress" ? ingress : direction === "egress" ? egress : [];
  return rules[Number(index)]?.part ?? policy;
}
