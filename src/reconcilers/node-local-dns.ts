/** The DNS cache that may run on every node (KEP-1024), and where it answers. */
import { isIP } from "node:net";
import type { KubeObject } from "../kopf/object.ts";

/** As the upstream manifests call it, and Kubespray. */
const NAMES: ReadonlySet<string> = new Set(["node-local-dns", "nodelocaldns"]);

/** Where it listens unless its command says otherwise. */
const DEFAULT_ADDRESS = "169.254.20.10";

/** These are the metadata services' own; whatever a manifest says, no DNS cache answers there. */
const NEVER: ReadonlySet<string> = new Set(["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254"]);

interface DaemonSetSpec {
  readonly template?: {
    readonly spec?: {
      readonly containers?: readonly { readonly command?: readonly string[]; readonly args?: readonly string[] }[];
    };
  };
}

/**
 * The addresses that its `-localip` gives it: a link-local one, and in iptables mode the DNS Service's too, which it answers for
 * without address translation. Undefined for every other DaemonSet.
 */
export function shapeNodeLocalDns(object: KubeObject): readonly string[] | undefined {
  if (!NAMES.has(object.metadata.name)) return undefined;
  const containers = (object["spec"] as DaemonSetSpec | undefined)?.template?.spec?.containers ?? [];
  const named = containers.flatMap(({ command = [], args = [] }) => localIps([...command, ...args]));
  const addresses = [...new Set(named)].filter((ip) => isIP(ip) !== 0 && !NEVER.has(ip)).sort();
  return addresses.length === 0 ? [DEFAULT_ADDRESS] : addresses;
}

/** `-localip A,B`, `--localip=A,B`. */
function localIps(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const match = /^--?localip(?:=(.*))?$/.exec(word);
    return match === null ? [] : (match[1] ?? words[index + 1] ?? "").split(",").map((ip) => ip.trim());
  });
}
