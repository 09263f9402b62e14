/**
 * What a spec names of ConfigMaps and Secrets, and what its immutable copies are called (DRIFT 7).
 *
 * A copy's name holds the hash of its content, so a copy that says something else than its name is known for a forgery
 * without a second look, and a changed source becomes another name, which rolls the pods.
 */
import { createHash } from "node:crypto";
import type { SecureWorkloadSpec } from "../../../crds/v1alpha1/secure-workload.ts";
import { hashOf } from "../../../kopf/causes.ts";

type Spec = SecureWorkloadSpec;
type ContainerFields = Pick<Spec, "env" | "envFrom" | "files">;

export interface ConfigContent {
  readonly data?: Readonly<Record<string, string>> | undefined;
  readonly binaryData?: Readonly<Record<string, string>> | undefined;
}

/** Eighty bits in hexadecimal, as names must be in lower case. */
export function contentHash({ data = {}, binaryData = {} }: ConfigContent): string {
  return createHash("sha256").update(hashOf({ data, binaryData })).digest("hex").slice(0, 20);
}

/** Names of ConfigMaps hold dots, names of workloads none: the first one ends the workload's. */
export const copyName = (workload: string, source: string, hash: string): string =>
  `${workload}.${source.slice(0, 150).replace(/[.-]+$/, "")}.${hash}`;

/** What a copy's name says; undefined for a name that is no copy's. */
export function readCopyName(name: string): { readonly workload: string; readonly hash: string } | undefined {
  const match = /^([a-z][-a-z0-9]*)\.[-.a-z0-9]+\.([0-9a-f]{20})$/.exec(name);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { workload: match[1], hash: match[2] };
}

/** Every container of a workload as far as it names configuration: the first one, then those beside it. */
const configured = (spec: Spec): readonly ContainerFields[] => [spec, ...(spec.containers ?? [])];

const distinct = (names: readonly (string | undefined)[]): readonly string[] =>
  [...new Set(names.flatMap((name) => name ?? []))].sort();

/** The ConfigMaps that a spec names, each once. */
export const namedConfigMaps = (spec: Spec): readonly string[] =>
  distinct(
    configured(spec).flatMap(({ env = [], envFrom = [], files = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ...envFrom.map(({ configMap }) => configMap),
      ...files.map(({ configMap }) => configMap?.name),
    ]),
  );

/** The Secrets that a spec names, each once. */
export const namedSecrets = (spec: Spec): readonly string[] =>
  distinct(
    configured(spec).flatMap(({ env = [], envFrom = [], files = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secret }) => secret),
      ...files.map(({ secret }) => secret?.name),
    ]),
  );

/** The files that stand in the spec itself, of one container, as the content of a ConfigMap; undefined when there are none. */
export function inlineContent(files: Spec["files"]): ConfigContent | undefined {
  const entries = (files ?? []).flatMap(({ content }, index) =>
    content === undefined ? [] : [[inlineKey(index), content] as const],
  );
  return entries.length === 0 ? undefined : { data: Object.fromEntries(entries) };
}

export const inlineKey = (index: number): string => `file-${index}`;

/** What the copies of inline files are called after. */
const INLINE_SOURCE = "inline";

export const inlineName = (workload: string, content: ConfigContent): string =>
  copyName(workload, INLINE_SOURCE, contentHash(content));

/** The copies a spec needs for what stands in it: no source has to be read for them. */
export function inlineCopies(workload: string, spec: Spec): ReadonlyMap<string, ConfigContent> {
  const contents = configured(spec).flatMap(({ files }) => inlineContent(files) ?? []);
  return new Map(contents.map((content) => [inlineName(workload, content), content]));
}
