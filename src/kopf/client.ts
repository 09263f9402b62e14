/** The verbs of the Kubernetes API over any resource, as raw JSON. Every write names its field manager. */
import { isNotFound } from "./api-error.ts";
import type { KubeObject, ObjectName } from "./object.ts";
import { pathOf, type Resource } from "./resource.ts";
import type { ApiRequest, Transport } from "./transport.ts";

export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly subresource?: string;
  readonly pool?: ApiRequest["pool"];
  readonly deadlineMs?: number;
}

export interface DeleteOptions extends WriteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly signal?: AbortSignal;
}

const PATCH_TYPES = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

const PAGE = 500;

export interface Client {
  readonly fieldManager: string;
  readonly transport: Transport;
  /** The object, or undefined when there is none. */
  get<T extends KubeObject = KubeObject>(
    resource: Resource,
    name: ObjectName,
    options?: { readonly signal?: AbortSignal; readonly pool?: ApiRequest["pool"]; readonly deadlineMs?: number },
  ): Promise<T | undefined>;
  /** Every object, read in pages. */
  list<T extends KubeObject = KubeObject>(resource: Resource, options?: ListOptions): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }>;
  create<T extends KubeObject = KubeObject>(resource: Resource, object: KubeObject, options?: WriteOptions): Promise<T>;
  /** Replaces the whole object; with `metadata.resourceVersion` in it, only that version. */
  replace<T extends KubeObject = KubeObject>(resource: Resource, object: KubeObject, options?: WriteOptions): Promise<T>;
  /** Server-side apply (KEP-555). */
  apply<T extends KubeObject = KubeObject>(resource: Resource, object: KubeObject, options?: WriteOptions & { readonly force?: boolean }): Promise<T>;
  patch<T extends KubeObject = KubeObject>(
    resource: Resource,
    name: ObjectName,
    patch: unknown,
    options: WriteOptions & { readonly type: keyof typeof PATCH_TYPES },
  ): Promise<T>;
  /** True when the deletion was accepted, false when there was nothing left to delete. A stale `uid` or version throws a conflict. */
  delete(resource: Resource, name: ObjectName, options?: DeleteOptions): Promise<boolean>;
}

export function createClient(transport: Transport, fieldManager: string): Client {
  const bounds = ({ signal, pool, deadlineMs }: WriteOptions) => ({
    ...(signal === undefined ? {} : { signal }),
    ...(pool === undefined ? {} : { pool }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  const write = (method: "POST" | "PUT" | "PATCH", resource: Resource, name: { namespace?: string | undefined; name?: string }, body: unknown, options: WriteOptions & { contentType?: string; force?: boolean; strict?: boolean }) =>
    transport.request<never>({
      method,
      path: pathOf(resource, { ...name, subresource: options.subresource }),
      query: {
        fieldManager,
        fieldValidation: options.strict === false ? undefined : "Strict",
        dryRun: options.dryRun === true ? "All" : undefined,
        force: options.force,
      },
      body,
      ...(options.contentType === undefined ? {} : { contentType: options.contentType }),
      ...bounds(options),
    });
  const of = ({ metadata }: KubeObject) => ({ namespace: metadata.namespace, name: metadata.name });
  return {
    fieldManager,
    transport,
    get: async (resource, name, options = {}) => {
      try {
        return await transport.request({ method: "GET", path: pathOf(resource, name), ...bounds(options) });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    list: async <T extends KubeObject>(resource: Resource, { namespace, labelSelector, fieldSelector, signal }: ListOptions = {}) => {
      const items: T[] = [];
      for (let next: string | undefined = ""; ; ) {
        const page: ListPage<T> = await transport.request<ListPage<T>>({
          method: "GET",
          path: pathOf(resource, { namespace }),
          query: { limit: PAGE, continue: next === "" ? undefined : next, labelSelector, fieldSelector },
          ...(signal === undefined ? {} : { signal }),
        });
        items.push(...(page.items ?? []));
        next = page.metadata.continue;
        if (next === undefined || next === "") return { items, resourceVersion: page.metadata.resourceVersion };
      }
    },
    create: (resource, object, options = {}) => write("POST", resource, { namespace: object.metadata.namespace }, object, options),
    replace: (resource, object, options = {}) => write("PUT", resource, of(object), object, options),
    apply: (resource, object, options = {}) =>
      write("PATCH", resource, of(object), object, { ...options, contentType: "application/apply-patch+yaml", force: options.force ?? true }),
    patch: (resource, name, patch, options) => write("PATCH", resource, name, patch, { ...options, contentType: PATCH_TYPES[options.type], strict: false }),
    delete: async (resource, name, options = {}) => {
      const { uid, resourceVersion, propagationPolicy, gracePeriodSeconds } = options;
      const preconditions = { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
      try {
        await transport.request({
          method: "DELETE",
          path: pathOf(resource, name),
          query: { dryRun: options.dryRun === true ? "All" : undefined },
          body: {
            apiVersion: "v1",
            kind: "DeleteOptions",
            propagationPolicy: propagationPolicy ?? "Background",
            ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
            ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
          },
          ...bounds(options),
        });
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
  };
}

export interface ListPage<T> {
  /** Absent where the server has nothing to list: Go writes null. */
  readonly items?: readonly T[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}
