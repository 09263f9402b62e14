/**
 * ConfigMaps as far as workloads name them: the sources, by the hash of their content, and our immutable copies, each
 * judged as it arrives. No content is kept: a copy's own name says what it must hold.
 */
import type { Cache, CacheOptions } from "../kopf/cache.ts";
import type { Clock } from "../kopf/clock.ts";
import { type KubeObject, keyOf } from "../kopf/object.ts";
import { type Culprit, findCulprit } from "../plan/culprit.ts";
import type { Difference } from "../plan/diff.ts";
import { judge } from "../plan/judge.ts";
import { createdMsOf, type WorkloadRecord, workloadLabelOf } from "./records.ts";
import { type ConfigContent, contentHash, copyName, readCopyName } from "./secure-workload/resources/configs.ts";
import { child } from "./secure-workload/resources/input.ts";
import { CONFIG_MAP } from "./secure-workload/resources/kinds.ts";

export interface SourceRecord {
  readonly type: "source";
  readonly uid: string;
  readonly hash: string;
}

export interface CopyRecord {
  readonly type: "copy";
  readonly uid: string;
  /** `namespace/name` of its workload. */
  readonly workload: string;
  readonly createdMs: number;
  /**
   * - `intact`: holds what its name says, and nothing about it was changed.
   * - `marked`: its content is right; somebody changed what stands around it.
   * - `forged`: holds something else than its name says.
   */
  readonly state: "intact" | "marked" | "forged" | "deleting";
  readonly differences: readonly Difference[];
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

export type ConfigRecord = SourceRecord | CopyRecord;

export interface ConfigCopiesOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly workloads: Cache<WorkloadRecord>;
  readonly clock: Clock;
  readonly fieldManager: string;
}

/** The index of the workloads' cache by the ConfigMaps that they name. */
export const BY_CONFIG_MAP = "configMap";

export class ConfigCopies {
  readonly cache: Cache<ConfigRecord>;
  readonly #options: ConfigCopiesOptions;
  /** Workload uid, then source, to the copy it last stood for: a source that is gone leaves its copy in use. */
  readonly #last = new Map<string, Map<string, string>>();

  constructor(options: ConfigCopiesOptions) {
    this.#options = options;
    const { workloads } = options;
    this.cache = options.cache<ConfigRecord>({
      resource: CONFIG_MAP,
      shape: (object) => this.#shape(object),
      indices: { workload: (record) => (record.type === "copy" ? [record.workload] : []) },
      after: [workloads as Cache<unknown>],
    });
    workloads.onChange(({ old, new: now }) => {
      if (old !== undefined && old.ref.uid !== now?.ref.uid) this.#last.delete(old.ref.uid);
    });
  }

  /**
   * The copy that a workload's pods mount for a ConfigMap: of its content now or, when it is gone, of the content it had
   * last. Undefined when neither is known.
   */
  copyFor({ ref, status }: WorkloadRecord, source: string): string | undefined {
    const record = this.cache.get(keyOf({ namespace: ref.namespace, name: source }));
    const known = this.#last.get(ref.uid) ?? new Map<string, string>();
    if (record?.type === "source") {
      const copy = copyName(ref.name, source, record.hash);
      this.#last.set(ref.uid, known.set(source, copy));
      return copy;
    }
    const last = known.get(source) ?? status.configs?.find(({ name }) => name === source)?.copy;
    return last !== undefined && this.#isThere(ref.namespace, last) ? last : undefined;
  }

  isKnown({ ref }: WorkloadRecord, source: string): boolean {
    return this.cache.get(keyOf({ namespace: ref.namespace, name: source }))?.type === "source";
  }

  /** Our copies of a workload, whether it still needs them or not. */
  copiesOf({ key }: WorkloadRecord): readonly (readonly [string, CopyRecord])[] {
    return this.cache.byIndex("workload", key).flatMap((copy) => {
      const record = this.cache.get(copy);
      return record?.type === "copy" ? [[copy, record] as const] : [];
    });
  }

  /** Who wrote its content, as far as it tells. */
  writerOf(live: KubeObject): Culprit | undefined {
    return findCulprit(live.metadata.managedFields ?? [], [["data"]], this.#options.fieldManager);
  }

  #isThere(namespace: string, name: string): boolean {
    const record = this.cache.get(keyOf({ namespace, name }));
    return record?.type === "copy" && record.state !== "forged";
  }

  #shape(object: KubeObject): ConfigRecord | undefined {
    const { namespace = "", name, uid = "" } = object.metadata;
    const { workloads } = this.#options;
    if (workloads.byIndex(BY_CONFIG_MAP, keyOf({ namespace, name })).length > 0) {
      return { type: "source", uid, hash: contentHash(contentOf(object)) };
    }
    const said = readCopyName(name);
    const workload = said === undefined ? undefined : workloads.get(keyOf({ namespace, name: said.workload }));
    if (said === undefined || workload === undefined || !isOurs(object, workload, said.hash)) return undefined;
    return this.#judged(object, workload, said.hash);
  }

  #judged(live: KubeObject, workload: WorkloadRecord, hash: string): CopyRecord {
    const { clock, fieldManager } = this.#options;
    const content = contentOf(live);
    const differences = judge(buildCopy(workload, live.metadata.name, content), live, () => false);
    const paths = differences.map(({ path }) => path);
    return {
      type: "copy",
      uid: live.metadata.uid ?? "",
      workload: workload.key,
      createdMs: createdMsOf(live),
      state: stateOf(live, contentHash(content) === hash, differences.length === 0),
      differences,
      culprit: findCulprit(live.metadata.managedFields ?? [], [...paths, ["data"]], fieldManager),
      seenMs: clock.monotonicMs(),
    };
  }
}

function stateOf(live: KubeObject, isTrue: boolean, isPlain: boolean): CopyRecord["state"] {
  if (live.metadata.deletionTimestamp !== undefined) return "deleting";
  if (!isTrue) return "forged";
  return isPlain ? "intact" : "marked";
}

/** The hash in its name makes it ours; so does a mark of ours, whatever it holds by now. */
function isOurs(live: KubeObject, { ref }: WorkloadRecord, hash: string): boolean {
  const owned = (live.metadata.ownerReferences ?? []).some(({ uid }) => uid === ref.uid);
  return owned || workloadLabelOf(live) === ref.name || contentHash(contentOf(live)) === hash;
}

export const contentOf = (object: KubeObject): ConfigContent => ({
  data: object["data"] as ConfigContent["data"],
  binaryData: object["binaryData"] as ConfigContent["binaryData"],
});

/** The API server lets nobody change it, nor take `immutable` away (KEP-1412). */
export function buildCopy({ ref }: WorkloadRecord, name: string, { data, binaryData }: ConfigContent): KubeObject {
  return child(CONFIG_MAP, ref, name, {
    immutable: true,
    ...(data === undefined ? {} : { data }),
    ...(binaryData === undefined ? {} : { binaryData }),
  });
}
