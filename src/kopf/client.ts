/** The verbs of the Kubernetes API over any resource, as raw JSON. Every write names its field manager. */
import { isNotFound } from "./api-error.ts";
import { defined } from "./defined.ts";
import type { KubeObject, ObjectName } from "./object.ts";
import { apiVersionOf, pathOf, type Resource } from "./resource.ts";
import type { ApiRequest, Transport } from "./transport-types.ts";

/** Limits of a request; see {@link ApiRequest}. */
export interface RequestBounds {
  readonly signal?: AbortSignal;
  readonly pool?: NonNullable<ApiRequest["pool"]>;
  readonly deadlineMs?: number;
}

export interface WriteOptions extends RequestBounds {
  /** Runs admission and defaulting, and answers with what would be stored, without storing it. */
  readonly dryRun?: boolean;
  readonly subresource?: string;
}

export interface ApplyOptions extends WriteOptions {
  /** Takes over fields of other managers; true unless set, as a controller must. */
  readonly force?: boolean;
}

export interface PatchOptions extends WriteOptions {
  readonly type: "merge" | "json" | "strategic";
}

export interface DeleteOptions extends WriteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** `Background` unless set. */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

export interface ListOptions extends RequestBounds {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects per page; all pages are read. 500 unless set. */
  readonly limit?: number;
  /** The media type to ask for. JSON in full unless set. */
  readonly accept?: string;
}

export interface ListResult<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

const PATCH_TYPES = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

const PAGE_SIZE = 500;

export interface Client {
  readonly fieldManager: string;
  readonly transport: Transport;
  /** Returns the object, or undefined when there is none. */
  get<T extends KubeObject = KubeObject>(
    resource: Resource,
    name: ObjectName,
    options?: RequestBounds,
  ): Promise<T | undefined>;
  /** Lists every object, in pages of one consistent snapshot. */
  list<T extends KubeObject = KubeObject>(resource: Resource, options?: ListOptions): Promise<ListResult<T>>;
  /** The server refuses unknown and duplicate fields, as in `replace` and `apply`. */
  create<T extends KubeObject = KubeObject>(resource: Resource, object: KubeObject, options?: WriteOptions): Promise<T>;
  /** Replaces the whole object; with `metadata.resourceVersion` set, only that version. */
  replace<T extends KubeObject = KubeObject>(
    resource: Resource,
    object: KubeObject,
    options?: WriteOptions,
  ): Promise<T>;
  /** Server-side apply (KEP-555). Keeps fields that others added. */
  apply<T extends KubeObject = KubeObject>(resource: Resource, object: KubeObject, options?: ApplyOptions): Promise<T>;
  patch<T extends KubeObject = KubeObject>(
    resource: Resource,
    name: ObjectName,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T>;
  /**
   * True when the deletion was accepted, false when there was nothing to delete. An object with finalizers still exists.
   * Throws a conflict when `uid` or `resourceVersion` is not the live one.
   */
  delete(resource: Resource, name: ObjectName, options?: DeleteOptions): Promise<boolean>;
}

export function createClient(transport: Transport, fieldManager: string): Client {
  return new ResourceClient(transport, fieldManager);
}

interface Write {
  readonly method: "POST" | "PUT" | "PATCH";
  readonly name: { readonly namespace?: string | undefined; readonly name?: string };
  readonly body: unknown;
  readonly contentType?: string;
  readonly query?: NonNullable<ApiRequest["query"]>;
}

const STRICT = { fieldValidation: "Strict" } as const;

class ResourceClient implements Client {
  readonly fieldManager: string;
  readonly transport: Transport;

  constructor(transport: Transport, fieldManager: string) {
    this.transport = transport;
    this.fieldManager = fieldManager;
  }

  async get<T extends KubeObject>(
    resource: Resource,
    name: ObjectName,
    options: RequestBounds = {},
  ): Promise<T | undefined> {
    try {
      return await this.transport.request<T>({ method: "GET", path: pathOf(resource, name), ...boundsOf(options) });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(resource: Resource, options: ListOptions = {}): Promise<ListResult<T>> {
    const items: T[] = [];
    let resourceVersion = "";
    for await (const page of listPages<T>(this.transport, resource, options)) {
      for (const item of page.items) items.push(item);
      resourceVersion = page.resourceVersion;
    }
    return { items, resourceVersion };
  }

  create<T extends KubeObject>(resource: Resource, object: KubeObject, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata;
    // Only subresources, an Eviction for example, are posted to an object.
    const target = options.subresource === undefined ? { namespace } : { namespace, name };
    return this.#write(resource, { method: "POST", name: target, body: object, query: STRICT }, options);
  }

  replace<T extends KubeObject>(resource: Resource, object: KubeObject, options: WriteOptions = {}): Promise<T> {
    return this.#write(resource, { method: "PUT", name: object.metadata, body: object, query: STRICT }, options);
  }

  apply<T extends KubeObject>(resource: Resource, object: KubeObject, options: ApplyOptions = {}): Promise<T> {
    const query = { ...STRICT, force: options.force ?? true };
    const contentType = "application/apply-patch+yaml";
    return this.#write(resource, { method: "PATCH", name: object.metadata, body: object, contentType, query }, options);
  }

  patch<T extends KubeObject>(resource: Resource, name: ObjectName, patch: unknown, options: PatchOptions): Promise<T> {
    return this.#write(
      resource,
      { method: "PATCH", name, body: patch, contentType: PATCH_TYPES[options.type] },
      options,
    );
  }

  async delete(resource: Resource, name: ObjectName, options: DeleteOptions = {}): Promise<boolean> {
    try {
      await this.transport.request({
        method: "DELETE",
        path: pathOf(resource, { ...name, subresource: options.subresource }),
        body: deleteOptions(options),
        ...boundsOf(options),
      });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  #write<T>(resource: Resource, write: Write, options: WriteOptions): Promise<T> {
    const { namespace, name } = write.name;
    return this.transport.request<T>({
      method: write.method,
      path: pathOf(resource, { namespace, name, subresource: options.subresource }),
      query: { fieldManager: this.fieldManager, dryRun: dryRunOf(options), ...write.query },
      body: write.body,
      ...defined({ contentType: write.contentType }),
      ...boundsOf(options),
    });
  }
}

function deleteOptions(options: DeleteOptions): unknown {
  const { uid, resourceVersion, propagationPolicy = "Background", gracePeriodSeconds } = options;
  const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
  // Beside a body the API server looks at no query: a dry run that stood there would delete.
  const dryRun = options.dryRun === true ? ["All"] : undefined;
  return { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy, gracePeriodSeconds, preconditions, dryRun };
}

const dryRunOf = ({ dryRun }: WriteOptions): string | undefined => (dryRun === true ? "All" : undefined);

const boundsOf = ({ signal, pool, deadlineMs }: RequestBounds): RequestBounds => defined({ signal, pool, deadlineMs });

interface ListPage<T> {
  /** Go writes null for an empty list. */
  readonly items?: readonly T[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/**
 * Yields a collection page by page; all pages have the snapshot's `resourceVersion`. The request sets no version, so that the
 * read is consistent and `limit` is honoured. Adds `apiVersion` and `kind` to the items, which lists leave out.
 */
export async function* listPages<T extends KubeObject>(
  transport: Transport,
  resource: Resource,
  options: ListOptions,
): AsyncIterable<ListResult<T>> {
  const { namespace, labelSelector, fieldSelector, limit = PAGE_SIZE, accept } = options;
  const identity = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  let next: string | undefined;
  do {
    const page: ListPage<T> = await transport.request<ListPage<T>>({
      method: "GET",
      path: pathOf(resource, { namespace }),
      query: { limit, continue: next, labelSelector, fieldSelector },
      ...defined({ accept }),
      ...boundsOf(options),
    });
    const items = (page.items ?? []).map((item) => ({ ...identity, ...item }));
    yield { items, resourceVersion: page.metadata.resourceVersion };
    next = page.metadata.continue;
  } while (next !== undefined && next !== "");
}
