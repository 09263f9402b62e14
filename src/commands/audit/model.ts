/** The machine-readable form of an audit. */
import { z } from "zod";
import type { Audit } from "../../audit/audit.ts";
import { ENDS } from "../../audit/edges/edge.ts";
import type { Finding } from "../../audit/finding.ts";
import type { Named } from "../../audit/named.ts";
import { LOGINS } from "../../audit/products/product.ts";
import { STARTS } from "../../audit/search.ts";
import { SEVERITIES } from "../../audit/severity.ts";
import { named } from "../../report/comparison.ts";

const place = z.strictObject({
  object: z.string().describe("`Kind/namespace/name`, or `Kind/name`."),
  file: z.string().describe("Empty for an object of a cluster."),
  line: z.int().describe("0 where there is no file."),
  path: z.string().describe("Empty for the whole object."),
});

const chain = z.strictObject({
  start: z.enum(STARTS),
  end: z.enum(ENDS),
  login: z.enum(LOGINS).optional().describe("Absent where the chain passes no program."),
  links: z.array(z.strictObject({ edge: z.string(), words: z.string(), places: z.array(place) })),
  cut: z.string().describe("The cheapest link that every chain to this end shares."),
});

const finding = z.strictObject({
  kind: z.enum(["chain", "posture"]),
  severity: z.enum(SEVERITIES),
  rule: z.string().describe("Of a chain the edge that reaches its end."),
  words: z.string(),
  reason: z.string(),
  fix: z.string(),
  palisade: z.string().optional().describe("What of a SecureWorkload makes it impossible."),
  attack: z.array(z.string()).describe("Techniques of MITRE ATT&CK."),
  cis: z.array(z.string()).describe("Numbers of the CIS Kubernetes Benchmark v2.0.1."),
  driftCases: z.array(z.int()),
  chain: chain.optional(),
  members: z
    .array(z.strictObject({ id: z.string(), object: z.string(), words: z.string(), place }))
    .describe("All that are equal but for their names."),
});

export const auditShape = {
  objects: z.int().describe("How many objects were read."),
  findings: z.array(finding).describe("Worst first."),
  known: z.int().describe("Findings that --baseline or --since holds, and that are left out."),
  leftOut: z
    .array(named)
    .optional()
    .describe("Those findings, so that this answer is a whole baseline itself; absent where there is none."),
  gone: z.array(named).optional().describe("What --since holds and is not found any more; absent without it."),
  unread: z.array(z.strictObject({ file: z.string(), line: z.int(), problem: z.string() })),
};

export const auditData = (
  { objects, findings, leftOut, unread }: Audit,
  gone?: readonly Named[],
): z.infer<z.ZodObject<typeof auditShape>> => ({
  objects,
  findings: findings.map(
    ({ palisade, chain: found, evidence: _evidence, members, attack, cis, driftCases, ...rest }) => ({
      ...rest,
      ...(palisade === undefined ? {} : { palisade }),
      attack: [...attack],
      cis: [...cis],
      driftCases: [...driftCases],
      ...(found === undefined ? {} : { chain: chainData(found) }),
      members: members.map((member) => ({ ...member })),
    }),
  ),
  known: leftOut.length,
  ...(leftOut.length > 0 ? { leftOut: [...leftOut] } : {}),
  ...(gone === undefined ? {} : { gone: [...gone] }),
  unread: unread.map((one) => ({ ...one })),
});

function chainData({ login, links, ...rest }: NonNullable<Finding["chain"]>): z.infer<typeof chain> {
  return {
    ...rest,
    ...(login === undefined ? {} : { login }),
    links: links.map(({ places, ...link }) => ({ ...link, places: [...places] })),
  };
}
