/** Peers in other namespaces, as they are there: workloads, or still the pods of something else. Pure. */
import type { KubeObject } from "kopf-ts";
import { selectorText } from "../kubernetes/selectors.ts";
import { accessEntries, type PeerElsewhere } from "./access.ts";
import { labelsOf, runnerOf } from "./running.ts";

/** What is in another namespace. Undefined where the caller may not look. */
export interface Neighbourhood {
  /** Names of its SecureWorkloads, and whether each is ready. */
  readonly workloads: ReadonlyMap<string, boolean>;
  /** What runs beside them. */
  readonly running: readonly KubeObject[];
}

/** The namespaces that `wanted` names beside its own. */
export const namespacesNamed = (wanted: readonly KubeObject[], own: string): readonly string[] =>
  [...new Set(peersElsewhere(wanted, own).map(({ namespace }) => namespace))].sort();

export function elsewhereOf(
  wanted: readonly KubeObject[],
  own: string,
  neighbourhoods: ReadonlyMap<string, Neighbourhood | undefined>,
): readonly PeerElsewhere[] {
  const peers = new Map(peersElsewhere(wanted, own).map((one) => [`${one.namespace}/${one.name}`, one]));
  return [...peers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([peer, { namespace, name }]) => ({ peer, ...seen(neighbourhoods.get(namespace), name, own) }));
}

function peersElsewhere(wanted: readonly KubeObject[], own: string) {
  return wanted
    .flatMap((workload) => accessEntries(workload))
    .flatMap(({ workload: name, namespace }) =>
      name === undefined || namespace === undefined || namespace === own ? [] : [{ namespace, name }],
    );
}

function seen(around: Neighbourhood | undefined, name: string, own: string): Omit<PeerElsewhere, "peer"> {
  if (around === undefined)
    return { naming: "workload", note: "what runs there may not be looked at, so it is taken to be a SecureWorkload" };
  const isReady = around.workloads.get(name);
  if (isReady === true) return { naming: "workload" };
  const runner = runnerOf(name, around.running);
  const labels = runner === undefined ? undefined : labelsOf(runner);
  if (labels === undefined)
    return { naming: "workload", ...(isReady === undefined ? { note: "nothing of that name runs there" } : {}) };
  const pods = `named by its pods (${selectorText(labels)}) while ${own} is Observing; when it has moved, type this again`;
  return isReady === undefined
    ? { naming: "pods", labels, note: `no SecureWorkload there: ${pods}` }
    : { naming: "both", labels, note: `its SecureWorkload is not ready: also ${pods}` };
}
