/** Which workload a party is, by the SecureWorkloads that are declared and what runs where they will. Pure. */
import type { KubeObject } from "kopf-ts";
import { runnerOf } from "../migration/running.ts";
import { type DeclaredWorkload, keyOf } from "./declared.ts";
import type { Party } from "./edges.ts";

export type Naming = (party: Party) => Party;

/** A workload is called as its draft, also where the draft is called after the Service and the Deployment is not. */
export function namingOf(workloads: readonly DeclaredWorkload[], running: readonly KubeObject[]): Naming {
  const names = new Map<string, string>();
  for (const workload of workloads) {
    const beside = running.filter(({ metadata }) => (metadata.namespace ?? workload.namespace) === workload.namespace);
    const runner = runnerOf(workload.name, beside);
    if (runner !== undefined) names.set(keyOf({ ...workload, name: runner.metadata.name }), workload.name);
  }
  const declared = new Set(workloads.map(keyOf));
  return (party) => {
    if (party.kind !== "workload" || party.isWorkload === true) return party;
    const name = names.get(keyOf(party)) ?? party.name;
    return { ...party, name, isWorkload: declared.has(keyOf({ ...party, name })) };
  };
}
