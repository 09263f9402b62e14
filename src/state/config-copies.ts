/**
 * ConfigMaps as far as workloads name them: the sources, by the hash of their content, and our immutable copies, each
 * judged as it arrives. All are watched by their metadata. One is read, once for each of its changes, when a workload names it, or
 * when it bears the name of a copy and a mark, or a workload mounts it. No content is kept: a copy's own name says what it must hold.
 */

import {
  type Cache,
  type CacheOptions,
  type Clock,
  isMetadataOnly,
  type KubeObject,
  keyOf,
  nameOf,
  type ObjectName,
} from "kopf-ts";
import {
  type ConfigContent,
  type ConfigKeys,
  contentHash,
  copyName,
  holdsKey,
  inlineCopies,
  isCopyOf,
  keysIn,
  type NamedKey,
  readCopyName,
} from "../expand/configs.ts";
import { child, inheritedLabels } from "../expand/input.ts";
import { CONFIG_MAP } from "../kubernetes/kinds.ts";
import { createdMsOf } from "../kubernetes/metadata.ts";
import { INHERITED_LABELS, workloadLabelOf } from "../names.ts";
import { compare } from "../plan/compare.ts";
import type { Difference } from "../plan/diff.ts";
import { type FieldManager, findFieldManager } from "../plan/field-owner.ts";
import type { Memory } from "./memory.ts";
import type { WorkloadRecord } from "./records/workload.ts";

/** What is kept of what a ConfigMap holds. */
interface ContentRecord {
  readonly hash: string;
  readonly keys: ConfigKeys;
  readonly immutable: unknown;
}

export interface SourceRecord {
  readonly type: "source";
  readonly uid: string;
  readonly content: ContentRecord;
}

export interface CopyRecord {
  readonly type: "copy";
  readonly uid: string;
  /** `namespace/name` of its workload. */
  readonly workload: string;
  readonly createdMs: number;
  readonly content: ContentRecord;
  /** The labels that it has from its workload. */
  readonly inherited: Readonly<Record<string, string>>;
  /**
   * - `intact`: holds what its name says, and nothing about it was changed.
   * - `marked`: its content is right; somebody changed what stands around it.
   * - `forged`: holds something else than its name says.
   */
  readonly state: "intact" | "marked" | "forged" | "deleting";
  readonly differences: readonly Difference[];
  readonly changedBy: FieldManager | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

export type ConfigRecord = SourceRecord | CopyRecord;

export interface ConfigCopiesOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly workloads: Cache<WorkloadRecord>;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly fieldManager: string;
  /** Metadata that the platform team tolerates in a namespace. */
  readonly toleratedMetadata: (namespace: string) => readonly string[];
}

/** The index of the workloads' cache by the ConfigMaps that they name. */
export const BY_CONFIG_MAP = "configMap";

export class ConfigCopies {
  readonly cache: Cache<ConfigRecord>;
  readonly #options: ConfigCopiesOptions;

  constructor(options: ConfigCopiesOptions) {
    this.#options = options;
    const { workloads } = options;
    this.cache = options.cache<ConfigRecord>({
      resource: CONFIG_MAP,
      readsInFull: (metadata, name) => this.#isNamed(name) || this.#couldBeCopy(metadata, name),
      shape: (object, previous, name) => this.#shape(object, previous, name),
      indices: { workload: (record) => (record.type === "copy" ? [record.workload] : []) },
      after: [workloads as Cache<unknown>],
    });
  }

  /**
   * The copy that a workload's pods mount for a ConfigMap: of its content now or, when it is gone or lacks one of `keys`, of the
   * content it had last. Undefined where neither is known and has every key.
   */
  copyFor(workload: WorkloadRecord, source: string, keys: readonly NamedKey[]): string | undefined {
    const { ref } = workload;
    const now = this.#sourceOf(workload, source);
    if (now !== undefined && hasEvery(now, keys)) {
      const copy = copyName(ref.name, source, now.content.hash);
      const memory = this.#options.memory.of(workload);
      memory.configCopies ??= new Map();
      memory.configCopies.set(source, copy);
      return copy;
    }
    return this.#lastCopies(workload, source).find((copy) => {
      const record = this.cache.get(keyOf({ namespace: ref.namespace, name: copy }));
      return record?.type === "copy" && record.state !== "forged" && hasEvery(record, keys);
    });
  }

  isKnown(workload: WorkloadRecord, source: string): boolean {
    return this.#sourceOf(workload, source) !== undefined;
  }

  /** Whether a ConfigMap is there and does not have the key. */
  lacksKey(workload: WorkloadRecord, named: NamedKey): boolean {
    const now = this.#sourceOf(workload, named.configMap);
    return now !== undefined && !holdsKey(now.content.keys, named);
  }

  #sourceOf({ ref: { namespace } }: WorkloadRecord, source: string): SourceRecord | undefined {
    const record = this.cache.get(keyOf({ namespace, name: source }));
    return record?.type === "source" ? record : undefined;
  }

  /** The latest first, as far as that is known: the status may hold fewer than there are. */
  #lastCopies(workload: WorkloadRecord, source: string): readonly string[] {
    const { ref, status } = workload;
    const remembered = this.#options.memory.of(workload).configCopies?.get(source);
    const reported = status.configs?.find(({ name }) => name === source)?.copy;
    const standing = this.copiesOf(workload)
      .map(([key, { createdMs }]) => ({ name: nameOf(key).name, createdMs }))
      .filter(({ name }) => isCopyOf(name, ref.name, source))
      .sort((a, b) => b.createdMs - a.createdMs)
      .map(({ name }) => name);
    return [remembered, reported, ...standing].filter((copy) => copy !== undefined);
  }

  /** Our copies of a workload, whether it still needs them or not. */
  copiesOf({ key }: WorkloadRecord): readonly (readonly [string, CopyRecord])[] {
    return this.cache.byIndex("workload", key).flatMap((copy) => {
      const record = this.cache.get(copy);
      return record?.type === "copy" ? [[copy, record] as const] : [];
    });
  }

  /** Who wrote its content, as far as it tells. */
  writerOf(live: KubeObject): FieldManager | undefined {
    return findFieldManager(live.metadata.managedFields ?? [], [["data"]], this.#options.fieldManager);
  }

  #isNamed(name: ObjectName): boolean {
    return this.#options.workloads.byIndex(BY_CONFIG_MAP, keyOf(name)).length > 0;
  }

  /** Whether it bears a mark of a workload, or a name that one mounts or mounted: anybody may call a large ConfigMap as copies are called. */
  #couldBeCopy(object: KubeObject, name: ObjectName): boolean {
    const copied = this.#copied(name);
    return (
      copied !== undefined && (bearsMarkOf(object, copied.workload) || this.#isMounted(copied.workload, name.name))
    );
  }

  #isMounted(workload: WorkloadRecord, name: string): boolean {
    const { spec, status, ref } = workload;
    if (this.cache.get(keyOf({ namespace: ref.namespace, name })) !== undefined) return true;
    const { configCopies, resolution } = this.#options.memory.of(workload);
    const known = [
      ...(configCopies?.values() ?? []),
      ...Object.values(resolution?.configs ?? {}),
      ...(status.configs ?? []).map(({ copy }) => copy),
    ];
    return known.includes(name) || (spec !== undefined && inlineCopies(ref.name, spec).has(name));
  }

  /** The workload that a name says it is a copy for, and the hash in it. */
  #copied({ namespace = "", name }: ObjectName): Copied | undefined {
    const said = readCopyName(name);
    const workload =
      said === undefined ? undefined : this.#options.workloads.get(keyOf({ namespace, name: said.workload }));
    return said === undefined || workload === undefined ? undefined : { workload, hash: said.hash };
  }

  #shape(object: KubeObject, previous: ConfigRecord | undefined, name: ObjectName): ConfigRecord | undefined {
    const content = isMetadataOnly(object) ? previous?.content : contentRecord(object);
    if (content === undefined) return undefined;
    if (this.#isNamed(name)) return { type: "source", uid: object.metadata.uid ?? "", content };
    const copied = this.#copied(name);
    return copied === undefined || !isOurs(object, copied, content)
      ? undefined
      : this.#compared(object, copied, content);
  }

  #compared({ metadata }: KubeObject, { workload, hash }: Copied, content: ContentRecord): CopyRecord {
    const { clock, fieldManager, toleratedMetadata } = this.#options;
    const desired = buildCopy(workload, metadata.name, {});
    const { immutable } = content;
    const live: KubeObject = { ...desired, metadata, immutable };
    const listed = toleratedMetadata(workload.ref.namespace);
    const differences = compare(desired, live, () => false, listed).filter(
      (difference) => !isBehind(difference, live, fieldManager),
    );
    const paths = differences.map(({ path }) => path);
    return {
      type: "copy",
      uid: metadata.uid ?? "",
      workload: workload.key,
      createdMs: createdMsOf(live),
      content,
      inherited: inheritedLabels(metadata.labels),
      state: stateOf(live, content.hash === hash, differences.length === 0),
      differences,
      changedBy: findFieldManager(metadata.managedFields ?? [], [...paths, ["data"]], fieldManager),
      seenMs: clock.monotonicMs(),
    };
  }
}

interface Copied {
  readonly workload: WorkloadRecord;
  readonly hash: string;
}

function contentRecord(object: KubeObject): ContentRecord {
  const content = contentOf(object);
  return { hash: contentHash(content), keys: keysIn(content), immutable: object["immutable"] };
}

/** Whether it is an inherited label that nobody but us wrote: the workload had it so before. */
const isBehind = ({ path }: Difference, live: KubeObject, fieldManager: string): boolean =>
  path[1] === "labels" &&
  (INHERITED_LABELS as readonly string[]).includes(path[2] ?? "") &&
  findFieldManager(live.metadata.managedFields ?? [], [path], fieldManager)?.certain !== true;

const hasEvery = ({ content }: ConfigRecord, named: readonly NamedKey[]): boolean =>
  named.every((key) => holdsKey(content.keys, key));

function stateOf(live: KubeObject, isTrue: boolean, isPlain: boolean): CopyRecord["state"] {
  if (live.metadata.deletionTimestamp !== undefined) return "deleting";
  if (!isTrue) return "forged";
  return isPlain ? "intact" : "marked";
}

/** The hash in its name makes it ours; so does a mark of ours, whatever it holds by now. */
const isOurs = (live: KubeObject, { workload, hash }: Copied, content: ContentRecord): boolean =>
  bearsMarkOf(live, workload) || content.hash === hash;

const bearsMarkOf = (live: KubeObject, { ref }: WorkloadRecord): boolean =>
  workloadLabelOf(live) === ref.name || (live.metadata.ownerReferences ?? []).some(({ uid }) => uid === ref.uid);

export const contentOf = (object: KubeObject): ConfigContent => ({
  data: object["data"] as ConfigContent["data"],
  binaryData: object["binaryData"] as ConfigContent["binaryData"],
});

/** The API server lets nobody change it, nor take `immutable` away (KEP-1412). */
export function buildCopy(
  { ref }: Pick<WorkloadRecord, "ref">,
  name: string,
  { data, binaryData }: ConfigContent,
): KubeObject {
  return child(CONFIG_MAP, ref, name, {
    immutable: true,
    ...(data === undefined ? {} : { data }),
    ...(binaryData === undefined ? {} : { binaryData }),
  });
}
