/** What must stand before the control plane starts, so that a node can join it: the node's namespaces and the wire. */
import { type ClientCertificate, createClientCertificate } from "./certificate.ts";
import { createCgroups, removeCgroups } from "./cgroups.ts";
import { hasNotedKernelSettings, noteKernelSettings, restoreKernelSettings } from "./kernel.ts";
import { layLink } from "./link.ts";
import { createSpace, endSpace } from "./space.ts";

export interface NodeFront extends ClientCertificate {
  /** Where the API server answers: on the host, reachable from host and node. */
  readonly address: string;
  readonly nodeAddress: string;
}

/** Makes an empty place for a node below the cluster's folder. Needs root. */
export async function makeFront(folder: string, detached: boolean): Promise<NodeFront> {
  // First, since this marks a folder that has a node to remove.
  noteKernelSettings(folder);
  createCgroups(folder);
  await createSpace(folder, detached);
  const { hostAddress, nodeAddress } = layLink(folder);
  return { address: hostAddress, nodeAddress, ...createClientCertificate(folder) };
}

/** Removes all traces of the node of a cluster, in whatever state it is; does nothing where there was none. */
export async function removeNode(folder: string): Promise<void> {
  if (!hasNotedKernelSettings(folder)) return;
  await endSpace(folder);
  await removeCgroups(folder);
  restoreKernelSettings(folder);
}
