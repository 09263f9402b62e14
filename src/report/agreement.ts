/** Whether the ends of a way that Palisade holds declare it: a SecureWorkload says itself who calls it and whom it calls. Pure. */
import type { Declared, Facts, Workload } from "../audit/facts/model.ts";
import { INTERNET_ADDRESSES } from "../audit/reach/addresses.ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import { type Entry, names, opens } from "../learn/declared.ts";
import type { Edge, Party, Protocol } from "../learn/edges.ts";

export interface AtPort {
  readonly port: number;
  readonly protocol: string;
}

type Pods = Party & { readonly kind: "workload" };

export class Agreement {
  readonly #declared: Facts["declared"];
  readonly #callers: Facts["callers"];

  constructor({ declared, callers }: Pick<Facts, "declared" | "callers">) {
    this.#declared = declared;
    this.#callers = callers;
  }

  /** The SecureWorkload whose pods these are, by the label that its policies select them by; undefined where none was read. */
  of({ namespace, labels }: Workload): Declared | undefined {
    const name = labels[WORKLOAD_LABEL];
    return name === undefined ? undefined : this.#declared.get(`${namespace}/${name}`);
  }

  /** Whether the destination lets the source in. */
  letsIn(to: Declared, from: Workload, at: AtPort): boolean {
    const party = this.#partyOf(from);
    return inboundAt(to, at).some((entry) => this.#names(entry, party, to) && opens(entry, "inbound", edgeOf(at)));
  }

  /** Whether the source says that it calls the destination. */
  calls(from: Declared, to: Workload, at: AtPort): boolean {
    const party = this.#partyOf(to);
    const entries = from.access.outbound ?? [];
    return entries.some((entry) => this.#names(entry, party, from) && opens(entry, "outbound", edgeOf(at)));
  }

  /** Whether the destination lets the internet in: by a host that leads to it, or by a network. */
  letsInternetIn(to: Declared, at: AtPort, isRoute: boolean): boolean {
    const { namespace } = to;
    return inboundAt(to, at).some(
      (entry) =>
        opens(entry, "inbound", edgeOf(at)) &&
        ((isRoute && entry.gateway === true) ||
          INTERNET_ADDRESSES.some((address) => names(entry, { kind: "outside", address }, namespace, this.#callers))),
    );
  }

  #partyOf(workload: Workload): Pods {
    const own = this.of(workload);
    const { namespace, labels } = workload;
    return { kind: "workload", namespace, labels, name: own?.name ?? "", isWorkload: own !== undefined };
  }

  /** A workload and a namespace mean pods of SecureWorkloads alone, and pods mean others. */
  #names(entry: Entry, party: Pods, { namespace }: Declared): boolean {
    const isOfWorkloads = entry.workload !== undefined || entry.namespace !== undefined;
    if (isOfWorkloads && party.isWorkload !== true) return false;
    if (entry.pods !== undefined && party.isWorkload === true) return false;
    return names(entry, party, namespace, this.#callers);
  }
}

/** What other fields imply is among it: the gateway before hosts, and the monitoring stack. Nothing opens a port that is not declared. */
function inboundAt({ access, ports, exposed, implied: { monitoring } }: Declared, at: AtPort): readonly Entry[] {
  const isDeclared = ports.some(({ port, protocol = "TCP" }) => port === at.port && protocol === at.protocol);
  if (!isDeclared) return [];
  return [
    ...(access.inbound ?? []),
    ...exposed.map((port): Entry => ({ gateway: true, port })),
    ...(monitoring === undefined ? [] : [{ monitoring: true, port: monitoring } satisfies Entry]),
  ];
}

/** `opens` asks of an edge its port alone. */
const edgeOf = ({ port, protocol }: AtPort): Edge => ({ ...NOBODY, port, protocol: protocol as Protocol });

const NOBODY = { from: { kind: "node" }, to: { kind: "node" } } as const;
