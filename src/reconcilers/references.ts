/** What specs name without holding it: ConfigMaps, Secrets and images; and what those stand for. Reads only. */
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import type { Cache, CacheOptions } from "../kopf/cache.ts";
import type { Clock } from "../kopf/clock.ts";
import { keyOf } from "../kopf/object.ts";
import { BY_CONFIG_MAP, ConfigCopies } from "./config-copies.ts";
import type { Granted } from "./granted.ts";
import { ImagePins, type ImagePinsOptions } from "./image-pins.ts";
import type { WorkloadRecord } from "./records.ts";
import { SecretVersions } from "./secret-versions.ts";
import { imagesIn } from "./secure-workload/grants/images.ts";
import { inlineCopies, namedConfigMaps, namedSecrets } from "./secure-workload/resources/configs.ts";
import type { Resolution } from "./secure-workload/resources/input.ts";
import { type TakenSecret, takenSecrets } from "./secure-workload/secrets.ts";

/** The index of workloads by the Secrets that they name. */
const BY_SECRET = "secret";

/** What the cache of workloads is indexed by, so that whoever names a thing is found. */
export const REFERENCE_INDICES = {
  [BY_CONFIG_MAP]: ({ ref, spec }: WorkloadRecord) =>
    inNamespace(ref.namespace, spec === undefined ? [] : namedConfigMaps(spec)),
  [BY_SECRET]: ({ ref, spec }: WorkloadRecord) =>
    inNamespace(ref.namespace, spec === undefined ? [] : namedSecrets(spec)),
};

/** While nothing is in force guards alone are built, which need none of it. */
const UNRESOLVED: Resolution = { configs: {}, images: {} };

export interface ReferencesOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  /** Indexed by {@link REFERENCE_INDICES}. */
  readonly workloads: Cache<WorkloadRecord>;
  readonly granted: Granted;
  readonly clock: Clock;
  readonly fieldManager: string;
  /** How registries are asked; see {@link ImagePins}. */
  readonly imageResolver: ImagePinsOptions["resolver"];
  /** A bug, never a registry's doing. */
  readonly onError: (error: unknown) => void;
}

export class References {
  /** ConfigMaps that workloads name, and our copies of them. */
  readonly configs: ConfigCopies;
  /** What tags stand for. */
  readonly images: ImagePins;
  readonly secrets = new SecretVersions();
  /** Copies that somebody deleted, and since when, in monotonic milliseconds. */
  readonly lostCopies = new Map<string, number>();
  readonly #workloads: Cache<WorkloadRecord>;
  readonly #granted: Granted;
  readonly #clock: Clock;
  /** Of the spec in force, what its names stood for last: what runs goes on when they stand for nothing any more. */
  readonly #resolved = new Map<string, Resolution>();

  constructor({ cache, workloads, granted, clock, fieldManager, imageResolver, onError }: ReferencesOptions) {
    this.#workloads = workloads;
    this.#granted = granted;
    this.#clock = clock;
    this.images = new ImagePins({ resolver: imageResolver, registries: () => granted.registries(), clock, onError });
    this.configs = new ConfigCopies({ cache, workloads, clock, fieldManager });
    this.#follow();
  }

  /** A spec that could not be rolled out for want of a reference is looked at again when one comes, or becomes free. */
  #follow(): void {
    this.images.onAnswer((key) => {
      const workload = this.#workloads.get(key);
      if (workload?.spec === undefined) return;
      this.images.ask(workload, imagesIn(workload.spec));
      this.#lookAgain(key);
    });
    this.configs.cache.onChange(({ key, type, old }) => {
      for (const workload of this.#workloads.byIndex(BY_CONFIG_MAP, key)) this.#lookAgain(workload);
      if (type !== "deleted" || old?.type !== "copy" || this.#workloads.get(old.workload) === undefined) return;
      this.lostCopies.set(key, this.#clock.monotonicMs());
    });
    this.#workloads.onChange(({ key, old, new: now }) => {
      if (old !== undefined && old.ref.uid !== now?.ref.uid) {
        this.#resolved.delete(old.ref.uid);
        this.images.forget(old.ref.uid);
        this.secrets.forget(old.ref.uid);
      }
      for (const other of this.claimantsWith(old, now)) if (other !== key) this.#lookAgain(other);
    });
  }

  #lookAgain(key: string): void {
    const workload = this.#workloads.get(key);
    if (workload !== undefined) this.#granted.specs.look(workload);
  }

  /** What was asked for and decided here gives way to what the status says: another replica decides from now on. */
  release({ ref }: WorkloadRecord): void {
    this.images.forget(ref.uid);
    this.secrets.forget(ref.uid);
  }

  /** Whether everything that a spec names may be named, and stands for something. */
  areThere(workload: WorkloadRecord, spec: SecureWorkloadSpec): boolean {
    return this.takenSecrets(workload).length === 0 && this.resolve(workload, spec) !== undefined;
  }

  /** What the names in a spec stand for now; undefined while one of them stands for nothing. */
  resolve(workload: WorkloadRecord, spec: SecureWorkloadSpec): Resolution | undefined {
    const configs = this.#copies(workload, spec);
    const images = this.images.known(workload, imagesIn(spec));
    if (configs === undefined || images === undefined) return undefined;
    return { configs, images, secrets: this.#secretVersions(workload, spec) };
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
  keep({ ref }: WorkloadRecord, resolution: Resolution): void {
    this.#resolved.set(ref.uid, resolution);
  }

  #copies(workload: WorkloadRecord, spec: SecureWorkloadSpec): Record<string, string> | undefined {
    const configs: Record<string, string> = {};
    for (const source of namedConfigMaps(spec)) {
      const copy = this.configs.copyFor(workload, source);
      if (copy === undefined) return undefined;
      configs[source] = copy;
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
    const { uid } = workload.ref;
    const resolved = this.resolve(workload, spec) ?? this.#resolved.get(uid) ?? UNRESOLVED;
    if (spec === this.#granted.specs.of(workload)) this.#resolved.set(uid, resolved);
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
    return namedConfigMaps(spec).filter((source) => this.configs.copyFor(workload, source) === undefined);
  }

  takenSecrets(workload: WorkloadRecord): readonly TakenSecret[] {
    return takenSecrets(workload, (secret) =>
      this.#workloads
        .byIndex(BY_SECRET, keyOf({ namespace: workload.ref.namespace, name: secret }))
        .flatMap((key) => this.#workloads.get(key) ?? []),
    );
  }

  /** The workloads that name a Secret which one of these records of a workload names. */
  claimantsWith(...records: readonly (WorkloadRecord | undefined)[]): readonly string[] {
    const keys = records.flatMap((record) =>
      record?.spec === undefined ? [] : inNamespace(record.ref.namespace, namedSecrets(record.spec)),
    );
    return [...new Set(keys.flatMap((key) => this.#workloads.byIndex(BY_SECRET, key)))];
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

const inNamespace = (namespace: string, names: readonly string[]): readonly string[] =>
  names.map((name) => keyOf({ namespace, name }));
