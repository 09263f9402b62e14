/** `1000` and `1000:1000`, as Compose files and task definitions write the user of a container. */
import { runAs } from "../crds/v1alpha1/runs.ts";
import { defined } from "./draft.ts";
import type { Part } from "./ledger.ts";
import { takes } from "./takes.ts";

/** A text with its variables filled in, and those that have no value. */
interface Filled {
  readonly text: string;
  readonly missing: readonly string[];
}

/** As Kubernetes says it. Names mean something in the image alone, so a person must write their numbers. */
export function userIn(part: Part, decisions: string[], filled?: Filled): Record<string, unknown> {
  const text = filled === undefined || filled.missing.length > 0 ? part.text() : filled.text;
  if (text === undefined || !part.exists) return {};
  const [user, group] = text.split(":").map((id) => (/^\d+$/.test(id) ? Number(id) : undefined));
  const isNamed = text.split(":").some((id) => !/^\d+$/.test(id));
  if (isNamed) decisions.push(`runAs: was ${text}; users and groups are named by their numbers, so write them`);
  if (user === undefined) part.drop("a user is named by its number: write it under runAs.user");
  else if (user === 0) part.fix("rule non-root");
  else if (takes(runAs, { user })) part.keep("runAs.user");
  else part.drop("a pod has no more than 65,536 users");
  return defined({ runAsUser: user, runAsGroup: user === undefined ? undefined : group });
}
