/** What admission adds to the pods of a workload, told once: which fields, and who may have done it as far as the cluster's configuration says. */
import type { Resource } from "kopf-ts";
import type { Notice } from "../../crds/v1alpha1/findings.ts";
import { CONTROLLER_KINDS } from "../../expand/child-kinds.ts";
import { childLabels } from "../../expand/input.ts";
import { POD } from "../../kubernetes/kinds.ts";
import { type Addition, additionAt, isExpected } from "../../plan/additions.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { MutatedPod } from "./explain-pods.ts";

/** How many fields and sources the status and the message name. */
const MAX_SHOWN = 16;
const MAX_LENGTH = 256;

export interface PodMutations {
  /** Paths, never values. */
  readonly fields: readonly string[];
  /** `MutatingWebhookConfiguration/istio-injector` for example; what is built into the API server is named by its plugin. */
  readonly by: readonly string[];
}

/** What is not expected; undefined where there is nothing to tell. What became of our own writes of controllers is part of it. */
export function podMutationsOf(
  mutated: readonly MutatedPod[],
  workload: WorkloadRecord,
  state: ClusterState,
): PodMutations | undefined {
  const written = state.acceptedMutations.of(workload).flatMap(({ child, paths }) =>
    // Labels and annotations are accepted only where the platform team listed them.
    paths
      .filter((path) => !path.includes(".template.metadata."))
      .map((path) => ({ name: additionAt(path) ?? path, path: `${child} ${path}` })),
  );
  const expected = state.platform(workload.ref.namespace).injections.expected;
  const additions = [...mutated.flatMap((pod) => additionsOfPod(pod, workload, state)), ...written];
  const told = additions.filter((addition) => !isExpected(addition, expected));
  if (told.length === 0) return undefined;
  return { fields: shown(told.map(({ path }) => path)), by: shown(sourcesOf(told, mutated, workload, state)) };
}

/** In the detail of the dry run; of a pod that it did not explain, the parts that differ. */
function additionsOfPod({ origin }: MutatedPod, workload: WorkloadRecord, state: ClusterState): readonly Addition[] {
  const learned = state.podExplanations.of(workload, origin.template)?.additions ?? [];
  if (learned.length > 0) return learned;
  return origin.parts.map((part) => ({ name: part.replace(/^.*\./, ""), path: `spec.${part}` }));
}

/** What the plugins of the API server write that a cluster's configuration does not show. */
const PLUGINS: readonly { readonly name: RegExp; readonly plugin: string }[] = [
  { name: /^imagePullPolicy$/, plugin: "AlwaysPullImages" },
  { name: /^nodeSelector\//, plugin: "PodNodeSelector" },
  { name: /^resources$/, plugin: "LimitRanger" },
  { name: /^priorityClassName$/, plugin: "Priority" },
  { name: /^(overhead|runtimeClassName)$/, plugin: "RuntimeClass" },
];

function sourcesOf(
  additions: readonly Addition[],
  mutated: readonly MutatedPod[],
  workload: WorkloadRecord,
  state: ClusterState,
): readonly string[] {
  const asked = (resource: Resource, labels: Labels): readonly string[] =>
    mutatorsOf(resource, labels, workload, state);
  const configured = mutated.flatMap(({ pod: { labels } }) => asked(POD, labels));
  const ofControllers = state.acceptedMutations
    .of(workload)
    .flatMap(({ child }) => CONTROLLER_KINDS.filter(({ resource }) => child.startsWith(`${resource.kind}/`)))
    .flatMap(({ resource }) => asked(resource, childLabels(state.handedLabels.refOf(workload))));
  const plugins = PLUGINS.filter(({ name }) => additions.some((addition) => name.test(addition.name)));
  return [...configured, ...ofControllers, ...plugins.map(({ plugin }) => `admission plugin ${plugin}`)];
}

type Labels = Readonly<Record<string, string>>;

/** The configurations that could change such an object in the workload's namespace. */
const mutatorsOf = (
  { group, plural }: Resource,
  labels: Labels,
  { ref }: WorkloadRecord,
  { mutators, namespaces }: ClusterState,
): readonly string[] =>
  mutators.of({ group, plural, labels, namespaceLabels: namespaces.get(ref.namespace)?.labels ?? {} });

/** Policies, and Pod Security, on pods as admission made them. No template of ours breaks their rules. */
const JUDGES = /'palisade-(pod-baseline-pods|injections)'|violates PodSecurity/;

/** Why a pod is refused, and where that comes from admission, who may have done it: the rule alone reads as if the workload's spec broke it. */
export function withSources(refusal: string, workload: WorkloadRecord, state: ClusterState): string {
  if (!JUDGES.test(refusal)) return refusal;
  const by = shown(mutatorsOf(POD, childLabels(state.handedLabels.refOf(workload)), workload, state));
  const sources = by.length === 0 ? "" : `. Possible sources: ${by.join(", ")}`;
  return `${refusal.replace(/\.$/, "")}. The pod template obeys every rule, so this was put into the pod on its way in${sources}. docs/guides/beside.md says what sidecars must obey`;
}

const shown = (texts: readonly string[]): readonly string[] =>
  [...new Set(texts.map((text) => text.replace(/[^\x20-\x7e]/g, "?").slice(0, MAX_LENGTH)))].sort().slice(0, MAX_SHOWN);

export function podMutationNotices(mutations: PodMutations | undefined): readonly Notice[] {
  if (mutations === undefined) return [];
  const { fields, by } = mutations;
  const who = by.length === 0 ? "a webhook or plugin that this cluster's configuration does not show" : by.join(", ");
  const message = `Admission adds to the pods of this workload, or changes there: ${fields.join(", ")}. Possible sources: ${who}. The pods obey every rule of the baseline and stay; if this is expected, list it in injections.expected of the SecurityBaseline`;
  return [{ type: "PodsMutated", holds: true, reason: "AddedByAdmission", message }];
}

/** Pods that differ from their template and of which nothing tells why: they stay, and this says so. */
export function unprovenPods(mutated: readonly MutatedPod[]): readonly string[] {
  const unproven = mutated.flatMap(({ key, origin }) => (origin.type === "unproven" ? [{ key, origin }] : []));
  const [first] = unproven;
  if (first === undefined) return [];
  const fields = first.origin.parts.slice(0, 4).map((part) => `spec.${part}`);
  const pod = `Pod/${first.key.replace(/^.*\//, "")}`;
  const which = unproven.length === 1 ? `${pod} differs` : `${unproven.length} pods, ${pod} among them, differ`;
  return [
    `${which} from the template in ${fields.join(", ")}, and a dry run of the pod does not say why: ${first.origin.failure}`,
  ];
}
