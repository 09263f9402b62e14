/** What the API server counts of requests that admission policies refused, from the text of its metrics. Pure. */

export interface Counted {
  /** Tells one process of the API server from another. */
  readonly server: string;
  /** Refused requests by policy; one that refused nothing is not among them. */
  readonly denied: ReadonlyMap<string, number>;
}

const METRIC = "apiserver_validating_admission_policy_check_total{";
const STARTED = "process_start_time_seconds ";

/** Of the policies that `isAsked`. */
export function deniedIn(metrics: string, isAsked: (policy: string) => boolean): Counted {
  const denied = new Map<string, number>();
  let server = "";
  for (const line of linesOf(metrics)) {
    if (line.startsWith(STARTED)) server = line.slice(STARTED.length);
    if (!line.startsWith(METRIC) || labelIn(line, "enforcement_action") !== "deny") continue;
    const policy = labelIn(line, "policy");
    const value = Number(
      line
        .slice(line.lastIndexOf("}") + 1)
        .trim()
        .split(" ")[0],
    );
    if (policy !== undefined && isAsked(policy) && Number.isFinite(value))
      denied.set(policy, (denied.get(policy) ?? 0) + value);
  }
  return { server, denied };
}

/** One after the other: the whole is megabytes. */
function* linesOf(text: string): Iterable<string> {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf("\n", start);
    yield text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
  }
}

const labelIn = (line: string, name: string): string | undefined =>
  new RegExp(`[{,]${name}="([^"\\\\]*)"`).exec(line)?.[1];

const MAX_SERVERS = 16;

/** The last count of each API server that answered; one that started anew counts beside what it had counted before. */
export function withCount(counts: readonly Counted[], next: Counted): readonly Counted[] {
  return [...counts.filter(({ server }) => server !== next.server), next].slice(-MAX_SERVERS);
}

export function totalOf(counts: readonly Counted[]): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  for (const { denied } of counts)
    for (const [policy, count] of denied) total.set(policy, (total.get(policy) ?? 0) + count);
  return total;
}
