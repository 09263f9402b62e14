/** Collects what network plugins and administrators say beside NetworkPolicies, and tells what of it cannot be judged. Pure. */
import type { Unread } from "../../manifests/parse.ts";
import type { Sighting } from "../place.ts";
import { adminPolicies } from "./admin.ts";
import { calicoPolicies, type NetworkSet, networkSetOf, tierOf } from "./calico.ts";
import { ciliumPolicies } from "./cilium.ts";
import type { PluginPolicy } from "./plugin-policy.ts";
import { type Tier, unreadTiers } from "./policies.ts";

const CALICO = /^(crd\.)?projectcalico\.org\//;

export class Plugins {
  readonly policies: PluginPolicy[] = [];
  readonly tiers: Tier[] = [];
  readonly #sets: NetworkSet[] = [];

  /** Whether the object is one of theirs. */
  take(sighting: Sighting): boolean {
    const found = this.#policiesOf(sighting);
    if (found !== undefined) this.policies.push(...found);
    return found !== undefined;
  }

  /** What of them counts as open, since nobody here can tell. */
  unjudged(): readonly Unread[] {
    const unread = unreadTiers(this.policies, this.tiers);
    return this.policies.flatMap(({ id, place: { file, line }, tier, unjudged }) => {
      const said = [...unjudged, ...(unread.has(tier) ? [`tier ${tier}, which was not read`] : [])];
      return said.length === 0
        ? []
        : [
            {
              file,
              line,
              problem: `${id} cannot be judged in full, and what it may open counts as open: ${said.join(", ")}`,
            },
          ];
    });
  }

  #policiesOf(sighting: Sighting): readonly PluginPolicy[] | undefined {
    const { kind, object } = sighting;
    const apiVersion = object.apiVersion ?? "";
    if (/^cilium\.io\//.test(apiVersion))
      return /^Cilium(Clusterwide)?NetworkPolicy$/.test(kind) ? ciliumPolicies(sighting) : [];
    if (/^policy\.networking\.k8s\.io\//.test(apiVersion))
      return /^((Baseline)?Admin|Cluster)NetworkPolicy$/.test(kind) ? adminPolicies(sighting) : [];
    return CALICO.test(apiVersion) ? this.#ofCalico(sighting) : undefined;
  }

  #ofCalico(sighting: Sighting): readonly PluginPolicy[] {
    switch (sighting.kind) {
      case "NetworkPolicy":
      case "GlobalNetworkPolicy":
        return calicoPolicies(sighting, () => this.#sets);
      case "NetworkSet":
      case "GlobalNetworkSet":
        this.#sets.push(networkSetOf(sighting));
        return [];
      case "Tier":
        this.tiers.push(tierOf(sighting));
        return [];
      default:
        return [];
    }
  }
}
