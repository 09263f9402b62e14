/** Findings as objects of OpenReports: one report for each namespace, one for what is of none. Pure. */
import type { KubeObject } from "kopf-ts";
import type { Unread } from "../../manifests/parse.ts";
import { sayUnread } from "../../manifests/say-unread.ts";
import type { Finding, Member } from "../finding.ts";
import { messageOf } from "./sarif.ts";

const NAME = "palisade-audit";

interface Named {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** What could not be read is an error in the report of what is of no namespace. */
export function openReports(findings: readonly Finding[], unread: readonly Unread[]): readonly KubeObject[] {
  const all = findings.flatMap((finding) =>
    finding.members.map((member) => ({ finding, member, named: namedIn(member.object) })),
  );
  const byNamespace = Map.groupBy(all, ({ named }) => named.namespace ?? "");
  if (unread.length > 0 && !byNamespace.has("")) byNamespace.set("", []);
  return [...byNamespace].map(([namespace, own]) => {
    const errors = namespace === "" ? unread.map(errorOf) : [];
    return {
      apiVersion: "openreports.io/v1alpha1",
      kind: namespace === "" ? "ClusterReport" : "Report",
      metadata: {
        name: NAME,
        ...(namespace === "" ? {} : { namespace }),
        labels: { "app.kubernetes.io/managed-by": "palisade" },
      },
      source: "palisade",
      summary: { pass: 0, fail: own.length, warn: 0, error: errors.length, skip: 0 },
      results: [...own.map(({ finding, member, named }) => resultOf(finding, member, named)), ...errors],
    };
  });
}

const errorOf = (unread: Unread): object => ({
  source: "palisade",
  policy: "unread",
  result: "error",
  scored: false,
  message: sayUnread(unread),
});

const resultOf = (finding: Finding, member: Member, { kind, namespace, name }: Named): object => ({
  source: "palisade",
  policy: finding.rule,
  category: finding.kind,
  result: "fail",
  scored: true,
  severity: finding.severity,
  message: messageOf(finding, member),
  resources: [{ kind, name, ...(namespace === undefined ? {} : { namespace }) }],
  properties: { id: member.id, fix: finding.fix },
});

/** `Kind/namespace/name`, or `Kind/name`. */
function namedIn(object: string): Named {
  const [kind = "", ...rest] = object.split("/");
  const name = rest.at(-1) ?? "";
  return { kind, namespace: rest.length > 1 ? rest[0] : undefined, name };
}
