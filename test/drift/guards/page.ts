/** docs/reference/guard-coverage.md, from what was tried. Pure. */

import type { Entry, Judged } from "./judged.ts";
import { entryFor } from "./judged.ts";
import { judge, type Result, type Verdict } from "./run.ts";
import { WRITERS } from "./stage.ts";
import { type Covered, isOpen, onOf, operationOf } from "./verbs.ts";

export interface Coverage {
  /** Of Kubernetes. */
  readonly version: string;
  readonly results: readonly Result[];
  readonly verbs: readonly Covered[];
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();

const code = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(", ");

const COUNTED = ["refused", "fixed", "ignored", "written", "invalid"] as const;

function rowOf(results: readonly Result[], on: string, apiVersion: string): readonly string[] {
  const mine = results.filter((one) => one.on === on && one.apiVersion === apiVersion);
  const paths = distinct(mine.map(({ path }) => path)).length;
  const counts = COUNTED.map((kind) => mine.filter(({ outcome }) => outcome.kind === kind).length);
  const by = distinct(mine.flatMap(({ outcome }) => (outcome.kind === "refused" ? [outcome.by] : [])));
  return [on, apiVersion, String(paths), ...counts.map(String), by.join(", ")];
}

/** What an entry covers: how many paths, of what. */
function entryRow(
  entry: Entry,
  verdicts: readonly Verdict[],
  which: "allowed" | "open" | "untried",
  lists: Judged,
): readonly string[] {
  const list = lists[which];
  const kind = which === "untried" ? "invalid" : "written";
  const covered = verdicts
    .map(({ result }) => result)
    .filter((result) => result.outcome.kind === kind && entryFor(list, result) === entry);
  const users = distinct(covered.map(({ user }) => user)).join(", ");
  const count = distinct(covered.map(({ on, apiVersion, path }) => `${apiVersion} ${on} ${path}`)).length;
  return [distinct(covered.map(({ on }) => on)).join(", "), code(entry.paths), users, String(count), entry.reason];
}

export const unjudged = ({ results, verbs }: Coverage, lists: Judged): readonly string[] => [
  ...judge(results, lists)
    .filter(({ reason }) => reason === undefined)
    .map(
      ({ result: { on, apiVersion, path, user, outcome } }) =>
        `${apiVersion} ${on} ${path}: ${outcome.kind} by ${user}`,
    ),
  ...verbs.filter(isOpen).map((verb) => `${verb.verb} ${onOf(verb)}: neither a policy nor RBAC stands before it`),
];

/** Entries that nothing is on any more: what they excuse is refused now. */
export function outworn({ results, verbs }: Coverage, lists: Judged): readonly string[] {
  const verdicts = judge(results, lists);
  const entriesOf = ({ outcome }: Result) =>
    outcome.kind === "written" ? [...lists.allowed, ...lists.open] : lists.untried;
  const writes = [...lists.allowed, ...lists.open, ...lists.untried].filter(
    (entry) => !verdicts.some(({ result }) => entryFor(entriesOf(result), result) === entry),
  );
  const verbEntries = lists.verbs.filter(({ reason }) => !verbs.some((one) => one.reason === reason));
  return [...writes, ...verbEntries].map(({ on, paths }) => `${on.join(", ")} ${paths.join(", ")}`);
}

function verbRows(verbs: readonly Covered[], lists: Judged): readonly (readonly string[])[] {
  return lists.verbs.map((entry) => {
    const covered = verbs.filter(({ reason }) => reason === entry.reason);
    const open = covered.filter(({ policies, roles }) => policies.length === 0 && roles.length > 0).length;
    return [code(entry.on), code(entry.paths), String(covered.length), String(open), entry.reason];
  });
}

export function coveragePage(coverage: Coverage, lists: Judged): string {
  const { version, results, verbs } = coverage;
  const verdicts = judge(results, lists);
  const endpoints = distinct(results.map(({ on, apiVersion }) => `${on} ${apiVersion}`));
  const unknown = unjudged(coverage, lists).length;
  const missing = distinct(
    verdicts.flatMap(({ result: { outcome, on, path, ...rest } }) =>
      outcome.kind === "written" && entryFor(lists.allowed, { on, path, user: rest.user }) === undefined
        ? [`${rest.apiVersion} ${on} ${path}`]
        : [],
    ),
  ).length;
  const writing = verbs.filter((verb) => operationOf(verb) !== undefined);
  const byPolicy = writing.filter(({ policies }) => policies.length > 0).length;
  const byRbac = writing.filter(({ policies, roles }) => policies.length === 0 && roles.length === 0).length;
  return [
    "<!-- written by make drift, do not edit -->",
    "# What others may write on what is guarded",
    `**${unknown} unjudged**, on Kubernetes ${version}, and ${missing} paths open. Every path of the API server's own schema was written once as each of ${WRITERS.length} users (${WRITERS.join(", ")}), on an object of a workload of every guarded kind, with every subresource that can be updated and in every version that is served: ${results.length} writes, each a dry run through admission. How, and why so: [0025](../decisions/0025-every-path-is-judged.md).`,
    "**Refused** by a policy or RBAC; **fixed**: Kubernetes itself lets nobody change it; **dropped**: accepted, and nothing comes of it; **written**: accepted, each with its reason below; **not tried**: Kubernetes took none of the values that were tried, and judges values before it asks policies; what holds the path was tried, and refused, but for those below.",
    table(
      ["object", "version", "paths", "refused", "fixed", "dropped", "written", "not tried", "refused by"],
      endpoints.map((endpoint) => {
        const [on = "", apiVersion = ""] = endpoint.split(" ");
        return rowOf(results, on, apiVersion);
      }),
    ),
    "## What others may write",
    table(
      ["object", "path", "who", "paths", "why"],
      lists.allowed.map((entry) => entryRow(entry, verdicts, "allowed", lists)),
    ),
    "## What is open",
    lists.open.length === 0
      ? "Nothing that is known."
      : table(
          ["object", "path", "who", "paths", "what it lets others do"],
          lists.open.map((entry) => entryRow(entry, verdicts, "open", lists)),
        ),
    "## What could not be tried",
    table(
      ["object", "path", "who", "paths", "why"],
      lists.untried.map((entry) => entryRow(entry, verdicts, "untried", lists)),
    ),
    "## Every verb and subresource",
    `The API server serves ${verbs.length} verbs of resources and subresources, ${writing.length} of which write or connect. Policies are asked about ${byPolicy} of them; of the others no role of tenants grants ${byRbac}. For those, cluster-wide rights are needed, and each has a line here, as has what tenants may do and no policy is asked about.`,
    table(["resource", "verb", "how many", "tenants have", "why it does no harm"], verbRows(verbs, lists)),
    "## Where prevention and correction differ",
    "An object of somebody else's that a policy refuses is one that a detector finds, in each state of enrolment, but for these:",
    table(
      ["kind", "state, admission, detector", "why"],
      lists.twins.map(({ on, paths, reason }) => [code(on), code(paths), reason]),
    ),
    "",
  ].join("\n\n");
}
