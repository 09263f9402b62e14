/** All that an API server stores, taken and put back beneath it: its watches tell of every difference, and no finalizer holds any back. */
import { request } from "undici";

/** A key and its value, both in base64, as etcd's gateway speaks. */
export type Snapshot = Readonly<Record<string, string>>;

const PREFIX = "/registry/";
const PAGE = 500;
const OPERATIONS = 100;
const BATCH_BYTES = 500_000;

/** What a control plane renews about itself is its own. */
const KEPT = ["/registry/leases/kube-system/", "/registry/masterleases/"];
/** Controllers make nothing in a namespace that is gone. */
const FIRST = "/registry/namespaces/";

const encoded = (text: string): string => Buffer.from(text).toString("base64");
const decoded = (text: string): string => Buffer.from(text, "base64").toString();

interface Range {
  readonly kvs?: readonly { readonly key: string; readonly value?: string }[];
  readonly more?: boolean;
}

type Operation =
  | { readonly requestPut: { readonly key: string; readonly value: string } }
  | { readonly requestDeleteRange: { readonly key: string } };

async function ask<T>(url: string, path: string, body: object): Promise<T> {
  const answer = await request(`${url}/v3/kv/${path}`, { method: "POST", body: JSON.stringify(body) });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`etcd says ${answer.statusCode} to ${path}: ${text}`);
  return JSON.parse(text) as T;
}

export async function takeSnapshot(url: string): Promise<Snapshot> {
  const found: Record<string, string> = {};
  const end = encoded(`${PREFIX.slice(0, -1)}0`);
  for (let from = encoded(PREFIX); ; ) {
    const { kvs = [], more } = await ask<Range>(url, "range", { key: from, range_end: end, limit: PAGE });
    for (const { key, value = "" } of kvs) found[key] = value;
    const last = kvs.at(-1)?.key;
    if (more !== true || last === undefined) return found;
    from = encoded(`${decoded(last)}\0`);
  }
}

/** What one round put back: the paths of all keys that differed. */
async function restoreOnce(url: string, snapshot: Snapshot): Promise<readonly string[]> {
  const live = await takeSnapshot(url);
  const strays = Object.keys(live).filter((key) => snapshot[key] === undefined);
  const changed = Object.entries(snapshot).filter(([key, value]) => live[key] !== value && !isKept(key));
  const deletions = strays.map((key): Operation => ({ requestDeleteRange: { key } }));
  const isFirst = (_: unknown, index: number): boolean => decoded(strays[index] ?? "").startsWith(FIRST);
  await write(url, deletions.filter(isFirst));
  await write(url, [
    ...deletions.filter((_, index) => !isFirst(_, index)),
    ...changed.map(([key, value]): Operation => ({ requestPut: { key, value } })),
  ]);
  return [...strays, ...changed.map(([key]) => key)].map(decoded);
}

const isKept = (key: string): boolean => KEPT.some((prefix) => decoded(key).startsWith(prefix));

async function write(url: string, operations: readonly Operation[]): Promise<void> {
  let batch: Operation[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await ask(url, "txn", { success: batch });
    batch = [];
    bytes = 0;
  };
  for (const operation of operations) {
    const size = "requestPut" in operation ? operation.requestPut.value.length : 0;
    if (batch.length >= OPERATIONS || bytes + size > BATCH_BYTES) await flush();
    batch.push(operation);
    bytes += size;
  }
  await flush();
}

/**
 * Puts everything back, until a round finds nothing that differs: controllers may have been about to write. Returns the paths of all
 * that differed. Throws when somebody goes on writing.
 */
export async function restoreSnapshot(url: string, snapshot: Snapshot): Promise<ReadonlySet<string>> {
  const differed = new Set<string>();
  for (let round = 0; round < 50; round += 1) {
    const paths = await restoreOnce(url, snapshot);
    if (paths.length === 0) return differed;
    for (const path of paths) differed.add(path);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`somebody goes on writing: ${[...differed].slice(-10).join(", ")}`);
}
