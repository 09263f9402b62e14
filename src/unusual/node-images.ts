/**
 * Images on a node that no pod on it names: left by an earlier version, pulled by a pod that is gone, or by somebody on the node. A kubelet lists the fifty largest
 * unless it is told otherwise. Pure.
 */
import { withRegistry } from "../images/reference.ts";
import { digestIn } from "./pod-facts.ts";

/** What the pods of a node say of their images: references, and what the node reported for them. */
export type NamedImages = ReadonlySet<string>;

/** Of each image on the node, all names. The image that holds a pod's namespaces is of no container. */
export function unnamedImages(images: readonly (readonly string[])[], named: NamedImages): readonly string[] {
  const digests = new Set([...named].flatMap((text) => digestIn(text) ?? []));
  const isNamed = (name: string): boolean => named.has(name) || digests.has(digestIn(name) ?? "");
  return images.flatMap((names) => {
    const [shown] = names.toSorted((a, b) => Number(a.includes("@")) - Number(b.includes("@")));
    return shown === undefined || SANDBOX.test(shown) || names.some(isNamed) ? [] : [shown];
  });
}

const SANDBOX = /(^|\/)pause([:@-]|$)/;

/** As runtimes write references that name no registry. */
export function imageNames(image: string): readonly string[] {
  const full = withRegistry(image);
  const last = full.slice(full.lastIndexOf("/"));
  return [image, full, ...(last.includes(":") || last.includes("@") ? [] : [`${full}:latest`])];
}
