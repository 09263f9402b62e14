/** Flows of Cilium's Hubble, as `hubble observe -o json` and `-o jsonpb` print them, one a line. Pure. */
import { WORKLOAD_LABEL } from "../crds/group.ts";
import type { Labels } from "../migration/running.ts";
import type { Party, Protocol, SeenEdges } from "./edges.ts";
import { isOutsideName } from "./outside-names.ts";
import { runnerOfName } from "./pod-names.ts";
import { fieldsAt, type LineReader, numberAt, objectIn, type Read, textAt, textsAt } from "./source.ts";

type Fields = Readonly<Record<string, unknown>>;

const LET_THROUGH: ReadonlySet<unknown> = new Set(["FORWARDED", "REDIRECTED", "TRANSLATED", "TRACED", "AUDIT"]);

export const hubbleReader =
  (seen: SeenEdges): LineReader =>
  (line) => {
    const value = objectIn(line);
    if (value === undefined) return "broken";
    const flow = "flow" in value ? fieldsAt(value, "flow") : value;
    if (!("verdict" in flow)) return isNotice(value) ? "passed over" : "broken";
    return readFlow(flow, seen);
  };

/** Of lost events and the state of nodes. */
const isNotice = (value: Fields): boolean =>
  ["lost_events", "node_status", "agent_event", "debug_event", "lostEvents", "nodeStatus"].some(
    (name) => name in value,
  );

function readFlow(flow: Fields, seen: SeenEdges): Read {
  if (!LET_THROUGH.has(flow["verdict"])) return "refused";
  const dns = fieldsAt(fieldsAt(flow, "l7"), "dns");
  if (textAt(dns, "query") !== undefined) return readAnswer(flow, dns, seen);
  const transport = transportOf(flow);
  if (transport === undefined || isReply(flow, transport.fields)) return "passed over";
  const port = numberAt(transport.fields, "destination_port", "destinationPort");
  if (port === undefined) return "broken";
  const [from, to] = [partyOf(flow, "source"), partyOf(flow, "destination")];
  seen.add({ from, to, port, protocol: transport.protocol }, `Hubble at ${textAt(flow, "time") ?? "no time"}`);
  return "read";
}

/** An answer goes to who asked. */
function readAnswer(flow: Fields, dns: Fields, seen: SeenEdges): Read {
  const host = (textAt(dns, "query") ?? "").replace(/\.$/, "").toLowerCase();
  const isAnswered = textAt(fieldsAt(flow, "l7"), "type") === "RESPONSE" && (numberAt(dns, "rcode") ?? 0) === 0;
  if (!isAnswered || !isOutsideName(host)) return "passed over";
  const from = partyOf(flow, "destination");
  seen.add({ from, to: { kind: "host", host }, port: undefined, protocol: "TCP" }, "Hubble saw it asked of DNS");
  return "read";
}

function transportOf(flow: Fields): { readonly protocol: Protocol; readonly fields: Fields } | undefined {
  const l4 = fieldsAt(flow, "l4");
  const protocol = (["TCP", "UDP", "SCTP"] as const).find((one) => one in l4);
  return protocol === undefined ? undefined : { protocol, fields: fieldsAt(l4, protocol) };
}

/** Where nobody says it, only the first packet of a connection has a direction. */
function isReply(flow: Fields, transport: Fields): boolean {
  const said = flow["is_reply"] ?? flow["isReply"];
  if (typeof said === "boolean") return said;
  const flags = fieldsAt(transport, "flags");
  return flags["SYN"] !== true || flags["ACK"] === true;
}

function partyOf(flow: Fields, side: "source" | "destination"): Party {
  const end = fieldsAt(flow, side);
  const labels = textsAt(end, "labels");
  const address = textAt(fieldsAt(flow, "IP"), side) ?? "";
  if (labels.includes("reserved:kube-apiserver")) return { kind: "kubernetesAPI" };
  if (labels.some((label) => NODES.has(label))) return { kind: "node" };
  const namespace = textAt(end, "namespace");
  const name = nameIn(end);
  if (namespace !== undefined && name !== undefined) return pods(namespace, name, labelsIn(labels));
  if (!labels.includes("reserved:world") && !labels.some((label) => label.startsWith("cidr:")))
    return { kind: "unknown", address };
  const [host] = textsAt(flow, `${side}_names`, `${side}Names`).map((one) => one.replace(/\.$/, "").toLowerCase());
  return host !== undefined && isOutsideName(host) ? { kind: "host", host } : { kind: "outside", address };
}

const NODES: ReadonlySet<string> = new Set([
  "reserved:host",
  "reserved:remote-node",
  "reserved:health",
  "reserved:ingress",
  "reserved:init",
]);

function pods(namespace: string, name: string, labels: Labels): Party {
  if (namespace === "kube-system" && labels["k8s-app"] === "kube-dns") return { kind: "dns" };
  const workload = labels[WORKLOAD_LABEL];
  return { kind: "workload", namespace, name: workload ?? name, labels, isWorkload: workload !== undefined };
}

function nameIn(end: Fields): string | undefined {
  const workloads: unknown = end["workloads"];
  const [first] = Array.isArray(workloads) ? (workloads as readonly Fields[]) : [];
  const pod = textAt(end, "pod_name", "podName");
  return textAt(first ?? {}, "name") ?? (pod === undefined ? undefined : runnerOfName(pod));
}

/** `k8s:app=web`; what Cilium adds of its own is no label of the pods. */
const labelsIn = (labels: readonly string[]): Labels =>
  Object.fromEntries(
    labels.flatMap((label) => {
      const [, key = "", value = ""] = /^k8s:([^=]+)=(.*)$/.exec(label) ?? [];
      return key === "" || key.startsWith("io.kubernetes.pod.") || key.startsWith("io.cilium.") ? [] : [[key, value]];
    }),
  );
