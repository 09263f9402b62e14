/**
 * Where the cluster's DNS answers, as NetworkPolicies see it. Policies see pods and their ports, never the Service in front of them, so the
 * Service alone does not say it: its target port may be a name that each pod gives a number (5353 on OpenShift).
 */
import { isDeepStrictEqual } from "node:util";
import { type Cache, type CacheOptions, keyOf, type ObjectName } from "kopf-ts";
import type { DnsFacts } from "../expand/input.ts";
import { ENDPOINT_SLICE, POD, SERVICE } from "../kubernetes/kinds.ts";
import {
  type DnsPod,
  type DnsPort,
  type DnsService,
  numbersOf,
  shapeDnsEndpoints,
  shapeDnsPod,
  shapeDnsService,
} from "./records/dns.ts";

interface Answer {
  readonly facts: DnsFacts | undefined;
  readonly problem: string | undefined;
  /** Of a Service that nothing stands behind, its name. */
  readonly empty?: string;
}

type Makes = <R>(options: CacheOptions<R>) => Cache<R>;

/** Where OpenShift has it. */
const OPENSHIFT = { namespace: "openshift-dns", name: "dns-default" };
const SERVICE_LABEL = "kubernetes.io/service-name";
/** What installers label it with in kube-system, whatever they call it: `coredns`, `rke2-coredns-rke2-coredns`. */
const LABELLED = { namespace: "kube-system", labelSelector: "k8s-app=kube-dns" };

export class ClusterDns {
  readonly #named: Cache<DnsService>;
  /** Asked only where the named one does not exist. */
  readonly #others: readonly Cache<DnsService>[];
  readonly #endpoints: Cache<readonly string[]>;
  /** Of those others: their slices have the Service's labels. */
  readonly #otherEndpoints: readonly Cache<readonly string[]>[];
  readonly #pods: readonly Cache<DnsPod>[];
  readonly #listeners = new Set<() => void>();
  /** The numbers that pods last gave to named ports: a rollout of the DNS pods, all of them gone, closes nothing. */
  readonly #lastNumbers = new Map<string, readonly number[]>();
  /** The Services that had something behind them. */
  readonly #served = new Set<string>();
  #known: Answer | undefined;
  readonly #name: ObjectName;

  constructor(cache: Makes, dnsService: { readonly namespace: string; readonly name: string }) {
    const { namespace, name } = dnsService;
    this.#name = dnsService;
    const service = (place: Partial<CacheOptions<DnsService>>): Cache<DnsService> =>
      cache({ resource: SERVICE, shape: shapeDnsService, ...place });
    this.#named = service({ namespace, fieldSelector: `metadata.name=${name}` });
    this.#others = [
      service(LABELLED),
      service({ namespace: OPENSHIFT.namespace, fieldSelector: `metadata.name=${OPENSHIFT.name}` }),
    ];
    const endpoints = (place: Partial<CacheOptions<readonly string[]>>): Cache<readonly string[]> =>
      cache({ resource: ENDPOINT_SLICE, shape: shapeDnsEndpoints, ...place });
    this.#endpoints = endpoints({ namespace, labelSelector: `${SERVICE_LABEL}=${name}` });
    this.#otherEndpoints = [
      endpoints(LABELLED),
      endpoints({ namespace: OPENSHIFT.namespace, labelSelector: `${SERVICE_LABEL}=${OPENSHIFT.name}` }),
    ];
    const namespaces = [...new Set([namespace, LABELLED.namespace, OPENSHIFT.namespace])];
    this.#pods = namespaces.map((one) => cache({ resource: POD, namespace: one, shape: shapeDnsPod }));
    for (const source of this.caches) source.onChange(() => this.#changed());
  }

  get caches(): readonly Cache<unknown>[] {
    return [
      this.#named,
      ...this.#others,
      this.#endpoints,
      ...this.#otherEndpoints,
      ...this.#pods,
    ] as readonly Cache<unknown>[];
  }

  /** Calls `listener` when {@link facts} or {@link problem} has another answer. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** The same value as long as nothing changes; undefined where no DNS Service is found. */
  facts(): DnsFacts | undefined {
    return this.#current().facts;
  }

  /** Why pods may be unable to resolve names, with the way out; undefined where the DNS is found. */
  problem(): string | undefined {
    return this.#current().problem;
  }

  /** The Service that pods are pointed to and nothing stands behind, nor ever did as far as is known; undefined where there is none. */
  empty(): string | undefined {
    return this.#current().empty;
  }

  #current(): Answer {
    this.#known ??= this.#find();
    return this.#known;
  }

  #changed(): void {
    const before = this.#known;
    if (before === undefined) return;
    const now = this.#find();
    if (isDeepStrictEqual(before, now)) return;
    this.#known = now;
    for (const listener of this.#listeners) listener();
  }

  #find(): Answer {
    const service = this.#service();
    if (service === undefined) return { facts: undefined, problem: this.#nowhere() };
    if (service.podLabels === undefined) return this.#withoutPods(service);
    const pods = this.#podsOf(service.namespace, service.podLabels);
    const unknown = service.ports.filter((port) => this.#numbers(service, port, pods).length === 0);
    const ports = service.ports.flatMap((port) => {
      const numbers = this.#numbers(service, port, pods);
      return (numbers.length === 0 ? [port.port] : numbers).map((number) => ({
        protocol: port.protocol,
        port: number,
      }));
    });
    const hosts = [...new Set(pods.flatMap(({ hostAddresses }) => hostAddresses))].sort();
    const facts = {
      namespace: service.namespace,
      podLabels: service.podLabels,
      ports: distinct(ports),
      ...(hosts.length === 0 ? {} : { addresses: hosts }),
    };
    if (unknown.length > 0) return { facts, problem: unnamed(service, unknown) };
    return { facts, problem: undefined, ...(this.#hasPods(service, pods) ? {} : { empty: keyOf(service) }) };
  }

  /** Or had: pods that are gone for a while come back. What a pod does not declare, its Service's endpoints tell. */
  #hasPods(service: DnsService, pods: readonly DnsPod[]): boolean {
    const others = this.#named.get(keyOf(service)) === undefined ? this.#otherEndpoints : [];
    const isServed = pods.length > 0 || [this.#endpoints, ...others].some((cache) => [...cache.entries()].length > 0);
    if (isServed) this.#served.add(keyOf(service));
    return isServed || this.#served.has(keyOf(service));
  }

  #service(): DnsService | undefined {
    return [this.#named, ...this.#others].flatMap((cache) =>
      [...cache.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record),
    )[0];
  }

  /** A Service without a selector leads to addresses that somebody wrote: name servers outside the cluster, or on its nodes. */
  #withoutPods({ namespace, name, ports }: DnsService): Answer {
    const addresses = [...new Set([...this.#endpoints.entries()].flatMap(([, found]) => found))].sort();
    if (addresses.length > 0) {
      const numbers = ports.map(({ protocol, target, port }) => ({ protocol, port: numberOf(target) ?? port }));
      return { facts: { namespace, podLabels: undefined, ports: distinct(numbers), addresses }, problem: undefined };
    }
    const problem = `Service ${namespace}/${name} selects no pods and has no endpoints, so pods cannot resolve names: fix it, or set --dns-service (config.dnsService of the chart)`;
    return { facts: undefined, problem };
  }

  #podsOf(namespace: string, labels: Readonly<Record<string, string>>): readonly DnsPod[] {
    return this.#pods
      .flatMap((cache) => [...cache.entries()].map(([, pod]) => pod))
      .filter((pod) => pod.namespace === namespace)
      .filter((pod) => Object.entries(labels).every(([key, value]) => pod.labels[key] === value));
  }

  /** What the target port is on the pods; none where it is a name that no pod gave a number so far. */
  #numbers(service: DnsService, port: DnsPort, pods: readonly DnsPod[]): readonly number[] {
    const key = `${keyOf(service)}:${port.target}:${port.protocol}`;
    const numbers = numbersOf(port, pods);
    if (numbers.length > 0) this.#lastNumbers.set(key, numbers);
    return numbers.length > 0 ? numbers : (this.#lastNumbers.get(key) ?? []);
  }

  #nowhere(): string {
    const { namespace, name } = this.#name;
    return `Palisade cannot find the cluster's DNS Service (not ${namespace}/${name}, ${OPENSHIFT.namespace}/${OPENSHIFT.name}, nor one with the label ${LABELLED.labelSelector} in ${LABELLED.namespace}), so pods cannot resolve names: set --dns-service (config.dnsService of the chart) to its namespace and name`;
  }
}

const numberOf = (target: number | string | undefined): number | undefined =>
  typeof target === "number" && target > 0 ? target : undefined;

const unnamed = ({ namespace, name }: DnsService, ports: readonly DnsPort[]): string =>
  `no pod of the DNS Service ${namespace}/${name} has a port called ${[...new Set(ports.map(({ target }) => target))].join(" or ")}, so pods may be unable to resolve names: start the DNS pods, or name their container port so. Until then Palisade opens the Service's own port`;

type Port = DnsFacts["ports"][number];

function distinct(ports: readonly Port[]): readonly Port[] {
  const same = (a: Port) => (b: Port) => a.port === b.port && a.protocol === b.protocol;
  return ports.filter((port, index) => index === ports.findIndex(same(port)));
}
