/** Flows of Calico's Goldmane, one a line: as its gRPC API gives them in JSON, and as Whisker's backend does. Pure. */
import { WORKLOAD_LABEL } from "../crds/group.ts";
import type { Labels } from "../migration/running.ts";
import type { Party, Protocol, SeenEdges } from "./edges.ts";
import { runnerOfPattern } from "./pod-names.ts";
import { fieldsAt, type LineReader, numberAt, objectIn, type Read, textAt } from "./source.ts";

type Fields = Readonly<Record<string, unknown>>;

/** By the numbers of the protocol's enumeration, too. */
const ENDPOINTS: Readonly<Record<string, string>> = {
  1: "WorkloadEndpoint",
  2: "HostEndpoint",
  3: "NetworkSet",
  4: "Network",
};
const ALLOWED: ReadonlySet<unknown> = new Set(["Allow", "allow", 1]);
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  TCP: "TCP",
  UDP: "UDP",
  SCTP: "SCTP",
  6: "TCP",
  17: "UDP",
  132: "SCTP",
};

export const goldmaneReader =
  (seen: SeenEdges): LineReader =>
  (line) => {
    const value = objectIn(line);
    if (value === undefined) return "broken";
    const flow = "flow" in value ? fieldsAt(value, "flow") : value;
    // Whisker has the key's fields beside the others.
    const key = "Key" in flow || "key" in flow ? fieldsAt(flow, "Key", "key") : flow;
    return readFlow(flow, key, seen);
  };

/** Labels stand beside the key. */
function readFlow(flow: Fields, key: Fields, seen: SeenEdges): Read {
  const port = numberAt(key, "dest_port", "destPort");
  const named = textAt(key, "proto", "protocol")?.toUpperCase();
  if (key["action"] === undefined || named === undefined) return "broken";
  if (!ALLOWED.has(key["action"])) return "refused";
  const protocol = PROTOCOLS[named];
  const [from, to] = [partyOf(flow, key, "source"), partyOf(flow, key, "dest")];
  if (protocol === undefined || port === undefined || port === 0) return "passed over";
  seen.add({ from, to, port, protocol }, "Goldmane");
  return "read";
}

type Side = "source" | "dest";

function partyOf(flow: Fields, key: Fields, side: Side): Party {
  const name = textAt(key, `${side}_name`, `${side}Name`) ?? "";
  const namespace = textAt(key, `${side}_namespace`, `${side}Namespace`) ?? "";
  const endpoint = endpointOf(key, side) ?? guessed(name, namespace);
  if (endpoint === "HostEndpoint") return { kind: "node" };
  if (endpoint !== "WorkloadEndpoint") return { kind: "outside", address: networkOf(name) };
  if (namespace === "kube-system" && /^(kube-dns|coredns)-/.test(name)) return { kind: "dns" };
  const labels = labelsIn(flow[`${side}_labels`] ?? flow[`${side}Labels`]);
  const workload = labels[WORKLOAD_LABEL];
  return {
    kind: "workload",
    namespace,
    name: workload ?? runnerOfPattern(name),
    labels,
    isWorkload: workload !== undefined,
  };
}

function endpointOf(key: Fields, side: Side): string | undefined {
  const type = key[`${side}_type`] ?? key[`${side}Type`];
  return type === undefined ? undefined : (ENDPOINTS[String(type)] ?? String(type));
}

/** A list of `key=value`, or Whisker's text of them; what Calico adds of its own is no label of the pods. */
function labelsIn(value: unknown): Labels {
  const texts: readonly unknown[] = Array.isArray(value) ? value : String(value ?? "").split("|");
  return Object.fromEntries(
    texts.flatMap((text) => {
      const [, key = "", label = ""] = /^\s*([^=\s]+)=(\S*)\s*$/.exec(String(text)) ?? [];
      return key === "" || key.startsWith("projectcalico.org/") ? [] : [[key, label]];
    }),
  );
}

/** Whisker names no types; networks and hosts have no namespace, which it writes as a dash. */
const guessed = (name: string, namespace: string): string =>
  namespace !== "" && namespace !== "-" && !/^(pub|pvt)$/.test(name) ? "WorkloadEndpoint" : "Network";

/** Goldmane keeps no addresses of the outside. */
const networkOf = (name: string): string => {
  if (/^(pub|public network)$/i.test(name)) return "a public network";
  return /^(pvt|private network)$/i.test(name) ? "a private network" : `network ${name}`;
};
