/** A pod as edges look at it while it is read. */
import type { Step } from "../../manifests/parse.ts";
import type { Place } from "../place.ts";
import { type Raw, record, records, text } from "../raw.ts";
import type { Container } from "./container.ts";

export interface Mount {
  readonly path: string;
  readonly isReadOnly: boolean;
}

export interface Volume {
  readonly name: string;
  readonly raw: Raw;
  readonly place: Place;
  readonly mounts: readonly Mount[];
}

export interface SecuredContainer extends Container {
  readonly context: Raw;
  readonly raw: Raw;
  readonly at: (...path: readonly Step[]) => Place;
}

export interface PodView {
  readonly namespace: string;
  readonly spec: Raw;
  readonly containers: readonly SecuredContainer[];
  readonly volumes: readonly Volume[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly at: (...path: readonly Step[]) => Place;
}

export const CONTAINER_LISTS = ["containers", "initContainers", "ephemeralContainers"] as const;

/** A volume that no container mounts shows nothing. */
export function volumesIn(spec: Raw, at: PodView["at"]): readonly Volume[] {
  const mounts = new Map<string, Mount[]>();
  for (const field of CONTAINER_LISTS)
    for (const container of records(spec[field]))
      for (const mount of records(container["volumeMounts"])) {
        const name = text(mount["name"]) ?? "";
        const found = { path: text(mount["mountPath"]) ?? "", isReadOnly: mount["readOnly"] === true };
        mounts.set(name, [...(mounts.get(name) ?? []), found]);
      }
  return records(spec["volumes"]).map((raw, index) => {
    const name = text(raw["name"]) ?? "";
    return { name, raw, place: at("volumes", index), mounts: mounts.get(name) ?? [] };
  });
}

/** The path of the node that a volume shows; undefined for any other kind. */
export function hostPathOf({ raw }: Volume): string | undefined {
  const path = text(record(raw["hostPath"])["path"]);
  return path === undefined ? undefined : plainPath(path);
}

/** Without `.`, `..` and slashes that change nothing. */
export function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
