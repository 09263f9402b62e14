/** How the containers of a workload ended, from what its pods say now and what was told before. Pure. */
import { MAX_CONTAINERS, MAX_EXITS, type WorkloadUnusual } from "../crds/v1alpha1/unusual.ts";
import { isoSeconds } from "../kubernetes/iso-seconds.ts";
import type { ContainerEnd, PodFacts } from "./pod-facts.ts";

type Told = NonNullable<WorkloadUnusual["containers"]>;
type Exit = Told[number]["exits"][number];

const WEEK_MS = 7 * 86_400_000;

/**
 * Containers that restarted or failed, those with most restarts first. An exit that no pod of now shows stays for a week with `pods: 0`. Times are those of
 * the nodes; one that lies ahead of `nowMs` is taken for now, so that a clock that is wrong keeps nothing for ever.
 */
export function restartsOf(pods: readonly PodFacts[], before: Told, nowMs: number): Told {
  const all = pods.flatMap(({ containers }) => containers);
  const own = Map.groupBy(all, ({ name }) => name);
  const names = new Set([...own.keys(), ...before.map(({ name }) => name)]);
  return [...names]
    .map((name) => {
      const now = own.get(name) ?? [];
      const earlier = before.find((told) => told.name === name)?.exits ?? [];
      return {
        name,
        restarts: now.reduce((sum, { restarts }) => sum + restarts, 0),
        pods: now.length,
        exits: exitsOf(
          now.flatMap(({ ends }) => ends),
          earlier,
          nowMs,
        ),
      };
    })
    .filter(({ pods, exits }) => pods > 0 || exits.length > 0)
    .sort((a, b) => b.restarts - a.restarts || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_CONTAINERS);
}

function exitsOf(ends: readonly ContainerEnd[], before: readonly Exit[], nowMs: number): Exit[] {
  const known = new Map(before.map((exit) => [keyOf(exit), exit.last]));
  const shown = [...Map.groupBy(ends, keyOf)].map(([key, alike]): Exit => {
    const [{ code, reason } = { code: 0, reason: undefined }] = alike;
    const last = lastOf(
      alike.map(({ atMs }) => atMs),
      known.get(key),
      nowMs,
    );
    return { code, ...(reason === undefined ? {} : { reason }), pods: alike.length, last };
  });
  const keys = new Set(shown.map(keyOf));
  const earlier = before
    .filter((exit) => !keys.has(keyOf(exit)) && nowMs - Date.parse(exit.last) < WEEK_MS)
    .map((exit) => ({ ...exit, pods: 0 }));
  return [...shown, ...earlier]
    .sort((a, b) => (a.last === b.last ? a.code - b.code : b.last < a.last ? -1 : 1))
    .slice(0, MAX_EXITS);
}

const keyOf = ({ code, reason = "" }: { readonly code: number; readonly reason?: string | undefined }): string =>
  `${code} ${reason}`;

/** The latest that is not ahead of now. Where all are ahead, what was told stays, so that the time does not move by itself. */
function lastOf(times: readonly number[], told: string | undefined, nowMs: number): string {
  const toldMs = told === undefined ? Number.NaN : Date.parse(told);
  const past = [...times, toldMs].filter((atMs) => atMs <= nowMs);
  return isoSeconds(past.length === 0 ? nowMs : past.reduce((latest, atMs) => Math.max(latest, atMs)));
}
