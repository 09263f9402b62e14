/** A control plane of its own: etcd, API server and, where asked for, controllers and scheduler, as child processes. */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubernetesBinary } from "./binary.ts";
import type { Log } from "./build-progress.ts";
import {
  apiServerArgs,
  type Component,
  caFileOf,
  controllerArgs,
  type Endpoints,
  etcdArgs,
  type Renamed,
  type RenamedComponents,
  staticPolicyArgs,
  writeConfiguration,
} from "./components.ts";
import { makeFront, type NodeFront } from "./node/front.ts";
import { freePorts, LOOPBACK } from "./ports.ts";
import { killProcess, startProcess } from "./processes.ts";
import { untilReady } from "./ready.ts";
import { createStateFolder, ownerOf, removeStateFolder, sweepAbandoned } from "./state-folder.ts";
import { CONTROL_PLANE_IDENTITIES, NODE_IDENTITIES, PAPER_NODE_IDENTITY, USERS } from "./users.ts";

export interface EmbeddedOptions {
  readonly components?: readonly Component[];
  readonly log?: Log;
  /** Lives on when this process ends; to be stopped by its folder. */
  readonly detached?: boolean;
  /** Make a place for a real node, and answer where it can reach the API server. Needs root. */
  readonly forNode?: boolean;
  /** A folder of admission policies that the API server reads for itself. */
  readonly staticPolicies?: string;
  /** Beside those that are on by default. */
  readonly admissionPlugins?: readonly string[];
  /** Components that have unusual names. */
  readonly renamed?: RenamedComponents;
  /** Further users, with their groups. */
  readonly identities?: Readonly<Record<string, readonly string[]>>;
}

/** What is needed to talk to a running control plane from any process; it is plain data. It holds the users' tokens. */
export interface EmbeddedDescription {
  readonly folder: string;
  readonly url: string;
  /** Of its store, which asks for no key. */
  readonly etcd: string;
  readonly caFile: string;
  readonly binary: string;
  readonly kubectl: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly readyMs: number;
  /** The place of its node, where one was asked for. */
  readonly front?: NodeFront;
}

const ATTEMPTS = 3;

/** The usual one, which NetworkPolicies of programs in pods name. The address is the cluster's own, so that nobody else has it. */
const NODE_API_PORT = 6443;

/** Starts a control plane and resolves when it serves. On failure nothing is left running. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDescription> {
  const binary = await kubernetesBinary(options.log ?? (() => {}));
  await sweepAbandoned();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnFreePorts(binary, options);
    } catch (error) {
      const portTaken = /address already in use/.test(String(error));
      if (!portTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnFreePorts(binary: string, options: EmbeddedOptions): Promise<EmbeddedDescription> {
  const { components = [], detached = false, forNode = false, staticPolicies } = options;
  const { admissionPlugins = [], renamed = {} } = options;
  const startedMs = performance.now();
  const folder = createStateFolder(detached);
  try {
    const [etcdPort = 0, peerPort = 0, freePort = 0] = await freePorts(3);
    const front = forNode ? { front: await makeFront(folder, detached) } : {};
    const apiPort = forNode ? NODE_API_PORT : freePort;
    const endpoints: Endpoints = { etcdPort, peerPort, apiPort, ...front };
    const url = `https://${front.front?.address ?? LOOPBACK}:${apiPort}`;
    const caFile = caFileOf(folder);
    const identities = {
      ...USERS,
      ...CONTROL_PLANE_IDENTITIES,
      ...PAPER_NODE_IDENTITY,
      ...(forNode ? NODE_IDENTITIES : {}),
      ...options.identities,
      ...Object.fromEntries(Object.values(renamed).map(({ user, groups }) => [user, groups])),
    };
    const tokens = Object.fromEntries(Object.keys(identities).map((user) => [user, randomBytes(16).toString("hex")]));
    writeConfiguration(folder, url, identities, tokens);
    const start = (name: string, args: readonly string[]): void =>
      startProcess({ folder, name, binary, args: [name, ...args], detached });
    start("etcd", etcdArgs(folder, endpoints));
    const serverArgs = [
      ...apiServerArgs(folder, endpoints),
      ...(admissionPlugins.length === 0 ? [] : [`--enable-admission-plugins=${admissionPlugins.join(",")}`]),
      ...(staticPolicies === undefined ? [] : staticPolicyArgs(folder, staticPolicies)),
    ];
    writeFileSync(argsFileOf(folder), JSON.stringify(serverArgs));
    start("kube-apiserver", serverArgs);
    await untilReady(folder, url, caFile, tokens["admin"] ?? "");
    for (const component of components)
      start(`kube-${component}`, controllerArgs(component, folder, renamed[component]));
    const readyMs = performance.now() - startedMs;
    const etcd = `http://${LOOPBACK}:${etcdPort}`;
    const kubectl = join(binary, "..", "kubectl");
    return { folder, url, etcd, caFile, binary, kubectl, tokens, readyMs, ...front };
  } catch (error) {
    await removeStateFolder(folder);
    throw error;
  }
}

/** Kills the API server without a farewell and starts it again on its port, over the same data. */
export async function restartApiServer({ folder, binary, url, caFile, tokens }: EmbeddedDescription): Promise<void> {
  const owner = ownerOf(folder);
  if (owner !== undefined && owner !== process.pid) {
    // The new process would end with this one, and take the cluster from everybody else who uses it.
    throw new Error("another process owns this cluster: start one of your own with startCluster() to restart it");
  }
  await killProcess(folder, "kube-apiserver");
  const args = JSON.parse(readFileSync(argsFileOf(folder), "utf8")) as readonly string[];
  const name = "kube-apiserver";
  startProcess({ folder, name, binary, args: [name, ...args], detached: owner === undefined });
  await untilReady(folder, url, caFile, tokens.admin ?? "");
}

/** Ends a component and starts it under another name, which must be one of those that the cluster was started with. */
export async function renameComponent(
  { folder, binary }: EmbeddedDescription,
  component: Component,
  renamed: Renamed | undefined,
): Promise<void> {
  const name = `kube-${component}`;
  await killProcess(folder, name);
  startProcess({ folder, name, binary, args: [name, ...controllerArgs(component, folder, renamed)], detached: false });
}

const argsFileOf = (folder: string): string => join(folder, "kube-apiserver.args.json");
