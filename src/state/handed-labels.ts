/**
 * Which labels a workload hands on to its pods: never one by which somebody else's Service, policy, budget or webhook would come upon them, and none
 * before the namespace lists it, since admission refuses new selectors by that list. Reads only.
 */
import { type Cache, nameOf, type Resource } from "kopf-ts";
import { HANDED_LABELS_ANNOTATION } from "../crds/group.ts";
import { DEFAULT_HANDED_KEYS, type HandedOn, handedOn, labelPair, NOTHING_HANDED_ON } from "../expand/handed-on.ts";
import { ownLabels, type WorkloadRef } from "../expand/input.ts";
import { CONTROLLER_LABELS } from "../kubernetes/controller-labels.ts";
import { NETWORK_POLICY, POD_DISRUPTION_BUDGET, SERVICE } from "../kubernetes/kinds.ts";
import { couldMatch, type LabelSelector, selectorKeys } from "../kubernetes/selectors.ts";
import type { Mutators } from "./mutators.ts";
import type { NetworkWatch } from "./network-plugins.ts";
import type { PlatformGrants } from "./platform-grants.ts";
import type { AnyChildRecord } from "./records/child.ts";
import { couldOpen, NAMESPACED_CNI_POLICIES, type PodSelection, selectionKeys } from "./records/cni-policy.ts";
import { isForeign, podSelectorOf } from "./records/foreign.ts";
import type { NamespaceRecord } from "./records/namespace.ts";
import type { WorkloadRecord } from "./records/workload.ts";

type Labels = Readonly<Record<string, string>>;

/** A label that stays behind, and what would come upon the pods by it. */
export interface WithheldLabel {
  readonly label: string;
  readonly by: string;
}

interface Selects {
  readonly by: string;
  readonly selector: LabelSelector;
}

interface Opens {
  readonly by: string;
  readonly selections: readonly PodSelection[];
}

export interface HandedLabelsSources {
  readonly granted: PlatformGrants;
  readonly mutators: Mutators;
  readonly namespaces: Cache<NamespaceRecord>;
  readonly network: Pick<NetworkWatch, "clusterPolicies">;
  readonly childrenOf: (resource: Resource) => Cache<AnyChildRecord>;
}

const SELECTING = [NETWORK_POLICY, POD_DISRUPTION_BUDGET, SERVICE];

export class HandedLabels {
  readonly #sources: HandedLabelsSources;

  constructor(sources: HandedLabelsSources) {
    this.#sources = sources;
  }

  /** The workload with what it hands on now. */
  refOf({ ref }: WorkloadRecord): WorkloadRef {
    const { labels, annotations } = this.wanted(ref).handedOn;
    const list = this.#sources.namespaces.get(ref.namespace)?.marks[HANDED_LABELS_ANNOTATION] ?? "";
    const listed = Object.entries(labels).filter((label) => list.includes(`,${labelPair(label)},`));
    if (listed.length === 0 && Object.keys(annotations).length === 0) return ref;
    return { ...ref, handedOn: { labels: Object.fromEntries(listed), annotations } };
  }

  /** What it would hand on if nothing else selected by it. */
  declared({ namespace, labels = {}, annotations = {} }: WorkloadRef): HandedOn {
    const keys = this.#sources.granted.platform(namespace).handedKeys ?? DEFAULT_HANDED_KEYS;
    return handedOn(labels, annotations, keys);
  }

  /** What it would hand on, listed or not, and what it would not. */
  wanted(ref: WorkloadRef): { readonly handedOn: HandedOn; readonly withheld: readonly WithheldLabel[] } {
    const declared = this.declared(ref);
    if (Object.keys(declared.labels).length === 0)
      return { handedOn: Object.keys(declared.annotations).length === 0 ? NOTHING_HANDED_ON : declared, withheld: [] };
    const withheld = [
      ...this.#ofWebhooks(ref, declared.labels),
      ...this.#ofSelectors(ref, declared.labels),
      ...this.#ofPlugins(ref, declared.labels),
    ];
    const stay = new Set(withheld.map(({ label }) => label));
    const handed = Object.entries(declared.labels).filter(([label]) => !stay.has(label));
    return { handedOn: { ...declared, labels: Object.fromEntries(handed) }, withheld };
  }

  /** With a label that decides whether a webhook or policy changes the pods, or how others are changed, they would be other pods. */
  #ofWebhooks(ref: WorkloadRef, declared: Labels): readonly WithheldLabel[] {
    const own = ownLabels(ref);
    return this.#sources.mutators
      .selectors()
      .flatMap(({ by, selector }) =>
        couldMatch(selector, own) === couldMatch(selector, { ...declared, ...own })
          ? []
          : selectorKeys(selector).flatMap((label) => (label in declared ? [{ label, by }] : [])),
      );
  }

  /** Policies of network plugins that would open the pods for one of the labels: nobody chooses by a label what the platform team opens. */
  #ofPlugins(ref: WorkloadRef, declared: Labels): readonly WithheldLabel[] {
    const withLabels = (labels: Labels): WorkloadRef => ({ ...ref, handedOn: { labels, annotations: {} } });
    const [without, withAll] = [withLabels({}), withLabels(declared)];
    return this.#pluginPolicies(ref.namespace).flatMap(({ by, selections }) =>
      selections
        .filter((selection) => couldOpen(selection, withAll) && !couldOpen(selection, without))
        .flatMap((selection) =>
          selectionKeys(selection).flatMap((label) => (label in declared ? [{ label, by }] : [])),
        ),
    );
  }

  #pluginPolicies(namespace: string): readonly Opens[] {
    const above = this.#sources.network.clusterPolicies.flatMap((cache) =>
      [...cache.entries()].map(([name, selections]) => ({ by: `${cache.resource.kind}/${name}`, selections })),
    );
    const beside = NAMESPACED_CNI_POLICIES.flatMap((resource) => {
      const cache = this.#sources.childrenOf(resource);
      return cache.byIndex("foreignIn", namespace).flatMap((key) => {
        const record = cache.get(key);
        if (!isForeign(record, "cni-policy")) return [];
        return [{ by: `${resource.kind}/${nameOf(key).name}`, selections: record.facts.opens }];
      });
    });
    return [...above, ...beside];
  }

  #ofSelectors(ref: WorkloadRef, declared: Labels): readonly WithheldLabel[] {
    const own = ownLabels(ref);
    const { namespace } = ref;
    const selects = [...this.#ofOthersIn(namespace), ...this.#ofPlatform(namespace)];
    const withheld: WithheldLabel[] = [];
    let left = { ...declared };
    for (const { by, selector } of selects) {
      if (!couldMatch(selector, { ...left, ...own }, CONTROLLER_LABELS)) continue;
      const asked = selectorKeys(selector).filter((label) => label in left);
      withheld.push(...asked.map((label) => ({ label, by })));
      left = Object.fromEntries(Object.entries(left).filter(([label]) => !asked.includes(label)));
    }
    return withheld;
  }

  /** Objects of the namespace that are not ours, those under a child's name among them. */
  #ofOthersIn(namespace: string): readonly Selects[] {
    return SELECTING.flatMap((resource) => {
      const cache = this.#sources.childrenOf(resource);
      return cache.byIndex("foreignIn", namespace).flatMap((key) => {
        const selector = selectorOf(cache.get(key));
        return selector === undefined ? [] : [{ by: `${resource.kind}/${nameOf(key).name}`, selector }];
      });
    });
  }

  /** Pods of this namespace that the SecurityBaseline names: as callers, or as peers. */
  #ofPlatform(namespace: string): readonly Selects[] {
    return this.#sources.granted
      .podsNamed()
      .flatMap((pods) =>
        pods.namespace === namespace ? [{ by: "SecurityBaseline", selector: { matchLabels: pods.podLabels } }] : [],
      );
  }
}

/** By what somebody else's object selects pods. */
function selectorOf(record: AnyChildRecord | undefined): LabelSelector | undefined {
  return record?.type === "child" && !record.ours ? selectorIn(record.deviation?.live["spec"]) : podSelectorOf(record);
}

function selectorIn(spec: unknown): LabelSelector | undefined {
  const { podSelector, selector } = (spec ?? {}) as {
    readonly podSelector?: LabelSelector;
    readonly selector?: LabelSelector | Labels;
  };
  if (podSelector !== undefined) return podSelector;
  if (selector === undefined) return undefined;
  // A Service's is a plain set of labels.
  const isPlain = Object.values(selector).every((value) => typeof value === "string");
  return isPlain ? { matchLabels: selector as Labels } : (selector as LabelSelector);
}
