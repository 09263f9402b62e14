/** Probes and hooks name declared ports. What pods are told is the number: a name could be moved to another port (DRIFT 85). */
import type { CelRule } from "../schema.ts";

type Port = number | string;
type Action = { readonly port: Port } | undefined;
type Probe = { readonly httpGet?: Action; readonly tcpSocket?: Action; readonly grpc?: Action } | undefined;
type Hook = { readonly httpGet?: Action } | undefined;

interface Probed {
  readonly probes?: { readonly readiness?: Probe; readonly liveness?: Probe; readonly startup?: Probe } | undefined;
  readonly lifecycle?: { readonly postStart?: Hook; readonly preStop?: Hook } | undefined;
}

interface Whole extends Probed {
  readonly ports?: readonly { readonly name: string }[] | undefined;
  readonly containers?: readonly Probed[] | undefined;
}

const PLACES = [
  ...["readiness", "liveness", "startup"].flatMap((probe) =>
    ["httpGet", "tcpSocket", "grpc"].map((action) => `?probes.?${probe}.?${action}.?port`),
  ),
  ...["postStart", "preStop"].map((hook) => `?lifecycle.?${hook}.?httpGet.?port`),
];

const known = (container: string): string =>
  `[${PLACES.map((place) => `${container}.${place}`).join(", ")}].all(p, !p.hasValue() || type(p.value()) == int || (has(self.ports) && self.ports.exists(q, q.name == p.value())))`;

const MESSAGE =
  "the port of a probe or hook must be a number or the name of one of spec.ports: declare it there, or write the number";

function portsOf({ probes, lifecycle }: Probed): readonly Port[] {
  const actions = [probes?.readiness, probes?.liveness, probes?.startup].flatMap((probe) => [
    probe?.httpGet,
    probe?.tcpSocket,
    probe?.grpc,
  ]);
  return [...actions, lifecycle?.postStart?.httpGet, lifecycle?.preStop?.httpGet].flatMap((action) =>
    action === undefined ? [] : [action.port],
  );
}

const areKnown = (probed: Probed, ports: Whole["ports"]): boolean =>
  portsOf(probed).every((port) => typeof port === "number" || (ports ?? []).some(({ name }) => name === port));

export const portRules: readonly CelRule<Whole>[] = [
  {
    rule: known("self"),
    message: MESSAGE,
    holds: (spec) => areKnown(spec, spec.ports),
  },
  {
    rule: `!has(self.containers) || self.containers.all(c, ${known("c")})`,
    message: `${MESSAGE} (containers)`,
    holds: ({ containers, ports }) => (containers ?? []).every((container) => areKnown(container, ports)),
  },
];
