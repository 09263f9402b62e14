/** Which SecureWorkloads are declared, in which files, and the edits in them. */
import { writeFileSync } from "node:fs";
import type { KubeObject } from "kopf-ts";
import { type DeclaredWorkload, declaredBy } from "../../learn/declared.ts";
import { edited } from "../../learn/edit.ts";
import { editsFor, type Learned } from "../../learn/edits-for.ts";
import { sayUnread } from "../../manifests/say-unread.ts";
import { isBaseline, isWorkload } from "../../render/input.ts";
import { couldNotLook, type Given, messageOf } from "../answer.ts";
import { manifestsIn, type TextFile, textsOf } from "../files.ts";

export interface Drafts {
  readonly workloads: readonly DeclaredWorkload[];
  readonly baseline: KubeObject | undefined;
  /** Whatever else stands in the files: roles, controllers, Services. */
  readonly objects: readonly KubeObject[];
  readonly texts: readonly TextFile[];
  readonly unread: readonly string[];
}

export const NO_DRAFTS: Drafts = { workloads: [], baseline: undefined, objects: [], texts: [], unread: [] };

export async function draftsOf(given: Given, namespace: string, next: string): Promise<Drafts> {
  if (given.flags["filename"] === undefined) return NO_DRAFTS;
  const texts = await textsOf(given, "filename", next);
  const { manifests, unread } = manifestsIn(texts);
  const [broken] = unread;
  if (manifests.length === 0 && broken !== undefined) throw couldNotLook(sayUnread(broken), next);
  const objects = manifests.map(({ object }) => object);
  return {
    workloads: objects.filter(isWorkload).map((object) => declaredBy(object, namespace)),
    baseline: objects.find(isBaseline),
    objects: objects.filter((object) => !isWorkload(object)),
    texts,
    unread: unread.map(sayUnread),
  };
}

/** Writes what was learned into the files, each only where it changes; returns their names. Standard input is no file. */
export function writeEdits({ workloads, texts }: Drafts, learned: Learned, next: string): readonly string[] {
  return texts
    .filter(({ file }) => file !== "-")
    .flatMap(({ file, text }) => {
      const after = workloads.reduce((before, one) => edited(before, one.name, editsFor(one, learned)), text);
      if (after === text) return [];
      try {
        writeFileSync(file, after);
      } catch (error) {
        throw couldNotLook(messageOf(error), next);
      }
      return [file];
    });
}
