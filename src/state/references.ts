/** What specs name without holding it: ConfigMaps, Secrets and images; and what those stand for. Reads only. */
import { type Cache, type CacheOptions, type Clock, keyOf, nameOf } from "kopf-ts";
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { existingClaims } from "../expand/claim-list.ts";
import {
  inlineCopies,
  type NamedKey,
  namedConfigKeys,
  namedConfigMaps,
  namedSecrets,
  requiredConfigMaps,
} from "../expand/configs.ts";
import type { Resolution } from "../expand/input.ts";
import { CONFIG_MAP } from "../kubernetes/kinds.ts";
import { actionKey } from "../plan/action.ts";
import { claimCandidates } from "./claims.ts";
import { BY_CONFIG_MAP, ConfigCopies } from "./config-copies.ts";
import { imagesIn } from "./grants/images.ts";
import {
  CLAIMS,
  type Claimants,
  heldName,
  SECRETS,
  sharedName,
  sharerIn,
  sharersWith,
  type TakenObject,
  takenObjects,
} from "./held-objects.ts";
import { ImageDigests, type ImageDigestsOptions, NO_IMAGES } from "./image-digests.ts";
import type { Memory } from "./memory.ts";
import type { PlatformGrants } from "./platform-grants.ts";
import { forgetMissing, objectMemory } from "./records/memory.ts";
import type { WorkloadRecord } from "./records/workload.ts";

import { SecretVersions } from "./secret-versions.ts";

/** The index of workloads by the Secrets that they name. */
const BY_SECRET = "secret";
/** By the claims that they name and do not make. */
const BY_CLAIM = "claim";

/** What the cache of workloads is indexed by, so that whoever names a thing is found. */
export const REFERENCE_INDICES = {
  [BY_CONFIG_MAP]: ({ ref, spec }: WorkloadRecord) =>
    inNamespace(ref.namespace, spec === undefined ? [] : namedConfigMaps(spec)),
  [BY_SECRET]: ({ ref, spec }: WorkloadRecord) =>
    inNamespace(ref.namespace, spec === undefined ? [] : namedSecrets(spec)),
  [BY_CLAIM]: ({ ref, spec }: WorkloadRecord) =>
    inNamespace(ref.namespace, spec === undefined ? [] : existingClaims(spec)),
};

/** As many as a status takes: who holds comes before who shares. */
const MAX_HELD = 256;

/** While nothing is in force guards alone are built, which need none of it. */
const UNRESOLVED: Resolution = { configs: {}, images: {} };

const NO_COPIES: Resolution["configs"] = {};

/** One value for every spec that names nothing: two inputs that have it are told to be equal at a glance. */
const NOTHING_NAMED: Resolution = { configs: NO_COPIES, images: NO_IMAGES };

export interface ReferencesOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  /** Indexed by {@link REFERENCE_INDICES}. */
  readonly workloads: Cache<WorkloadRecord>;
  readonly granted: PlatformGrants;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly fieldManager: string;
  /** Sends requests to registries; see {@link ImageDigests}. */
  readonly imageResolver: ImageDigestsOptions["resolver"];
  /** A bug, never a registry's doing. */
  readonly onError: (error: unknown) => void;
}

export class References {
  /** ConfigMaps that workloads name, and our copies of them. */
  readonly configs: ConfigCopies;
  /** What tags stand for. */
  readonly images: ImageDigests;
  readonly secrets: SecretVersions;
  readonly #memory: Memory;
  readonly #workloads: Cache<WorkloadRecord>;
  readonly #granted: PlatformGrants;
  readonly #clock: Clock;

  constructor({ cache, workloads, granted, memory, clock, fieldManager, imageResolver, onError }: ReferencesOptions) {
    this.#memory = memory;
    this.secrets = new SecretVersions(memory);
    this.#workloads = workloads;
    this.#granted = granted;
    this.#clock = clock;
    this.images = new ImageDigests({
      resolver: imageResolver,
      registries: () => granted.registries(),
      memory,
      onError,
    });
    this.configs = new ConfigCopies({
      cache,
      workloads,
      memory,
      clock,
      fieldManager,
      toleratedMetadata: (namespace) => granted.platform(namespace).toleratedMetadata,
    });
    this.#follow();
  }

  /** A spec that could not be rolled out for want of a reference is looked at again when one comes, or becomes free. */
  #follow(): void {
    this.images.onAnswer((key) => this.#lookAgain(key));
    this.configs.cache.onChange(({ key, type, old }) => {
      for (const workload of this.#workloads.byIndex(BY_CONFIG_MAP, key)) this.#lookAgain(workload);
      const workload = old?.type === "copy" ? this.#workloads.get(old.workload) : undefined;
      if (type !== "deleted" || workload === undefined) return;
      const { objects } = this.#memory.of(workload).term;
      objectMemory(objects, copyKey(workload, nameOf(key).name)).missingSinceMs = this.#clock.monotonicMs();
    });
    this.#workloads.onChange(({ key, old, new: now }) => {
      for (const other of this.claimantsWith(old, now)) if (other !== key) this.#lookAgain(other);
    });
  }

  #lookAgain(key: string): void {
    const workload = this.#workloads.get(key);
    if (workload !== undefined) this.#granted.specs.look(workload);
  }

  /** Since when a copy is gone that somebody deleted, in monotonic milliseconds; undefined for one that was never there. */
  copyLostMs(workload: WorkloadRecord, copy: string): number | undefined {
    return this.#memory.of(workload).term.objects.get(copyKey(workload, copy))?.missingSinceMs;
  }

  /** The copy is there again, or needed no more. */
  copyFound(workload: WorkloadRecord, copy: string): void {
    forgetMissing(this.#memory.of(workload).term.objects, copyKey(workload, copy));
  }

  /** Whether everything that a spec names may be named, and stands for something. */
  areThere(workload: WorkloadRecord, spec: SecureWorkloadSpec): boolean {
    this.#memory.of(workload).held = new Set(this.held(workload));
    if (this.taken(workload).length > 0) return false;
    return this.resolve(workload, spec) !== undefined;
  }

  /** What the names in a spec stand for now; undefined while one of them stands for nothing. */
  resolve(workload: WorkloadRecord, spec: SecureWorkloadSpec): Resolution | undefined {
    const configs = this.#copies(workload, spec);
    const images = this.images.known(workload, imagesIn(spec));
    if (configs === undefined || images === undefined) return undefined;
    const secrets = this.#secretVersions(workload, spec);
    const isNothing = configs === NO_COPIES && images === NO_IMAGES && secrets === undefined;
    return isNothing ? NOTHING_NAMED : { configs, images, secrets };
  }

  /**
   * What the names in a spec stand for if it runs already: after a restart, when what was allowed then may be so no longer.
   * Undefined where that cannot be told.
   */
  ofRunning(workload: WorkloadRecord, spec: SecureWorkloadSpec): Resolution | undefined {
    const configs = this.#copies(workload, spec);
    if (configs === undefined) return undefined;
    const images = this.images.running(workload, imagesIn(spec));
    return { configs, images, secrets: this.#secretVersions(workload, spec) };
  }

  /** What is found to run stays what its names stand for, until they stand for something else. */
  keep(workload: WorkloadRecord, resolution: Resolution): void {
    this.#memory.of(workload).resolution = resolution;
  }

  #copies(workload: WorkloadRecord, spec: SecureWorkloadSpec): Readonly<Record<string, string>> | undefined {
    const named = namedConfigMaps(spec);
    if (named.length === 0) return NO_COPIES;
    const configs: Record<string, string> = {};
    const keys = keysByConfigMap(spec);
    const required = requiredConfigMaps(spec);
    for (const source of named) {
      const copy = this.configs.copyFor(workload, source, keys.get(source) ?? []);
      if (copy !== undefined) configs[source] = copy;
      else if (required.has(source)) return undefined;
    }
    return configs;
  }

  #secretVersions(workload: WorkloadRecord, spec: SecureWorkloadSpec): string | undefined {
    const { rollsOnSecrets } = this.#granted.platform(workload.ref.namespace);
    return rollsOnSecrets && namedSecrets(spec).length > 0 ? this.secrets.of(workload) : undefined;
  }

  /** The Secrets whose changes roll the pods; none where the platform team did not grant that. */
  rollingSecrets(workload: WorkloadRecord): readonly string[] {
    const spec = this.#granted.specs.of(workload);
    const { rollsOnSecrets } = this.#granted.platform(workload.ref.namespace);
    return rollsOnSecrets && spec !== undefined ? namedSecrets(spec) : [];
  }

  /** Of the spec that the children follow: what its names stand for, or stood for last. */
  inForce(workload: WorkloadRecord, spec: SecureWorkloadSpec): Resolution {
    const memory = this.#memory.of(workload);
    const resolved = this.resolve(workload, spec) ?? memory.resolution ?? UNRESOLVED;
    if (spec === memory.acceptedSpec) memory.resolution = resolved;
    return resolved;
  }

  /** The ConfigMaps that the declared spec and the one in force name. */
  configMapsOf(workload: WorkloadRecord): readonly string[] {
    const specs = [workload.spec, this.#granted.specs.of(workload)].filter((spec) => spec !== undefined);
    return [...new Set(specs.flatMap(namedConfigMaps))];
  }

  /** ConfigMaps of the declared spec that are not there, and of which no copy is known either. */
  missingConfigMaps(workload: WorkloadRecord): readonly string[] {
    const { spec } = workload;
    if (spec === undefined) return [];
    const required = requiredConfigMaps(spec);
    return this.#absentConfigMaps(workload, spec).filter(
      (source) => required.has(source) && !this.#hasCopy(workload, spec, source),
    );
  }

  /** ConfigMaps of the spec in force that are not there any more, while pods keep what they held. */
  goneConfigMaps(workload: WorkloadRecord): readonly string[] {
    const spec = this.#granted.specs.of(workload);
    if (spec === undefined) return [];
    return this.#absentConfigMaps(workload, spec).filter((source) => this.#hasCopy(workload, spec, source));
  }

  #absentConfigMaps(workload: WorkloadRecord, spec: SecureWorkloadSpec): readonly string[] {
    return namedConfigMaps(spec).filter((source) => !this.configs.isKnown(workload, source));
  }

  #hasCopy(workload: WorkloadRecord, spec: SecureWorkloadSpec, source: string): boolean {
    return this.configs.copyFor(workload, source, keysByConfigMap(spec).get(source) ?? []) !== undefined;
  }

  /** Keys that the declared spec names and that their ConfigMap does not have, each once. */
  missingConfigKeys(workload: WorkloadRecord): readonly NamedKey[] {
    const { spec } = workload;
    if (spec === undefined) return [];
    const missing = namedConfigKeys(spec).filter((named) => this.configs.lacksKey(workload, named));
    return [
      ...new Map(missing.reverse().map((named) => [`${named.configMap}/${named.key}`, named])).values(),
    ].reverse();
  }

  /** Secrets and claims of the declared spec that are other workloads'. */
  taken(workload: WorkloadRecord): readonly TakenObject[] {
    return [
      ...takenObjects(SECRETS, workload, this.#claimants(workload, BY_SECRET)),
      ...takenObjects(CLAIMS, workload, this.#claimants(workload, BY_CLAIM)),
    ];
  }

  /** The others, as its status records them; and by whose word the Secrets among them are shared with it. */
  held(workload: WorkloadRecord): readonly string[] {
    const taken = new Set(this.taken(workload).map((one) => heldName(one, one.name)));
    const held = [SECRETS, CLAIMS]
      .flatMap((sort) => sort.named(workload).map((name) => heldName(sort, name)))
      .filter((name) => !taken.has(name));
    const claimants = this.#claimants(workload, BY_SECRET);
    const shared = SECRETS.named(workload).flatMap((name) => {
      const secret = heldName(SECRETS, name);
      if (taken.has(secret)) return [];
      return sharersWith(SECRETS, workload, name, claimants).map((sharer) => sharedName(secret, sharer));
    });
    return [...held, ...shared].slice(0, MAX_HELD);
  }

  #claimants({ ref: { namespace } }: WorkloadRecord, index: string): Claimants {
    const records = (keys: readonly string[]) => keys.flatMap((key) => this.#workloads.get(key) ?? []);
    const recordedOf = (workload: WorkloadRecord) => [
      ...(workload.status.held ?? []),
      ...(this.#memory.of(workload).held ?? []),
    ];
    return {
      of: (name) => {
        const key = keyOf({ namespace, name });
        const makers = index === BY_CLAIM ? claimCandidates(key) : [];
        const naming = records(this.#workloads.byIndex(index, key));
        return [...new Set([...naming, ...records(makers).filter((workload) => CLAIMS.makes(workload, name))])];
      },
      isThere: (name) => this.#workloads.get(keyOf({ namespace, name })) !== undefined,
      isRecorded: (workload, held) => recordedOf(workload).includes(held),
      sharersOf: (workload, held) => recordedOf(workload).flatMap((entry) => sharerIn(entry, held) ?? []),
    };
  }

  /** The workloads that name a Secret or a claim which one of these records of a workload names, or makes. */
  claimantsWith(...records: readonly (WorkloadRecord | undefined)[]): readonly string[] {
    const keys = (sort: typeof SECRETS, index: string) =>
      records.flatMap((record) =>
        record === undefined
          ? []
          : inNamespace(record.ref.namespace, sort.named(record)).flatMap((key) => this.#workloads.byIndex(index, key)),
      );
    const sharing = records.flatMap((record) => {
      if (record?.spec?.claims === undefined) return [];
      const { namespace } = record.ref;
      return inNamespace(
        namespace,
        record.spec.claims.flatMap(({ sharedWith = [] }) => sharedWith),
      ).filter((key) => this.#workloads.get(key) !== undefined);
    });
    return [...new Set([...keys(SECRETS, BY_SECRET), ...keys(CLAIMS, BY_CLAIM), ...sharing])];
  }

  /** The copies that the spec in force needs, each with the ConfigMap it is of; undefined for files that stand in the spec. */
  copiesNeeded(workload: WorkloadRecord): ReadonlyMap<string, string | undefined> {
    const spec = this.#granted.specs.of(workload);
    const needed = new Map<string, string | undefined>();
    if (spec === undefined) return needed;
    for (const copy of inlineCopies(workload.ref.name, spec).keys()) needed.set(copy, undefined);
    for (const [source, copy] of Object.entries(this.inForce(workload, spec).configs)) needed.set(copy, source);
    return needed;
  }
}

const keysByConfigMap = (spec: SecureWorkloadSpec): ReadonlyMap<string, readonly NamedKey[]> =>
  Map.groupBy(namedConfigKeys(spec), ({ configMap }) => configMap);

const copyKey = ({ ref: { namespace } }: WorkloadRecord, name: string): string =>
  actionKey({ resource: CONFIG_MAP, name: { namespace, name } });

const inNamespace = (namespace: string, names: readonly string[]): readonly string[] =>
  names.map((name) => keyOf({ namespace, name }));
