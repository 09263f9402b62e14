/** What is known of a mount of a container while it is read. */
import type { Draft } from "../draft.ts";
import type { Part } from "../ledger.ts";

type Fields = Record<string, unknown>;

export type SourceKind = "configMap" | "secret";

/** The keys of a ConfigMap or Secret, where it is in these files. */
export type KeysIn = (kind: SourceKind, name: string) => readonly string[] | undefined;

/** The volumes of a pod by name, those of a StatefulSet's own claims too. */
export interface Volumes {
  readonly byName: ReadonlyMap<string, Part>;
  readonly templates: ReadonlyMap<string, Part>;
  /** How many mounts have each volume, or each directory of one (`folderOf`). */
  readonly uses: ReadonlyMap<string, number>;
  /** Names of claims that this pod mounts, as the draft calls them. */
  readonly claimNames: Map<string, string>;
  readonly keysIn: KeysIn;
}

export interface Mounted {
  readonly scratch: Fields[];
  readonly files: Fields[];
  /** A claim in this container; `volume` is what the pod calls it. */
  readonly claims: {
    readonly name: string;
    readonly path: string;
    readonly subPath?: string;
    readonly readOnly?: boolean;
    readonly volume: string;
  }[];
}

export interface AnyMount {
  readonly draft: Draft;
  readonly container: Part;
  readonly mount: Part;
  readonly volume: Part | undefined;
  readonly name: string;
  readonly path: string;
  readonly where: string;
  readonly volumes: Volumes;
  readonly mounted: Mounted;
}

export interface Mounting extends AnyMount {
  /** What the volume is made of. */
  readonly source: Part;
}

/** Nothing where the whole volume is mounted. */
export function subPathOf(mount: Part): string | undefined {
  const path = mount.at("subPath").text();
  return path === "" ? undefined : path;
}

/** A directory of a volume; its volume itself where all of it is mounted. */
export const folderOf = (volume: string, subPath: string | undefined): string =>
  subPath === undefined ? volume : `${volume}/${subPath}`;
