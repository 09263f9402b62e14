/** Arbitrary workloads that declare access to each other, often enough at both ends. */
import fc from "fast-check";
import { type Declared, declaredIn, GRANTED_HOST } from "./reachability.ts";
import { aWorkload } from "./workloads.ts";

/** Few of each, so that what is named is mostly there. The last namespace never holds a workload. */
const NAMES = ["web", "api", "db"] as const;
const NAMESPACES = ["shop", "edge", "lab"] as const;
export const GOVERNED = NAMESPACES.slice(0, 2);
export const NUMBERS = [80, 443, 8080] as const;
const CIDRS = [
  "10.0.0.0/8",
  "10.244.0.0/28",
  "100.64.0.0/10",
  "168.63.129.0/24",
  "169.0.0.0/8",
  "192.0.0.0/16",
  "192.0.2.0/24",
  "203.0.113.10/32",
  "2001:db8::/32",
  "2001:db8::10/128",
  "fd00::/16",
  "fd00:42::/32",
  "fd20:ce::/64",
  "64:ff9b::/96",
] as const;

const name = fc.constantFrom(...NAMES);
const namespace = fc.constantFrom(...NAMESPACES);
const number = fc.constantFrom(...NUMBERS);
const protocol = fc.constantFrom("TCP", "UDP", "SCTP");
const cidr = fc.constantFrom(...CIDRS);

const workloadPeer = fc.record({ workload: name, namespace }, { requiredKeys: ["workload"] });
const namespacePeer = fc.record({ namespace });
const cidrPeer = fc.record({ cidr });
const rolePeer = fc.constantFrom({ gateway: true }, { monitoring: true }, { kubernetesAPI: true });

const hostPeer = fc.record({
  host: fc.constantFrom("api.example.com", "*.example.com"),
  port: number,
  protocol: fc.constantFrom("TCP", "UDP"),
});

const portRange = fc
  .record({ port: number, reach: fc.constantFrom(1, 363, 8_000), protocol })
  .map(({ port, reach, protocol: over }) => ({ port, endPort: port + reach, protocol: over }));

const outbound = fc.oneof(
  { weight: 4, arbitrary: withPort(workloadPeer) },
  { weight: 1, arbitrary: withPort(namespacePeer) },
  { weight: 2, arbitrary: withPort(cidrPeer) },
  { weight: 1, arbitrary: fc.tuple(cidrPeer, portRange).map(([peer, range]) => ({ ...peer, ...range })) },
  { weight: 1, arbitrary: hostPeer },
  { weight: 1, arbitrary: fc.constant({ kubernetesAPI: true }) },
);

function withPort<T extends object>(peer: fc.Arbitrary<T>): fc.Arbitrary<object> {
  return fc
    .tuple(peer, fc.record({ port: number, protocol }, { requiredKeys: ["port"] }))
    .map(([named, port]) => ({ ...named, ...port }));
}

const ports = fc
  .uniqueArray(fc.record({ port: number, protocol }), {
    selector: ({ port, protocol: over }) => `${port}/${over}`,
    maxLength: 3,
  })
  .map((list) => list.map((entry, index) => ({ ...entry, name: `port-${"abc".charAt(index)}` })));

interface PortEntry {
  readonly port: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
}

interface Listens {
  readonly ports: readonly PortEntry[];
  readonly inbound: readonly object[];
  readonly expose: readonly object[];
  readonly monitoring: { readonly port: number } | undefined;
}

/** Metrics are asked for over TCP: not at a port that is declared for another protocol alone. */
const monitoringBeside = (declared: readonly PortEntry[]): fc.Arbitrary<Listens["monitoring"]> =>
  fc.option(fc.record({ port: number }), { nil: undefined }).map((monitoring) => {
    const same = declared.filter(({ port }) => port === monitoring?.port);
    return same.length === 0 || same.some(({ protocol: over }) => over === "TCP") ? monitoring : undefined;
  });

/** Granted or not, with a certificate or without; only declared TCP ports. */
function exposeOf(declared: readonly PortEntry[]): fc.Arbitrary<readonly object[]> {
  const numbers = declared.filter(({ protocol: over }) => over === "TCP").map(({ port }) => port);
  const [first, ...rest] = numbers;
  if (first === undefined) return fc.constant([]);
  const entry = fc.record(
    {
      host: fc.constantFrom(GRANTED_HOST, "other.example.com"),
      port: fc.constantFrom(first, ...rest),
      tls: fc.constant({ secretName: "tls" }),
    },
    { requiredKeys: ["host", "port"] },
  );
  return fc.uniqueArray(entry, { selector: ({ host }) => host, maxLength: 2 });
}

/** Only of declared ports may inbound access and exposed hosts speak, and only where there is one. */
const portsAndInbound = ports.chain((declared): fc.Arbitrary<Listens> => {
  const numbers = declared.map(({ port }) => port);
  const [first, ...rest] = numbers;
  const monitoring = monitoringBeside(declared);
  if (first === undefined) {
    return fc.record({
      ports: fc.constant([]),
      inbound: fc.constant([]),
      expose: fc.constant([]),
      monitoring,
    });
  }
  const port = fc.record({ port: fc.constantFrom(first, ...rest) }, { requiredKeys: [] });
  const peer = fc
    .tuple(
      fc.oneof(
        { weight: 6, arbitrary: workloadPeer },
        { weight: 1, arbitrary: namespacePeer },
        { weight: 2, arbitrary: cidrPeer },
        { weight: 2, arbitrary: rolePeer },
      ),
      port,
    )
    .map(([named, only]) => ({ ...named, ...only }));
  return fc.record({
    ports: fc.constant(declared),
    inbound: fc.array(peer, { maxLength: 4 }),
    expose: exposeOf(declared),
    monitoring,
  });
});

const spec = fc
  .record({
    listens: portsAndInbound,
    outbound: fc.array(outbound, { maxLength: 4 }),
    permissions: fc.constantFrom([], [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }]),
  })
  .map(({ listens: { ports: declared, inbound, expose, monitoring }, permissions, outbound: calls }) => ({
    ports: declared,
    permissions,
    access: { inbound, outbound: calls },
    expose,
    ...(monitoring === undefined ? {} : { monitoring }),
  }));

interface Entry {
  readonly name: string;
  readonly namespace: string;
  readonly spec: {
    readonly ports: readonly PortEntry[];
    readonly access: { readonly inbound: readonly object[]; readonly outbound: readonly object[] };
  };
}

const entries = fc.uniqueArray(fc.record({ name, namespace: fc.constantFrom(...GOVERNED), spec }), {
  selector: (entry) => `${entry.namespace}/${entry.name}`,
  minLength: 1,
  maxLength: 5,
});

/** By position, wrapped around: who calls, who is called, and at which of its ports. */
const call = fc.record({ from: fc.nat(4), to: fc.nat(4), at: fc.nat(2) });

/** Declared by chance alone, hardly two workloads would agree; these do. */
function agree(list: readonly Entry[], { from, to, at }: { readonly from: number; to: number; at: number }): Entry[] {
  const caller = list[from % list.length];
  const called = list[to % list.length];
  const port = called?.spec.ports[at % Math.max(called.spec.ports.length, 1)];
  if (caller === undefined || called === undefined || port === undefined) return [...list];
  const outbound = { workload: called.name, namespace: called.namespace, port: port.port, protocol: port.protocol };
  const inbound = { workload: caller.name, namespace: caller.namespace, port: port.port };
  return list.map((entry) => {
    const { access } = entry.spec;
    const withCall = {
      inbound: entry === called ? [...access.inbound, inbound] : access.inbound,
      outbound: entry === caller ? [...access.outbound, outbound] : access.outbound,
    };
    return { ...entry, spec: { ...entry.spec, access: withCall } };
  });
}

export const arbitraryWorkloads: fc.Arbitrary<readonly Declared[]> = fc
  .tuple(entries, fc.array(call, { maxLength: 6 }))
  .map(([list, calls]) => calls.reduce<readonly Entry[]>(agree, list))
  .map((list) => list.map((entry) => declaredIn(aWorkload(entry.name, entry.namespace, entry.spec))));
