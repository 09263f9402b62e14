/** What the cluster is configured to change on objects on their way in: mutating webhooks and policies. Metadata and selectors only. Reads only. */
import type { Cache, CacheOptions, Resource } from "kopf-ts";
import {
  MUTATING_ADMISSION_POLICY,
  MUTATING_ADMISSION_POLICY_BINDING,
  MUTATING_WEBHOOK_CONFIGURATION,
} from "../kubernetes/kinds.ts";
import type { LabelSelector } from "../kubernetes/selectors.ts";
import { couldMutate, type Mutated, type Mutator, shapeMutator } from "./records/mutator.ts";

type Cached = Cache<Mutator>;

export class Mutators {
  readonly #webhooks: Cached;
  readonly #policies: Cached;
  readonly #bindings: Cached;
  #version = 0;

  constructor(cache: <R>(options: CacheOptions<R>) => Cache<R>) {
    const watch = (resource: Resource, optional: boolean): Cached => cache({ resource, shape: shapeMutator, optional });
    this.#webhooks = watch(MUTATING_WEBHOOK_CONFIGURATION, false);
    this.#policies = watch(MUTATING_ADMISSION_POLICY, true);
    this.#bindings = watch(MUTATING_ADMISSION_POLICY_BINDING, true);
    this.onChange(() => {
      this.#version += 1;
    });
  }

  /** Moves with every change of the configuration, and never otherwise: what was learned under another one may be outdated. */
  get version(): number {
    return this.#version;
  }

  /** Called for what a configuration says, not for its status or its managed fields. */
  onChange(listener: () => void): void {
    for (const cache of this.#all())
      cache.onChange(({ old, new: now }) => {
        if (JSON.stringify(old) !== JSON.stringify(now)) listener();
      });
  }

  /** The API group has come or gone. */
  refresh(group: string): void {
    for (const cache of this.#all()) if (cache.resource.group === group) cache.refresh();
  }

  /** The configurations that could have changed such an object, as `kind/name`; a policy only where a binding puts it into force. */
  of(mutated: Mutated): readonly string[] {
    const matching = (cache: Cached): readonly (readonly [string, Mutator])[] =>
      [...cache.entries()].filter(([, mutator]) => couldMutate(mutator, mutated));
    const bound = new Set(matching(this.#bindings).map(([, { policy }]) => policy));
    return [
      ...matching(this.#webhooks).map(([name]) => `${MUTATING_WEBHOOK_CONFIGURATION.kind}/${name}`),
      ...matching(this.#policies).flatMap(([name]) =>
        bound.has(name) ? [`${MUTATING_ADMISSION_POLICY.kind}/${name}`] : [],
      ),
    ].sort();
  }

  /** By what objects' labels decide whether they are changed, and by what. */
  selectors(): readonly { readonly by: string; readonly selector: LabelSelector }[] {
    return this.#all().flatMap((cache) =>
      [...cache.entries()].flatMap(([name, { selections }]) =>
        selections.map(({ objects }) => ({ by: `${cache.resource.kind}/${name}`, selector: objects })),
      ),
    );
  }

  /** Those of `resources` of which one of these objects could be changed when it is updated. */
  rewritten(
    resources: readonly Resource[],
    labels: Mutated["labels"],
    namespaceLabels: Mutated["namespaceLabels"],
  ): readonly string[] {
    return resources.flatMap(({ kind, group, plural }) =>
      this.of({ group, plural, labels, namespaceLabels, operation: "UPDATE" }).length > 0 ? [kind] : [],
    );
  }

  #all(): readonly Cached[] {
    return [this.#webhooks, this.#policies, this.#bindings];
  }
}
