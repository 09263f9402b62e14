/**
 * What each released version left on a cluster: its definitions, the objects as the API server stored them, and what ran their pods. Recorded
 * once for each version, by its own code, with `RECORD_VERSION=0.1.0` before the tests of GitOps; never written again.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "kopf-ts";
import { parse, stringify } from "yaml";
import { CUSTOM_KINDS } from "../../src/crds/custom-kinds.ts";
import { buildCrd } from "../../src/crds/custom-resource-definition.ts";
import { objectsOf } from "./yaml-files.ts";

const UPGRADE = join(import.meta.dirname, "..", "upgrade");

export interface RecordedVersion {
  readonly version: string;
  readonly definitions: readonly KubeObject[];
  readonly namespaces: readonly string[];
  /** Of our own kinds, status and all. */
  readonly objects: readonly KubeObject[];
  /** What ran the pods: Deployments and the like. */
  readonly controllers: readonly KubeObject[];
}

const FILES = { definitions: "definitions.yaml", objects: "objects.yaml", controllers: "controllers.yaml" } as const;

export function recordedVersions(): readonly RecordedVersion[] {
  const folders = readdirSync(UPGRADE, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name: version }) => {
    const read = (file: string): readonly KubeObject[] => objectsOf(readFileSync(join(UPGRADE, version, file), "utf8"));
    const objects = read(FILES.objects);
    const namespaces = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))];
    const { definitions, controllers } = FILES;
    return { version, definitions: read(definitions), namespaces, objects, controllers: read(controllers) };
  });
}

/** Throws where that version is recorded already. */
export function recordVersion(version: string, seen: Pick<RecordedVersion, "objects" | "controllers">): void {
  const folder = join(UPGRADE, version);
  if (existsSync(folder)) throw new Error(`${version} is recorded already: a released version does not change`);
  mkdirSync(folder, { recursive: true });
  const definitions = CUSTOM_KINDS.map(buildCrd) as unknown as readonly KubeObject[];
  const write = (file: string, objects: readonly object[]): void => {
    const documents = objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }));
    writeFileSync(join(folder, file), `# recorded from version ${version}, do not edit\n${documents.join("---\n")}`);
  };
  write(FILES.definitions, definitions);
  write(FILES.objects, seen.objects.map(withoutWriters));
  write(FILES.controllers, seen.controllers.map(withoutWriters));
}

function withoutWriters(object: KubeObject): object {
  const { managedFields: _writers, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** One difference that a version makes on purpose. */
export interface Announced {
  /** The version that makes it. */
  readonly version: string;
  /** The path, as the Event `BaselineChanged` names it, up to where it says enough. */
  readonly field: string;
  /** For the release notes: why, and whether pods are replaced for it. */
  readonly why: string;
}

/** What is announced of changes of pods and of definitions since the versions that are recorded. */
export const announced = (): { readonly templates: readonly Announced[]; readonly definitions: readonly Announced[] } =>
  parse(readFileSync(join(UPGRADE, "announced.yaml"), "utf8"));
