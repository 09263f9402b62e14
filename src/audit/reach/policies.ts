/**
 * Who may connect to whom under every policy that was read: those of administrators first, then NetworkPolicies with what a network plugin adds, then a
 * baseline. What cannot be judged is taken for open. Pure.
 */
import {
  isPod,
  NetworkPolicies,
  type Peer,
  type PodPeer,
  type Policy,
  policyText,
  type TargetPort,
} from "./network-policies.ts";
import {
  type Direction,
  firstOf,
  type Layer,
  meets,
  type PluginPolicy,
  type PluginRules,
  SOMEBODY,
  type Way,
} from "./plugin-policy.ts";

/** A tier of Calico. */
export interface Tier {
  readonly name: string;
  readonly order: number;
  /** Whether it passes on what none of its policies decides. */
  readonly isPassing: boolean;
}

/** Where Calico has what Kubernetes' own NetworkPolicies say. */
const DEFAULT_TIER: Tier = { name: "default", order: 1_000_000, isPassing: false };
const KUBERNETES_ORDER = 1_000;

type Verdict = "allow" | "deny" | undefined;

/** Of one pod, in one direction. */
interface Own {
  readonly kubernetes: NetworkPolicies;
  readonly isIsolated: boolean;
  readonly plugins: Readonly<Record<Layer, readonly Selecting[]>>;
}

interface Selecting extends PluginRules {
  readonly id: string;
  readonly tier: string;
  readonly order: number;
  readonly isCertain: boolean;
}

/** Tiers that policies name and nobody read: before or after which others those decide is not known. */
export function unreadTiers(policies: readonly PluginPolicy[], tiers: readonly Tier[]): ReadonlySet<string> {
  const read = new Set([DEFAULT_TIER.name, ...tiers.map(({ name }) => name)]);
  return new Set(policies.flatMap(({ layer, tier }) => (layer === "calico" && !read.has(tier) ? [tier] : [])));
}

export class Policies {
  readonly #kubernetes: NetworkPolicies;
  readonly #plugins: readonly PluginPolicy[];
  readonly #tiers: readonly Tier[];
  readonly #unreadTiers: ReadonlySet<string>;
  readonly #prepared = new Map<string, Own>();

  constructor(policies: readonly Policy[], plugins: readonly PluginPolicy[] = [], tiers: readonly Tier[] = []) {
    this.#kubernetes = new NetworkPolicies(policies);
    this.#plugins = plugins.toSorted(inOrder);
    this.#unreadTiers = unreadTiers(plugins, tiers);
    const unread = [...this.#unreadTiers].map(
      (name): Tier => ({ name, order: Number.NEGATIVE_INFINITY, isPassing: true }),
    );
    this.#tiers = [...unread, ...tiers.filter(({ name }) => name !== DEFAULT_TIER.name), DEFAULT_TIER].sort((a, b) =>
      a.order === b.order ? 0 : a.order - b.order,
    );
  }

  /** Whether both ends let the connection through. */
  allows(source: Peer, destination: Peer, port: TargetPort): boolean {
    return this.leaves(source, destination, port) && this.enters(source, destination, port);
  }

  leaves(source: Peer, destination: Peer, port: TargetPort): boolean {
    return !isPod(source) || this.#letsThrough("egress", { own: source, other: destination, port });
  }

  enters(source: Peer, destination: Peer, port: TargetPort): boolean {
    return !isPod(destination) || this.#letsThrough("ingress", { own: destination, other: source, port });
  }

  /** Whether somebody may connect to this port of a pod. */
  isOpenToSomebody(pod: PodPeer, port: TargetPort): boolean {
    return this.#letsThrough("ingress", { own: pod, other: SOMEBODY, port });
  }

  /** Whether some policy closes a pod for what none names. */
  isClosed(direction: Direction, pod: PodPeer): boolean {
    const { isIsolated, plugins } = this.#of(direction, pod);
    return (
      isIsolated ||
      Object.values(plugins).some((own) => own.some(({ isClosing, isCertain }) => isClosing && isCertain)) ||
      // A baseline that denies everybody closes as well.
      [...plugins.admin, ...plugins.baseline].some(({ rules, isCertain }) =>
        rules.some(({ action, isPeer }) => isCertain && action === "Deny" && isPeer(SOMEBODY, pod) === true),
      )
    );
  }

  /** The policies of Kubernetes that close a pod for what they do not name. */
  isolating(direction: Direction, pod: PodPeer): readonly Policy[] {
    return this.#kubernetes.isolating(direction, pod);
  }

  /** What plugins and administrators say of a pod, by the names of their policies. */
  pluginsOf(direction: Direction, pod: PodPeer): readonly string[] {
    return this.#plugins.flatMap((policy) =>
      policy[direction] !== undefined && policy.selects(pod) !== false ? [policyText(policy)] : [],
    );
  }

  /** Whether all that decides over a pod are policies of Kubernetes. */
  isPlain(direction: Direction, pod: PodPeer): boolean {
    return this.#plugins.length === 0 || this.pluginsOf(direction, pod).length === 0;
  }

  #letsThrough(direction: Direction, way: Way): boolean {
    if (this.#plugins.length === 0) return this.#byKubernetes(this.#kubernetes, direction, way) !== "deny";
    const own = this.#of(direction, way.own);
    const verdict =
      firstVerdict(own.plugins.admin, way) ??
      this.#byPlugins(own, direction, way) ??
      firstVerdict(own.plugins.baseline, way);
    return verdict !== "deny";
  }

  /** Undefined where no policy selects the pod. A cluster has one plugin: where policies of two were read, either may be in force. */
  #byPlugins(own: Own, direction: Direction, way: Way): Verdict {
    const { calico, cilium } = own.plugins;
    if (calico.length === 0) return this.#byCilium(own, direction, way);
    const verdict = this.#byCalico(own, way);
    return cilium.length > 0 && verdict === "deny" ? this.#byCilium(own, direction, way) : verdict;
  }

  /** Its rules add to those of NetworkPolicies, but for what it denies. */
  #byCilium(own: Own, direction: Direction, way: Way): Verdict {
    const { cilium } = own.plugins;
    const byCilium = addedUp(cilium, way);
    if (byCilium !== undefined) return byCilium;
    const byKubernetes = this.#byKubernetes(own.kubernetes, direction, way);
    if (byKubernetes === "allow") return "allow";
    return byKubernetes === "deny" || cilium.some(({ isClosing, isCertain }) => isClosing && isCertain)
      ? "deny"
      : undefined;
  }

  #byCalico({ plugins }: Own, way: Way): Verdict {
    for (const tier of this.#tiers) {
      const own = plugins.calico.filter((one) => one.tier === tier.name);
      const verdict = this.#inTier(tier, own, way);
      if (verdict !== "pass") return verdict;
    }
    return undefined;
  }

  /** `pass` where it leaves it to the next tier. */
  #inTier(tier: Tier, policies: readonly Selecting[], way: Way): Verdict | "pass" {
    let [isClosed, isCertain] = [false, true];
    for (const policy of policies) {
      const judged = firstOf(policy.rules, way, policy.isCertain && isCertain);
      if (judged.verdict !== undefined) return judged.verdict;
      isClosed ||= policy.isCertain;
      isCertain &&= judged.isCertain;
    }
    return isClosed && isCertain && !tier.isPassing ? "deny" : "pass";
  }

  #byKubernetes(policies: NetworkPolicies, direction: Direction, { own, other, port }: Way): Verdict {
    if (policies.isolating(direction, own).length === 0) return undefined;
    if (other === SOMEBODY) return direction === "egress" || policies.isOpenToSomebody(own, port) ? "allow" : "deny";
    const isOpen = direction === "ingress" ? policies.enters(other, own, port) : policies.leaves(own, other, port);
    return isOpen ? "allow" : "deny";
  }

  #of(direction: Direction, pod: PodPeer): Own {
    const key = JSON.stringify([direction, pod]);
    const known = this.#prepared.get(key);
    if (known !== undefined) return known;
    const isolating = this.#kubernetes.isolating(direction, pod);
    const kubernetes = new NetworkPolicies(isolating);
    const calico = this.#selecting("calico", direction, pod);
    const mirror: Selecting = {
      ...{ id: "knp", tier: DEFAULT_TIER.name, order: KUBERNETES_ORDER, isCertain: true, isClosing: true },
      rules: [
        {
          action: "Allow",
          isPeer: () => true,
          isPort: (_, way) => this.#byKubernetes(kubernetes, direction, way) === "allow",
        },
      ],
    };
    const own: Own = {
      kubernetes,
      isIsolated: isolating.length > 0,
      plugins: {
        admin: this.#selecting("admin", direction, pod),
        calico: calico.length > 0 && isolating.length > 0 ? [...calico, mirror].sort(inOrder) : calico,
        cilium: this.#selecting("cilium", direction, pod),
        baseline: this.#selecting("baseline", direction, pod),
      },
    };
    this.#prepared.set(key, own);
    return own;
  }

  #selecting(layer: Layer, direction: Direction, pod: PodPeer): readonly Selecting[] {
    return this.#plugins.flatMap(({ selects, [direction]: rules, id, tier, order, ...policy }) => {
      const selected = policy.layer === layer && rules !== undefined ? selects(pod) : false;
      if (rules === undefined || selected === false) return [];
      return [{ ...rules, id, tier, order, isCertain: selected === true && !this.#unreadTiers.has(tier) }];
    });
  }
}

const inOrder = (a: Pick<Selecting, "order" | "id">, b: Pick<Selecting, "order" | "id">): number =>
  a.order === b.order ? (a.id < b.id ? -1 : 1) : a.order - b.order;

/** The first rule that applies decides; undefined where none does, or one passes on. */
function firstVerdict(policies: readonly Selecting[], way: Way): Verdict {
  let isCertain = true;
  for (const policy of policies) {
    const judged = firstOf(policy.rules, way, policy.isCertain && isCertain);
    if (judged.verdict === "pass") return undefined;
    if (judged.verdict !== undefined) return judged.verdict;
    if (!judged.isCertain) isCertain = false;
  }
  return undefined;
}

/** What is denied is, whatever else is allowed. */
function addedUp(policies: readonly Selecting[], way: Way): Verdict {
  const met = policies.flatMap(({ rules, isCertain }) =>
    rules.map((rule) => ({ action: rule.action, isMet: meets(rule, way), isCertain })),
  );
  if (met.some(({ action, isMet, isCertain }) => action === "Deny" && isMet === true && isCertain)) return "deny";
  return met.some(({ action, isMet }) => action === "Allow" && isMet !== false) ? "allow" : undefined;
}
