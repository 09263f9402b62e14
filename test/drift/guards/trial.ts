/** What becomes of one write, as a dry run: the API server judges it, policies and all, and stores nothing. */
import { ApiError, type Client, isMethodNotAllowed, type KubeObject, pathOf, type Resource } from "kopf-ts";
import { type Value, valueAt, type Write } from "./values.ts";

export type Outcome =
  | { readonly kind: "refused"; readonly by: string }
  /** Every value that was tried is invalid, for whoever writes it. */
  | { readonly kind: "invalid"; readonly message: string }
  /** Kubernetes lets nobody change it. */
  | { readonly kind: "fixed"; readonly message: string }
  /** Accepted, and nothing comes of it. */
  | { readonly kind: "ignored" }
  | { readonly kind: "written" };

export interface Target {
  readonly resource: Resource;
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

export interface Tried {
  readonly outcome: Outcome;
  /** That which was not invalid. */
  readonly write: number;
}

/** What Kubernetes lets nobody change, in its own words. */
const FIXED = [
  /field is immutable|is immutable after|not be changed|may not change once set|cannot change roleRef/,
  /updates to .* for fields other than|pod updates may not|spec\.template: Invalid value: \{|only be set/,
  /not allowed in pod template|is not Supported|does not match template|will be auto-generated|does not match the/,
  /may only be (used|set)|no new finalizers can be added|pod-level/,
];

const pathFor = ({ resource, subresource, name, namespace }: Target): string =>
  pathOf(resource, { namespace, name, ...(subresource === "" ? {} : { subresource }) });

/** Some subresources can be written and not read: what is written there is the object. */
export async function readTarget(client: Client, target: Target): Promise<KubeObject> {
  const read = (path: string): Promise<KubeObject> => client.transport.request<KubeObject>({ method: "GET", path });
  try {
    return await read(pathFor(target));
  } catch (error) {
    if (!isMethodNotAllowed(error)) throw error;
    return await read(pathFor({ ...target, subresource: "" }));
  }
}

/** The first of the writes that is not invalid decides. */
export async function tryWrites(client: Client, target: Target, live: Value, writes: readonly Write[]): Promise<Tried> {
  let failed: Outcome = { kind: "invalid", message: "no value" };
  for (const [index, write] of writes.entries()) {
    const outcome = await tryWrite(client, target, live, write);
    if (outcome.kind !== "invalid" && outcome.kind !== "fixed") return { outcome, write: index };
    // The first is the likeliest, and says best why.
    if (index === 0) failed = outcome;
  }
  return { outcome: failed, write: -1 };
}

async function tryWrite(
  client: Client,
  target: Target,
  live: Value,
  { object, scope, removes }: Write,
): Promise<Outcome> {
  try {
    const answer = valueAt(await put(client, target, object as KubeObject), scope);
    if (isSame(answer, valueAt(live, scope))) return { kind: "ignored" };
    // What differs may be what a controller wrote meanwhile.
    const now = await readTarget(client, target).catch(() => undefined);
    return { kind: isSame(answer, valueAt(now, scope)) ? "ignored" : "written" };
  } catch (error) {
    const outcome = refusal(error);
    // What is required is there for good.
    return removes && outcome.kind === "invalid" ? { ...outcome, kind: "fixed" } : outcome;
  }
}

/** The version that was read or, where others wrote meanwhile, the one there is now. */
async function put(client: Client, target: Target, object: KubeObject): Promise<KubeObject> {
  const query = { dryRun: "All", fieldManager: client.fieldManager };
  const request = { method: "PUT", path: pathFor(target), query } as const;
  try {
    return await client.transport.request<KubeObject>({ ...request, body: object });
  } catch (error) {
    if (!(error instanceof ApiError) || !/has been modified/.test(error.message)) throw error;
    const { resourceVersion } = (await readTarget(client, target)).metadata;
    const metadata = { ...object.metadata, resourceVersion };
    return await client.transport.request<KubeObject>({ ...request, body: { ...object, metadata } });
  }
}

/** A deletion, as a dry run too. */
export async function tryDelete(client: Client, target: Target): Promise<Outcome> {
  try {
    // Beside a body, the API server does not look at the query.
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background", dryRun: ["All"] };
    await client.transport.request({ method: "DELETE", path: pathFor(target), body });
    return { kind: "written" };
  } catch (error) {
    return refusal(error);
  }
}

export const RBAC = "RBAC";

/** Throws what is no answer to the write. */
function refusal(error: unknown): Outcome {
  if (!(error instanceof ApiError) || error.status < 400) throw error;
  const { status } = error;
  const message = error.message.slice(0, 400);
  const policy = /ValidatingAdmissionPolicy '([^']+)'/.exec(error.message)?.[1];
  if (policy !== undefined) return { kind: "refused", by: policy };
  if (status === 403) return { kind: "refused", by: refuserIn(message) };
  const isFixed = status === 409 || status === 405 || FIXED.some((words) => words.test(error.message));
  return { kind: isFixed ? "fixed" : "invalid", message };
}

function refuserIn(message: string): string {
  if (/cannot (update|patch|delete|create) resource/.test(message)) return RBAC;
  if (message.includes("PodSecurity")) return "Pod Security";
  return "RBAC, as more than the writer has";
}

const isSame = (one: Value, other: Value): boolean => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
