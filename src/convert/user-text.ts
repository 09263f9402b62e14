/** `1000` and `1000:1000`, as Compose files and task definitions write the user of a container. */
import { runAs } from "../crds/v1alpha1/runs.ts";
import { defined } from "./draft.ts";
import type { Part } from "./ledger.ts";
import { takes } from "./takes.ts";

/** As Kubernetes says it. Names mean something in the image alone, so a person must write their numbers. */
export function userIn(part: Part, decisions: string[]): Record<string, unknown> {
  const text = part.text();
  if (text === undefined) return {};
  const [user, group] = text.split(":").map((id) => (/^\d+$/.test(id) ? Number(id) : undefined));
  const isNamed = text.split(":").some((id) => !/^\d+$/.test(id));
  if (isNamed) decisions.push(`runAs: was ${text}; users and groups are named by their numbers, so write them`);
  if (user === undefined) part.drop("a user is named by its number: write it under runAs.user");
  else if (user === 0) part.fix("rule non-root");
  else if (takes(runAs, { user })) part.keep("runAs.user");
  else part.drop("a pod has no more than 65,536 users");
  return defined({ runAsUser: user, runAsGroup: user === undefined ? undefined : group });
}
