/** What of a whole cluster is unusual, read object by object: of each a little is kept, and the object is dropped. Pure. */
import type { KubeObject } from "kopf-ts";
import type { WorkloadUnusual } from "../crds/v1alpha1/unusual.ts";
import { isoSeconds } from "../kubernetes/iso-seconds.ts";
import { isMirrorPod } from "../kubernetes/metadata.ts";
import { digestDifferences } from "./image-digests.ts";
import { type NodeFacts, nodeFacts, platformOf } from "./node-facts.ts";
import { imageNames, unnamedImages } from "./node-images.ts";
import { findingsOfNodes, type NodeFinding, named } from "./nodes.ts";
import { type PodFacts, podFacts } from "./pod-facts.ts";
import type { Version } from "./support.ts";

interface ReadNode {
  readonly facts: NodeFacts;
  readonly userNamespaces: boolean;
  readonly images: readonly (readonly string[])[];
}

interface ReadPod {
  /** `namespace/name`. */
  readonly key: string;
  readonly facts: PodFacts;
  readonly isStatic: boolean;
}

export interface RestartingContainer {
  readonly pod: string;
  readonly container: string;
  readonly restarts: number;
  /** In words. */
  readonly exits: string[];
}

export interface ClusterReading {
  readonly nodes: readonly NodeFinding[];
  /** Those with most restarts first. */
  readonly containers: readonly RestartingContainer[];
  readonly entered: readonly { readonly pod: string; readonly container: string }[];
  readonly images: NonNullable<WorkloadUnusual["images"]>;
  readonly unnamed: readonly { readonly node: string; readonly count: number; readonly images: string }[];
}

/** Where the control plane runs as static pods. */
const EXPECTED = "kube-system";

export class UnusualCollector {
  readonly #nodes = new Map<string, ReadNode>();
  readonly #pods: ReadPod[] = [];
  /** By node, what its pods name. */
  readonly #named = new Map<string, Set<string>>();

  add(object: KubeObject): void {
    if (object.kind === "Node" && object.apiVersion === "v1") this.#addNode(object);
    if (object.kind === "Pod" && object.apiVersion === "v1") this.#addPod(object);
  }

  /** Images are compared only where every pod of the nodes was read. */
  finish({ server, nowMs, isWhole }: { server: Version | undefined; nowMs: number; isWhole: boolean }): ClusterReading {
    const nodes = [...this.#nodes].map(([name, { facts, userNamespaces }]) => ({
      name,
      facts,
      userNamespaces,
      staticPods: this.#staticPodsOn(name),
      answers: undefined,
    }));
    const facts = this.#pods.map((pod) => pod.facts);
    return {
      nodes: findingsOfNodes(nodes, { server, nowMs }),
      containers: this.#pods.flatMap(restartsIn).sort(byRestarts),
      entered: this.#pods.flatMap(({ key, facts: { ephemeral } }) =>
        ephemeral.map((container) => ({ pod: key, container })),
      ),
      images: digestDifferences(facts, (node) => this.#platformOf(node)),
      unnamed: isWhole ? this.#unnamed() : [],
    };
  }

  #addNode(node: KubeObject): void {
    const { images = [], runtimeHandlers = [] } = (node["status"] ?? {}) as NodeStatus;
    const byDefault = runtimeHandlers.find(({ name = "" }) => name === "");
    this.#nodes.set(node.metadata.name, {
      facts: nodeFacts(node),
      userNamespaces: byDefault?.features?.userNamespaces === true,
      images: images.map(({ names }) => names ?? []),
    });
  }

  #addPod(pod: KubeObject): void {
    const { namespace = "", name } = pod.metadata;
    const facts = podFacts(pod);
    const isStatic = isMirrorPod(pod) && namespace !== EXPECTED;
    this.#pods.push({ key: `${namespace}/${name}`, facts, isStatic });
    if (facts.node === undefined) return;
    const own = this.#named.get(facts.node) ?? new Set();
    for (const image of imagesOf(pod)) for (const name of imageNames(image)) own.add(name);
    this.#named.set(facts.node, own);
  }

  #staticPodsOn(node: string): readonly string[] {
    return this.#pods.filter(({ isStatic, facts }) => isStatic && facts.node === node).map(({ key }) => key);
  }

  #platformOf(node: string): string | undefined {
    const found = this.#nodes.get(node);
    return found === undefined ? undefined : platformOf(found.facts);
  }

  #unnamed(): ClusterReading["unnamed"] {
    return [...this.#nodes].flatMap(([node, { images }]) => {
      const unnamed = unnamedImages(images, this.#named.get(node) ?? new Set());
      return unnamed.length === 0 ? [] : [{ node, count: unnamed.length, images: named(unnamed) }];
    });
  }
}

interface NodeStatus {
  readonly images?: readonly { readonly names?: readonly string[] | null }[];
  readonly runtimeHandlers?: readonly {
    readonly name?: string;
    readonly features?: { readonly userNamespaces?: boolean };
  }[];
}

type Images = readonly { readonly image?: string; readonly imageID?: string }[];

const LISTS = [
  ["spec", ["containers", "initContainers", "ephemeralContainers"]],
  ["status", ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]],
] as const;

const imagesOf = (pod: KubeObject): readonly string[] =>
  LISTS.flatMap(([part, lists]) => {
    const within = (pod[part] ?? {}) as Readonly<Record<string, Images | undefined>>;
    return lists.flatMap((list) => (within[list] ?? []).flatMap(({ image, imageID }) => [image ?? "", imageID ?? ""]));
  }).filter((image) => image !== "");

const restartsIn = ({ key, facts }: ReadPod): readonly RestartingContainer[] =>
  facts.containers.map(({ name, restarts, ends }) => ({
    pod: key,
    container: name,
    restarts,
    exits: ends.map(
      ({ code, reason, atMs }) => `${code}${reason === undefined ? "" : ` (${reason})`} at ${isoSeconds(atMs)}`,
    ),
  }));

const byRestarts = (a: RestartingContainer, b: RestartingContainer): number =>
  b.restarts - a.restarts || (a.pod < b.pod ? -1 : 1);
