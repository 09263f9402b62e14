/**
 * Decisions about a workload's pods that are made once and stay: its UID, and whether it runs in a user namespace.
 * They are recorded in the status, so that neither a restart nor a node that comes or goes changes a running pod.
 */

import { createHash } from "node:crypto";
import type { KubeObject } from "kopf-ts";
import type { PodIdentity } from "../expand/input.ts";
import { type NodeFacts, nodeFacts } from "../unusual/node-facts.ts";
import { type NodeOffer, nodeOffer } from "./records/node.ts";

/** Above every UID that images commonly use, and inside the 65,536 that a user namespace maps (KEP-127). */
export const FIRST_UID = 10_000;
export const LAST_UID = 65_533;

/** What a status holds of it. */
export interface RecordedIdentity {
  readonly uid: number;
  readonly userNamespace?: { readonly enabled: boolean; readonly decidedForGeneration: number } | undefined;
}

/** Whether pods may use user namespaces: what every node they can land on reports, or undefined while there is none. */
export type UserNamespaceSupport = boolean | undefined;

/**
 * The UID that a workload keeps: the recorded one when it is valid and free, else the first free one from where its name
 * hashes to. `isTaken` answers for every other workload of the cluster.
 */
export function chooseUid(key: string, recorded: number | undefined, isTaken: (uid: number) => boolean): number {
  if (recorded !== undefined && recorded >= FIRST_UID && recorded <= LAST_UID && !isTaken(recorded)) return recorded;
  const slots = LAST_UID - FIRST_UID + 1;
  const start = createHash("sha256").update(key).digest().readUInt32BE(0) % slots;
  for (let step = 0; step < slots; step += 1) {
    const uid = FIRST_UID + ((start + step) % slots);
    if (!isTaken(uid)) return uid;
  }
  return FIRST_UID + start;
}

/**
 * Decides once per generation. While no node is known the strict answer is used and nothing is recorded: no pod can
 * run yet, and the decision is made when the first node reports.
 */
export function decideUserNamespace(
  generation: number,
  recorded: RecordedIdentity["userNamespace"],
  support: UserNamespaceSupport,
): RecordedIdentity["userNamespace"] {
  if (recorded !== undefined && recorded.decidedForGeneration === generation) return recorded;
  return support === undefined ? undefined : { enabled: support, decidedForGeneration: generation };
}

export function podIdentity(identity: RecordedIdentity): PodIdentity {
  return { uid: identity.uid, userNamespace: identity.userNamespace?.enabled ?? true };
}

export interface NodeSupport {
  readonly offer: NodeOffer;
  readonly userNamespaces: boolean;
  /** Where its pods have their addresses, if the cluster divides a network among its nodes. */
  readonly podNetworks: readonly string[];
  /** What of it may be unusual. No decision depends on it. */
  readonly facts: NodeFacts;
}

/** What a node offers, and whether pods run in a user namespace there: its default runtime handler says so (KEP-127). */
export function nodeSupport(node: KubeObject): NodeSupport {
  const status = node["status"] as
    | {
        readonly runtimeHandlers?: readonly {
          readonly name?: string;
          readonly features?: { readonly userNamespaces?: boolean };
        }[];
      }
    | undefined;
  const byDefault = (status?.runtimeHandlers ?? []).find(({ name }) => (name ?? "") === "");
  const { podCIDRs = [] } = (node["spec"] ?? {}) as { readonly podCIDRs?: readonly string[] };
  return {
    offer: nodeOffer(node),
    userNamespaces: byDefault?.features?.userNamespaces === true,
    podNetworks: podCIDRs,
    facts: nodeFacts(node),
  };
}
