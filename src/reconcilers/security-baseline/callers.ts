/**
 * Whether the callers of the SecurityBaseline are there. Their pods belong to nobody that Palisade watches, so they are looked for now and then; a
 * label with a typing error would otherwise close every exposed port without a word.
 */
import { isDeepStrictEqual } from "node:util";
import { type Client, type KubeObject, type Outcome, type ReconcileContext, settled, waiting } from "kopf-ts";
import { BASELINE_NAME } from "../../crds/group.ts";
import type { BaselineProblem } from "../../crds/v1alpha1/findings.ts";
import type { CallerFacts, PodsOf } from "../../expand/input.ts";
import { POD } from "../../kubernetes/kinds.ts";
import { selectorText } from "../../kubernetes/selectors.ts";
import type { PlatformGrants } from "../../state/platform-grants.ts";

const ROLES = ["gateway", "monitoring"] as const;
type Role = (typeof ROLES)[number];

/** Of the pods of a caller that run, or could. */
export type Presence = "pods" | "hostNetwork" | "none";

const AGAIN_MS = 15_000;
const EVERY_MS = 5 * 60_000;

interface Pod extends KubeObject {
  readonly spec?: { readonly hostNetwork?: boolean };
  readonly status?: { readonly phase?: string };
}

export class CallerPods {
  readonly #client: Client;
  readonly #granted: Pick<PlatformGrants, "baselines">;
  readonly #listeners = new Set<() => void>();
  #found: ReadonlyMap<Role, { readonly pods: PodsOf; readonly presence: Presence }> = new Map();

  constructor(client: Client, granted: Pick<PlatformGrants, "baselines">) {
    this.#client = client;
    this.#granted = granted;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** What was found of the pods that a caller names; undefined before they were looked for. */
  presenceOf(role: Role, pods: PodsOf): Presence | undefined {
    const found = this.#found.get(role);
    return found !== undefined && isDeepStrictEqual(found.pods, pods) ? found.presence : undefined;
  }

  /** Looks for those that were not looked for yet, so that nothing is told before it is known. */
  async lookForNew(signal: AbortSignal): Promise<void> {
    if (this.#named().some(({ role, pods }) => this.presenceOf(role, pods) === undefined))
      await this.#lookForAll(signal);
  }

  readonly reconcile = async ({ signal }: ReconcileContext): Promise<Outcome> => {
    const before = this.#found;
    await this.#lookForAll(signal);
    if (!isDeepStrictEqual(before, this.#found)) for (const listener of this.#listeners) listener();
    const found = [...this.#found.values()];
    if (found.length === 0) return settled();
    return waiting("CallersLookedFor", found.some(({ presence }) => presence === "none") ? AGAIN_MS : EVERY_MS);
  };

  #named(): readonly { readonly role: Role; readonly pods: PodsOf }[] {
    const everywhere = this.#granted.baselines.get(BASELINE_NAME)?.everywhere;
    return ROLES.flatMap((role) => {
      const pods = everywhere?.[role]?.pods;
      return pods === undefined ? [] : [{ role, pods }];
    });
  }

  async #lookForAll(signal: AbortSignal): Promise<void> {
    const looked = await Promise.all(
      this.#named().map(async ({ role, pods }) => [role, { pods, presence: await this.#look(pods, signal) }] as const),
    );
    this.#found = new Map(looked);
  }

  async #look({ namespace, podLabels }: PodsOf, signal: AbortSignal): Promise<Presence> {
    const options = { namespace, labelSelector: selectorText(podLabels), signal };
    const { items } = await this.#client.list<Pod>(POD, options);
    const living = items.filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed");
    if (living.length === 0) return "none";
    return living.every(({ spec }) => spec?.hostNetwork === true) ? "hostNetwork" : "pods";
  }
}

type Granted = Pick<PlatformGrants, "podNetworksIn">;

/** What keeps callers of the baseline out, and what would let too many in. */
export function callerProblems(
  callers: Readonly<Partial<Record<Role, CallerFacts | undefined>>>,
  granted: Granted,
  presenceOf: CallerPods["presenceOf"],
): readonly BaselineProblem[] {
  return ROLES.flatMap((role) => {
    const caller = callers[role];
    if (caller === undefined) return [];
    const place = `spec.callers.${role}`;
    const held = granted.podNetworksIn(caller);
    const absent = caller.pods === undefined ? undefined : absence(place, caller, presenceOf(role, caller.pods));
    return [
      ...held.map(([cidr, network]) => holdsPods(place, cidr, network)),
      ...(absent === undefined ? [] : [absent]),
    ];
  });
}

const holdsPods = (place: string, cidr: string, network: string): BaselineProblem => ({
  reason: "CallerHoldsPods",
  message: `${place}.cidrs: ${cidr} shares addresses with the pods in ${network}, which could then all call, so Palisade leaves it out: list the networks of the nodes or of the load balancer alone`,
});

function absence(
  place: string,
  { pods, cidrs }: CallerFacts,
  presence: Presence | undefined,
): BaselineProblem | undefined {
  const named = `${place}: no pod in namespace ${pods?.namespace} has the labels ${selectorText(pods?.podLabels ?? {})}`;
  if (presence === "none")
    return {
      reason: "CallerPodsMissing",
      message: `${named}, so nobody may call by this role${cidrs.length === 0 ? "" : " but from its cidrs"}: run kubectl get pods -n ${pods?.namespace} --show-labels, and correct the labels`,
    };
  if (presence !== "hostNetwork" || cidrs.length > 0) return undefined;
  return {
    reason: "CallerOnHostNetwork",
    message: `${place}: its pods are on the host network, where NetworkPolicies do not see them as pods, so workloads refuse their traffic: add the networks of their nodes to ${place}.cidrs, or take the pods off the host network`,
  };
}
