/**
 * The ConfigMaps and Secrets that a spec names, and the names of the immutable copies (DRIFT 7).
 *
 * A copy's name holds the hash of its content: a copy whose content does not match its name is forged, and a changed source
 * gets a new name, which rolls the pods.
 */

import { createHash } from "node:crypto";
import { hashOf } from "kopf-ts";
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";

type Spec = SecureWorkloadSpec;
type ContainerFields = Pick<Spec, "env" | "envFrom" | "files">;

/** What a ConfigMap holds. */
export interface ConfigContent {
  readonly data?: Readonly<Record<string, string>> | undefined;
  readonly binaryData?: Readonly<Record<string, string>> | undefined;
}

/** Eighty bits in hexadecimal, as names must be in lower case. */
export function contentHash({ data = {}, binaryData = {} }: ConfigContent): string {
  return createHash("sha256").update(hashOf({ data, binaryData })).digest("hex").slice(0, 20);
}

/** What a ConfigMap holds, without its content. */
export interface ConfigKeys {
  readonly texts: readonly string[];
  readonly binaries: readonly string[];
}

export const keysIn = ({ data = {}, binaryData = {} }: ConfigContent): ConfigKeys => ({
  texts: Object.keys(data),
  binaries: Object.keys(binaryData),
});

export const holdsKey = ({ texts, binaries }: ConfigKeys, { key, isVariable }: NamedKey): boolean =>
  texts.includes(key) || (!isVariable && binaries.includes(key));

/** How much of a source's name stands in that of its copy. */
const MAX_SOURCE = 150;

/** Workload names have no dots, so the first one ends the workload's name. */
export const copyName = (workload: string, source: string, hash: string): string =>
  `${workload}.${source.slice(0, MAX_SOURCE).replace(/[.-]+$/, "")}.${hash}`;

/** What a volume names while an optional ConfigMap is not there. No object may have capitals in its name, so nobody can make one under it. */
export const absentCopy = (workload: string, source: string): string => copyName(workload, source, "ABSENT");

/** Whether a copy is one of `source`; never for a source whose name a copy does not hold whole. */
export function isCopyOf(copy: string, workload: string, source: string): boolean {
  const said = readCopyName(copy);
  return said !== undefined && source.length <= MAX_SOURCE && copyName(workload, source, said.hash) === copy;
}

/** The workload and the hash in a copy's name; undefined for any other name. */
export function readCopyName(name: string): { readonly workload: string; readonly hash: string } | undefined {
  const match = /^([a-z][-a-z0-9]*)\.[-.a-z0-9]+\.([0-9a-f]{20})$/.exec(name);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { workload: match[1], hash: match[2] };
}

/** The parts of every container that name configuration: the first container, then the others. */
const configured = (spec: Spec): readonly ContainerFields[] => [spec, ...(spec.containers ?? [])];

const distinct = (names: readonly (string | undefined)[]): readonly string[] =>
  [...new Set(names.flatMap((name) => name ?? []))].sort();

/** By spec, which nobody changes once it is parsed: asked for in every pass, many times. */
const CONFIG_MAPS = new WeakMap<Spec, readonly string[]>();

/** The ConfigMaps that a spec names, each once. */
export function namedConfigMaps(spec: Spec): readonly string[] {
  const known = CONFIG_MAPS.get(spec) ?? configMapsIn(spec);
  CONFIG_MAPS.set(spec, known);
  return known;
}

const configMapsIn = (spec: Spec): readonly string[] =>
  distinct(
    configured(spec).flatMap(({ env = [], envFrom = [], files = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ...envFrom.map(({ configMap }) => configMap),
      ...files.map(({ configMap }) => configMap?.name),
    ]),
  );

/** Those of them that pods do not run without. */
export const requiredConfigMaps = (spec: Spec): ReadonlySet<string> =>
  new Set(
    configured(spec).flatMap(({ env = [], envFrom = [], files = [] }) => [
      ...env.flatMap(({ valueFrom }) => requiredName(valueFrom?.configMapKeyRef)),
      ...envFrom.flatMap(({ configMap, optional }) =>
        configMap === undefined || optional === true ? [] : [configMap],
      ),
      ...files.flatMap(({ configMap }) => requiredName(configMap)),
    ]),
  );

type Reference = { readonly name: string; readonly optional?: boolean | undefined } | undefined;

const requiredName = (from: Reference): readonly string[] =>
  from === undefined || from.optional === true ? [] : [from.name];

/** A key of a ConfigMap that a container does not start without. */
export interface NamedKey {
  readonly configMap: string;
  readonly key: string;
  /** A variable takes text alone: the kubelet finds no key of `binaryData` for it. */
  readonly isVariable: boolean;
  /** What names it: `env MODE`, `files /etc/app`. */
  readonly at: string;
}

/** Every key that a spec names and needs, in its order. What takes a whole ConfigMap names none. */
export const namedConfigKeys = (spec: Spec): readonly NamedKey[] =>
  configured(spec).flatMap(({ env = [], files = [] }) => [
    ...env.flatMap(({ name, valueFrom }) => {
      const { configMapKeyRef: from } = valueFrom ?? {};
      return from === undefined || from.optional === true
        ? []
        : [{ configMap: from.name, key: from.key, isVariable: true, at: `env ${name}` }];
    }),
    ...files.flatMap(({ path, configMap }) =>
      keysOf(configMap).map((key) => ({
        configMap: configMap?.name ?? "",
        key,
        isVariable: false,
        at: `files ${path}`,
      })),
    ),
  ]);

const keysOf = (source: NonNullable<Spec["files"]>[number]["configMap"]): readonly string[] =>
  source === undefined || source.optional === true
    ? []
    : source.key === undefined
      ? (source.items ?? []).map(({ key }) => key)
      : [source.key];

/** The Secrets that a spec names, each once. */
export const namedSecrets = (spec: Spec): readonly string[] =>
  distinct(
    configured(spec).flatMap(({ env = [], envFrom = [], files = [] }) => [
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...envFrom.map(({ secret }) => secret),
      ...files.map(({ secret }) => secret?.name),
    ]),
  );

/** Those and the certificates of what it exposes, each once. */
export const guardedSecrets = (spec: Spec): readonly string[] =>
  distinct([...namedSecrets(spec), ...(spec.expose ?? []).map(({ tls }) => tls?.secretName)]);

/** The inline files of one container as the content of a ConfigMap; undefined when there are none. */
export function inlineContent(files: Spec["files"]): ConfigContent | undefined {
  const entries = (files ?? []).flatMap(({ content }, index) =>
    content === undefined ? [] : [[inlineKey(index), content] as const],
  );
  return entries.length === 0 ? undefined : { data: Object.fromEntries(entries) };
}

export const inlineKey = (index: number): string => `file-${index}`;

/** Stands in for the source in the names of inline copies. */
const INLINE_SOURCE = "inline";

export const inlineName = (workload: string, content: ConfigContent): string =>
  copyName(workload, INLINE_SOURCE, contentHash(content));

/** The copies of inline files, by name; no source has to be read for them. */
export function inlineCopies(workload: string, spec: Spec): ReadonlyMap<string, ConfigContent> {
  const contents = configured(spec).flatMap(({ files }) => inlineContent(files) ?? []);
  return new Map(contents.map((content) => [inlineName(workload, content), content]));
}
