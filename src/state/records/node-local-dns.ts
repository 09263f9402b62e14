/** The DNS cache that may run on every node (KEP-1024), and where it answers. */

import { isIP } from "node:net";
import type { KubeObject } from "kopf-ts";
import type { PodsOf } from "../../expand/input.ts";

/** As the upstream manifests call it, and Kubespray. */
const NAMES: ReadonlySet<string> = new Set(["node-local-dns", "nodelocaldns"]);

/** Where it listens unless its command says otherwise. */
const DEFAULT_ADDRESS = "169.254.20.10";

/** These are the metadata services' own; whatever a manifest says, no DNS cache answers there. */
const NEVER: ReadonlySet<string> = new Set(["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254"]);

/** As the upstream manifests label it, whatever an installer calls it. */
const LABEL = { key: "k8s-app", value: "node-local-dns" };

export interface NodeLocalDns {
  readonly addresses: readonly string[];
  /** Its pods, where they are not on the host network, and so are reached by policies as pods are. */
  readonly pods: PodsOf | undefined;
}

interface DaemonSetSpec {
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly template?: {
    readonly spec?: {
      readonly hostNetwork?: boolean;
      readonly containers?: readonly { readonly command?: readonly string[]; readonly args?: readonly string[] }[];
    };
  };
}

/**
 * The addresses that its `-localip` gives it: a link-local one, and in iptables mode the DNS Service's too, which it answers for
 * without address translation. Undefined for every other DaemonSet.
 */
export function shapeNodeLocalDns(object: KubeObject): NodeLocalDns | undefined {
  const { name, namespace = "", labels = {} } = object.metadata;
  if (!NAMES.has(name) && labels[LABEL.key] !== LABEL.value) return undefined;
  const { selector, template } = (object["spec"] ?? {}) as DaemonSetSpec;
  const { containers = [], hostNetwork } = template?.spec ?? {};
  const named = containers.flatMap(({ command = [], args = [] }) => localIps([...command, ...args]));
  const addresses = [...new Set(named)].filter((ip) => isIP(ip) !== 0 && !NEVER.has(ip)).sort();
  const podLabels = hostNetwork === true ? {} : (selector?.matchLabels ?? {});
  return {
    addresses: addresses.length === 0 ? [DEFAULT_ADDRESS] : addresses,
    pods: Object.keys(podLabels).length === 0 ? undefined : { namespace, podLabels },
  };
}

/** Whether a name server of pods is on their node: link-local (RFC 3927, RFC 4291), and no metadata service. */
export const isNodeLocal = (ip: string): boolean =>
  isIP(ip) !== 0 && !NEVER.has(ip) && (ip.startsWith("169.254.") || /^fe[89ab]/i.test(ip));

export const isMetadataService = (ip: string): boolean => NEVER.has(ip);

/** `-localip A,B`, `--localip=A,B`. */
function localIps(words: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const match = /^--?localip(?:=(.*))?$/.exec(word);
    return match === null ? [] : (match[1] ?? words[index + 1] ?? "").split(",").map((ip) => ip.trim());
  });
}
