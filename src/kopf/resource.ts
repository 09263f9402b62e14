/** A kind and its API path; needs no discovery. */
export interface Resource {
  /** API group; the empty string is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Lower-case plural, as in the path. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** `v1` for the core group, `group/version` for every other. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/**
 * The request path of a collection, one object, or one of its subresources.
 * Names are percent-encoded and keep their case: RBAC names may hold capitals and colons.
 */
export function pathOf(
  resource: Resource,
  target: {
    readonly namespace?: string | undefined;
    readonly name?: string | undefined;
    readonly subresource?: string | undefined;
  } = {},
): string {
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const segments = [root, resource.version];
  if (target.namespace !== undefined) segments.push("namespaces", encodeURIComponent(target.namespace));
  segments.push(resource.plural);
  if (target.name !== undefined) segments.push(encodeURIComponent(target.name));
  if (target.subresource !== undefined) segments.push(target.subresource);
  return segments.join("/");
}
