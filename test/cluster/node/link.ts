/** The wire between host and node: the API server answers at its one end, the kubelet at its other. */
import { initOf, run, runInside } from "./space.ts";

export interface Link {
  /** Of the interface on the host. */
  readonly name: string;
  readonly hostAddress: string;
  readonly nodeAddress: string;
}

const MOST = 64;

/**
 * Lays a wire of two addresses from a range set aside for tests between devices (RFC 2544), which no network routes.
 * Its name is taken in the same step as its number, so that clusters that start together do not share one.
 */
export function layLink(folder: string): Link {
  const init = initOf(folder) ?? "";
  for (let number = 0; number < MOST; number += 1) {
    const name = `palisade${number}`;
    if (!tryAdd(name, init)) continue;
    const [hostAddress, nodeAddress] = [`198.18.${number}.1`, `198.18.${number}.2`];
    run(["ip", "address", "add", `${hostAddress}/30`, "dev", name]);
    run(["ip", "link", "set", name, "up"]);
    runInside(folder, ["ip", "address", "add", `${nodeAddress}/30`, "dev", "eth0"]);
    runInside(folder, ["ip", "link", "set", "eth0", "up"]);
    runInside(folder, ["ip", "route", "add", "default", "via", hostAddress]);
    return { name, hostAddress, nodeAddress };
  }
  throw new Error(`${MOST} nodes run already: end some, or remove what \`ip link\` lists as palisadeN`);
}

function tryAdd(name: string, init: string): boolean {
  try {
    run(["ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", init]);
    return true;
  } catch (error) {
    if (/File exists/.test(String(error))) return false;
    throw error;
  }
}
