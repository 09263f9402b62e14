/** The watchers of one run: which pods have one, what each has told so far, and what nobody can see. */
import { randomUUID } from "node:crypto";
import { type Client, type Connection, type KubeObject, keyOf } from "kopf-ts";
import pLimit from "p-limit";
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import { quantityNanos } from "../../kubernetes/quantity.ts";
import { type AddressBook, runnerOfPod } from "../../learn/address-book.ts";
import { connectionEdges } from "../../learn/connection-edges.ts";
import type { SeenEdges } from "../../learn/edges.ts";
import type { Write } from "../../learn/edits-for.ts";
import { readSockets } from "../../learn/proc-net.ts";
import { ConnectionMemory, type Sighting } from "../../learn/sightings.ts";
import { messageOf } from "../answer.ts";
import { callerName, hasBreakGlass, whatItTakes } from "./break-glass.ts";
import { execute } from "./exec.ts";
import {
  identityFor,
  mainContainerOf,
  type PodObject,
  sightingsOf,
  startWatcher,
  type WatcherPlan,
} from "./watchers.ts";

export interface SessionMeans {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  readonly image: string;
  readonly writes: boolean;
  readonly seen: SeenEdges;
  readonly book: AddressBook;
}

interface Watched {
  pod: PodObject;
  /** By the name of the container, how much of its log is read; undefined when it has ended. */
  readonly containers: Map<string, number | undefined>;
  /** Of a pod that is read by exec. */
  readonly memory?: ConnectionMemory;
  isGone: boolean;
}

/** A watcher that is started with less left sees nothing that the others do not. */
const WORTH_SECONDS = 5;
const AT_ONCE = 8;
/** What a watcher needs beside the program. */
const ROOM_BYTES = 96n * 1024n * 1024n;
const NANO = 1_000_000_000n;

export class Session {
  readonly #means: SessionMeans;
  readonly #watched = new Map<string, Watched>();
  readonly #left = new Map<string, string>();
  readonly #writes = new Map<string, Write>();
  readonly #guarded = new Set<string>();
  readonly #run: string;
  readonly #limit = pLimit(AT_ONCE);
  #glass: Promise<boolean> | undefined;
  #user: string | undefined;

  constructor(means: SessionMeans) {
    this.#means = means;
    this.#run = randomUUID().slice(0, 8);
  }

  /** Reads what the watchers have told, and starts those that are missing. */
  async look(objects: readonly KubeObject[], remainingSeconds: number): Promise<void> {
    const pods = objects.filter(({ kind, metadata }) => kind === "Pod" && metadata.namespace === this.#means.namespace);
    const living = new Map(pods.map((pod) => [uidOf(pod), pod as PodObject]));
    for (const [uid, watched] of this.#watched) {
      const pod = living.get(uid);
      watched.isGone = pod === undefined;
      watched.pod = pod ?? watched.pod;
    }
    const fresh = [...living.values()].filter((pod) => isRunning(pod) && !this.#watched.has(uidOf(pod)));
    await Promise.all([
      ...[...this.#watched.values()].map((watched) => this.#limit(() => this.#read(watched, remainingSeconds))),
      ...fresh.map((pod) => this.#limit(() => this.#enter(pod, remainingSeconds))),
    ]);
  }

  /** Whether every watcher has ended, or never will. */
  get isOver(): boolean {
    return [...this.#watched.values()].every(
      ({ containers, isGone, pod }) =>
        isGone || [...containers].every(([name, read]) => read === undefined || isStuck(pod, name)),
    );
  }

  progress(remainingMs: number): string {
    const pods = [...this.#watched.values()].filter(({ isGone }) => !isGone).length;
    return `${Math.round(remainingMs / 1_000)} s left: ${pods} pods, ${this.#means.seen.edges().length} edges`;
  }

  writes(): readonly Write[] {
    return [...this.#writes.values()];
  }

  /** What could not be seen, in sentences. */
  left(): readonly string[] {
    const gone = [...this.#watched.values()].filter(({ isGone }) => isGone).map(({ pod }) => pod.metadata.name);
    const stuck = [...this.#watched.values()].flatMap(({ pod, containers, isGone }) =>
      isGone ? [] : [...containers].flatMap(([name, read]) => (read === undefined ? [] : whyStuck(pod, name))),
    );
    return [
      "UDP, connections that were reset, and those that began and ended between two looks at an end that did not close them",
      ...this.#left.values(),
      ...stuck,
      ...(gone.length === 0 ? [] : [`what pods did at last that ended meanwhile: ${gone.sort().join(", ")}`]),
      ...(this.#guarded.size === 0 ? [] : [whatItTakes([...this.#guarded].sort(), this.#means.namespace, this.#user)]),
    ];
  }

  async #enter(pod: PodObject, remainingSeconds: number): Promise<void> {
    if (remainingSeconds < WORTH_SECONDS) return;
    const { name, labels = {} } = pod.metadata;
    const workload = labels[WORKLOAD_LABEL];
    if (workload !== undefined) return await this.#enterGuarded(pod, workload);
    const why = whyNot(pod);
    const problem = why ?? (await startWatcher(this.#means.client, pod, this.#plan(remainingSeconds)));
    const containers = new Map(problem === undefined ? [[this.#plan(0).name, 0 as number | undefined]] : []);
    this.#watched.set(uidOf(pod), { pod, containers, isGone: false });
    if (problem !== undefined) this.#left.set(uidOf(pod), `pod ${name}: ${problem}`);
  }

  #plan(seconds: number): WatcherPlan {
    const { image, writes } = this.#means;
    return { name: `palisade-learn-${this.#run}`, image, seconds: Math.ceil(seconds), writes };
  }

  /** Admission decides by one question for the whole namespace. */
  async #enterGuarded(pod: PodObject, workload: string): Promise<void> {
    const { client, namespace } = this.#means;
    this.#glass ??= hasBreakGlass(client, namespace);
    const memory = (await this.#glass) ? new ConnectionMemory() : undefined;
    this.#watched.set(uidOf(pod), {
      pod,
      containers: new Map(),
      isGone: false,
      ...(memory === undefined ? {} : { memory }),
    });
    if (memory !== undefined) return await this.#readTables(pod, memory);
    this.#guarded.add(workload);
    this.#user ??= await callerName(client);
  }

  async #read(watched: Watched, remainingSeconds: number): Promise<void> {
    const { pod, containers, memory, isGone } = watched;
    if (isGone) return;
    if (memory !== undefined) return await this.#readTables(pod, memory);
    for (const [container, read] of containers)
      if (read !== undefined)
        containers.set(container, await this.#readLog(watched, container, { read, remainingSeconds }));
  }

  /** How much of the log is read then; undefined when there is no more to come. */
  async #readLog(
    { pod, containers }: Watched,
    container: string,
    { read, remainingSeconds }: { readonly read: number; readonly remainingSeconds: number },
  ): Promise<number | undefined> {
    const sightings = await sightingsOf(this.#means.client, pod, container);
    if (typeof sightings === "string") {
      this.#left.set(`${uidOf(pod)} log`, `pod ${pod.metadata.name}: ${sightings}`);
      return undefined;
    }
    for (const sighting of sightings.slice(read)) await this.#take(sighting, pod, containers, remainingSeconds);
    return sightings.at(-1)?.saw === "end" ? undefined : sightings.length;
  }

  async #take(
    sighting: Sighting,
    pod: PodObject,
    containers: Watched["containers"],
    remainingSeconds: number,
  ): Promise<void> {
    const { seen, book, namespace } = this.#means;
    const runner = runnerOfPod(pod);
    if (sighting.saw === "connection")
      for (const { edge, evidence } of connectionEdges(sighting.connection, pod, book)) seen.add(edge, evidence);
    else if (sighting.saw === "write") {
      const write = { workload: `${namespace}/${runner.name}`, directory: sighting.directory, hides: sighting.hides };
      this.#writes.set(JSON.stringify(write), write);
    } else if (sighting.saw === "nothing")
      this.#left.set(`${uidOf(pod)} ${sighting.of}`, `${sighting.of} of pod ${pod.metadata.name}: ${sighting.why}`);
    else if (sighting.saw === "user") await this.#sendForFiles(sighting, pod, containers, remainingSeconds);
  }

  /** Only the user that the program runs as sees its files: a second container goes as that one. Nobody goes as root. */
  async #sendForFiles(
    { user, group }: { readonly user: number; readonly group: number },
    pod: PodObject,
    containers: Watched["containers"],
    remainingSeconds: number,
  ): Promise<void> {
    const first = identityFor(pod, this.#plan(0));
    if (first.user === user && first.group === group) return;
    const { name } = pod.metadata;
    if (user === 0) {
      this.#left.set(`${uidOf(pod)} files`, `files of pod ${name}: its program runs as root`);
      return;
    }
    const plan = { ...this.#plan(Math.max(remainingSeconds, 1)), as: { user, group } };
    const files = { ...plan, name: `${plan.name}-files` };
    const problem = await startWatcher(this.#means.client, pod, files);
    if (problem === undefined) containers.set(files.name, 0);
    else this.#left.set(`${uidOf(pod)} files`, `files of pod ${name}: ${problem}`);
  }

  /** With what the image brings; not every image has `cat`. */
  async #readTables(pod: PodObject, memory: ConnectionMemory): Promise<void> {
    const { connection, seen, book } = this.#means;
    const { namespace = "", name } = pod.metadata;
    const container = mainContainerOf(pod)?.name ?? "";
    try {
      const text = await execute(connection, { namespace, pod: name, container }, [
        "cat",
        "/proc/net/tcp",
        "/proc/net/tcp6",
      ]);
      for (const one of memory.add(readSockets(text, "LE")))
        for (const { edge, evidence } of connectionEdges(one, pod, book)) seen.add(edge, evidence);
      this.#left.delete(uidOf(pod));
    } catch (error) {
      this.#left.set(uidOf(pod), `pod ${name}, by exec: ${messageOf(error).slice(0, 200)}`);
    }
  }
}

const uidOf = (object: KubeObject): string => object.metadata.uid ?? keyOf(object.metadata);

const isRunning = ({ metadata, status }: PodObject): boolean =>
  status?.phase === "Running" && metadata.deletionTimestamp === undefined;

function whyNot({ spec, status }: PodObject): string | undefined {
  if (spec?.hostNetwork === true) return "it has the network of its node";
  if (spec?.os?.name === "windows") return "it runs Windows";
  // Where every container has a limit, a watcher shares it; elsewhere the kernel ends the watcher first.
  const limits = (spec?.containers ?? []).map(({ resources }) => resources?.limits?.memory);
  const isFull = limits.every((limit) => limit !== undefined) && bytesOf(limits) < ROOM_BYTES;
  return status?.qosClass === "Guaranteed" && isFull ? "its memory limit leaves no room for a watcher" : undefined;
}

const bytesOf = (limits: readonly (string | undefined)[]): bigint =>
  limits.reduce((sum, limit) => sum + quantityNanos(limit ?? "0") / NANO, 0n);

const statusOf = ({ status }: PodObject, container: string) =>
  status?.ephemeralContainerStatuses?.find(({ name }) => name === container);

/** Neither running nor about to. */
function isStuck(pod: PodObject, container: string): boolean {
  const state = statusOf(pod, container)?.state;
  return state?.terminated !== undefined || /Err|Invalid|BackOff/.test(state?.waiting?.reason ?? "");
}

/** One that still runs is not: somebody stopped before it ended. */
function whyStuck(pod: PodObject, container: string): readonly string[] {
  const { waiting, running, terminated } = statusOf(pod, container)?.state ?? {};
  if (running !== undefined) return [];
  const { reason = "has not begun", message = "" } = waiting ?? {};
  const why = terminated === undefined ? `${reason} ${message}` : `ended with ${terminated.exitCode}`;
  return [`pod ${pod.metadata.name}: its watcher ${why}`.trim()];
}
