/** Which rights to write are declared and never used, told from the audit logs of the API servers of a run. */
import type { PolicyRule } from "../src/kubernetes/policy-rule.ts";

const WRITES = ["create", "update", "patch", "delete"];

/** A verb on a resource of a group, as an error of the API server would say it. */
export type Permission = string;

const permission = (verb: string, resource: string, group: string): Permission =>
  `${verb} ${resource}${group === "" ? "" : `.${group}`}`;

/** Reading is left out: to read is one right in three verbs, and the audit logs tell of writes alone. */
export const declaredWrites = (rules: readonly PolicyRule[]): ReadonlySet<Permission> =>
  new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.filter((verb) => WRITES.includes(verb)).map((verb) => permission(verb, resource, group)),
        ),
      ),
    ),
  );

interface Entry {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly objectRef?: { readonly apiGroup?: string; readonly resource: string; readonly subresource?: string };
}

/**
 * What a line of an audit log says that a process of `user` did; undefined for lines of others, for those cut off, and for those of a test that
 * took the account: our processes name themselves first in their user agent.
 */
export function usedBy(user: string, agent: string, line: string): Permission | undefined {
  const entry = line.includes(user) ? parsed(line) : undefined;
  if (entry?.user.username !== user || !entry.userAgent?.startsWith(agent) || entry.objectRef === undefined)
    return undefined;
  const { resource, subresource, apiGroup = "" } = entry.objectRef;
  return permission(entry.verb, subresource === undefined ? resource : `${resource}/${subresource}`, apiGroup);
}

function parsed(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}
