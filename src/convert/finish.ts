/** What is known of a draft once everything beside it has been read: its writable directories, its ports, and who must be named. */
import type { Draft } from "./draft.ts";
import type { Part } from "./ledger.ts";
import { addWritable } from "./writable.ts";

export function finish(draft: Draft): void {
  const containers = podOf(draft.object).at("containers").items();
  const main = containers.find((one) => one.at("name").text() === draft.name) ?? containers[0];
  if (main !== undefined) addWritable(draft, main);
  dropScrapedPort(draft);
  askForCallers(draft);
}

interface Port {
  readonly name: string;
  readonly port: number;
}

interface Inbound {
  readonly inbound?: readonly { readonly port?: number }[];
}

const portsOf = ({ spec }: Draft): readonly Port[] => (spec["ports"] ?? []) as readonly Port[];
const inboundOf = ({ spec }: Draft): Inbound["inbound"] => ((spec["access"] ?? {}) as Inbound).inbound;

/** What is only scraped is no port that others call. */
function dropScrapedPort(draft: Draft): void {
  const { spec, servedPorts } = draft;
  const scraped = (spec["monitoring"] as { readonly port?: number } | undefined)?.port;
  const isCalled = (inboundOf(draft) ?? []).some(({ port }) => port === scraped);
  const ports = portsOf(draft);
  const left = ports.filter(({ port }) => port !== scraped || isCalled || servedPorts.has(port));
  const removed = ports.filter((port) => !left.includes(port));
  numberPorts(spec, new Map(removed.map(({ name, port }) => [name, port])));
  if (left.length === 0) delete spec["ports"];
  else spec["ports"] = left;
}

interface Action {
  port?: unknown;
}
type Checks = Readonly<Record<string, Readonly<Record<string, Action>>>> | undefined;

interface Checked {
  readonly probes?: Checks;
  readonly lifecycle?: Checks;
  readonly containers?: readonly Checked[];
}

const actionsOf = ({ probes = {}, lifecycle = {}, containers = [] }: Checked): readonly Action[] => [
  ...[probes, lifecycle].flatMap((checks) => Object.values(checks).flatMap((check) => Object.values(check))),
  ...containers.flatMap(actionsOf),
];

/** Probes and hooks write numbers where a port is no longer declared. */
function numberPorts(spec: Checked, numbers: ReadonlyMap<unknown, number>): void {
  for (const action of actionsOf(spec)) if (numbers.has(action.port)) action.port = numbers.get(action.port);
}

/** A port that nobody may call is told: which callers there are, a program may know in its code alone. */
function askForCallers(draft: Draft): void {
  const { spec, decisions } = draft;
  askForMembers(draft);
  const numbers = [...new Set(portsOf(draft).map(({ port }) => port))].join(", ");
  if (numbers === "" || inboundOf(draft) !== undefined || spec["expose"] !== undefined) return;
  decisions.push(`access.inbound: nothing in these files calls port ${numbers}; name the callers, or it stays closed`);
}

/** Pods of one StatefulSet find each other by rules of their program as often as by addresses. */
function askForMembers(draft: Draft): void {
  const { spec, object, decisions } = draft;
  const inbound = inboundOf(draft) ?? [];
  const isSeveral = object.at("kind").text() === "StatefulSet" && Number(spec["replicas"] ?? 1) > 1;
  const called = new Set(inbound.map(({ port }) => port));
  if (!isSeveral || inbound.length === 0 || called.has(undefined)) return;
  const left = portsOf(draft).flatMap(({ port }) => (called.has(port) ? [] : [port]));
  if (left.length > 0)
    decisions.push(
      `access.inbound: nothing in these files calls port ${[...new Set(left)].join(", ")}; pods that call each other name their own workload at both ends`,
    );
}

function podOf(object: Part): Part {
  if (object.at("kind").text() === "Pod") return object.at("spec");
  const spec = object.at("spec");
  return spec.at("jobTemplate").exists
    ? spec.at("jobTemplate", "spec", "template", "spec")
    : spec.at("template", "spec");
}
