/** Looks where workloads run, for a time: one watcher a pod, whose findings are mapped to workloads as they come. */
import { ApiError, type Client, type Connection, sleep, systemClock } from "kopf-ts";
import type { AddressBook } from "../../learn/address-book.ts";
import { type Given, wrongUse } from "../answer.ts";
import { configOf } from "../config-of.ts";
import { openApi } from "../open-api.ts";
import { stopSignal } from "../process.ts";
import { reachable } from "../reachable.ts";
import type { Live, LiveAsking } from "./asking.ts";
import { addressesOf, baselineOf, declaredIn, rbacOf } from "./cluster.ts";
import { durationSeconds } from "./duration.ts";
import { Session } from "./session.ts";

const LOOK_EVERY_MS = 20_000;
/** An image is pulled, and a container begins and ends, beside the time that it looks. */
const GRACE_MS = 90_000;

export interface Cluster {
  readonly namespace: string;
  learn(asked: LiveAsking): Promise<Live>;
  close(): Promise<void>;
}

export async function openCluster(given: Given, next: string): Promise<Cluster> {
  const seconds = durationSeconds(String(given.flags["for"]), "--for");
  const { connection, client, namespace, close } = await openApi(configOf(given.flags, next), "learn", given.signal);
  return {
    namespace,
    learn: (asked) => learnIn({ given, connection, client, namespace, seconds }, asked),
    close,
  };
}

interface Means {
  readonly given: Given;
  readonly connection: Connection;
  readonly client: Client;
  readonly namespace: string;
  readonly seconds: number;
}

async function learnIn(means: Means, { drafts: inFiles, seen, book }: LiveAsking): Promise<Live> {
  const { given, connection, client, namespace } = means;
  const image = await imageOf(given, client);
  const standing = await declaredIn(client, namespace);
  const drafts =
    inFiles.workloads.length > 0
      ? { ...inFiles, baseline: inFiles.baseline ?? (await baselineOf(client)) }
      : { ...standing, texts: inFiles.texts };
  const session = new Session({
    client,
    connection,
    namespace,
    image,
    writes: given.flags["writes"] === true,
    seen,
    book,
  });
  const left = await watch(means, session, book);
  const objects = [...standing.objects, ...(await rbacOf(client, namespace))];
  return { namespace, drafts, objects, writes: session.writes(), left: [...left, ...session.left()] };
}

/** Looks until the time is over and every watcher has ended, or somebody stops it: what was seen by then is told all the same. Returns what may not be read. */
async function watch({ given, client, namespace, seconds }: Means, session: Session, book: AddressBook) {
  const stop = stopSignal();
  const wake = AbortSignal.any([given.signal, stop]);
  let told = "";
  let endMs: number | undefined;
  for (;;) {
    const { objects, left } = await addressesOf(client, namespace);
    book.add(objects);
    // The time begins when the first pod can be entered.
    endMs ??= systemClock.monotonicMs() + seconds * 1_000;
    const remainingMs = endMs - systemClock.monotonicMs();
    await reachable(() => session.look(objects, stop.aborted ? 0 : remainingMs / 1_000));
    const progress = session.progress(Math.max(0, remainingMs));
    if (progress !== told) given.tell?.(progress);
    told = progress;
    if (stop.aborted) return [...left, "what happened after it was stopped; the watchers end by themselves"];
    if (remainingMs <= 0 && (session.isOver || -remainingMs > GRACE_MS)) return left;
    await sleep(systemClock, pauseMs(remainingMs), wake);
  }
}

/** The last look is when the watchers have ended; those are waited for in short steps. */
const pauseMs = (remainingMs: number): number =>
  remainingMs <= 0 ? 2_000 : Math.min(LOOK_EVERY_MS, remainingMs + 500);

const DEPLOYMENTS = "/apis/apps/v1/namespaces/palisade-system/deployments";

/** As it is installed, where the caller may see that. */
async function imageOf({ flags }: Given, client: Client): Promise<string> {
  if (flags["image"] !== undefined) return String(flags["image"]);
  const installed = await reachable(() => installedImage(client));
  if (installed !== undefined) return installed;
  throw wrongUse(
    "--image: say which image of Palisade the ephemeral containers run",
    "palisade learn -n NAMESPACE --for 10m --image REGISTRY/palisade:VERSION",
  );
}

/** Nobody has to be able to read another namespace. */
async function installedImage({ transport }: Client): Promise<string | undefined> {
  try {
    const { items } = await transport.request<{ readonly items: readonly Installed[] }>({
      method: "GET",
      path: DEPLOYMENTS,
      query: { labelSelector: "app.kubernetes.io/name=palisade" },
    });
    return items[0]?.spec?.template?.spec?.containers?.[0]?.image;
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) return undefined;
    throw error;
  }
}

interface Installed {
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } };
  };
}
