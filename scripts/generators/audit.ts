import { TECHNIQUES } from "../../src/audit/edges/edge.ts";
import { EDGES } from "../../src/audit/edges/index.ts";
import { POSTURE_RULES } from "../../src/audit/posture/posture.ts";
import type { Rule } from "../../src/audit/posture/rule.ts";
import { PRODUCTS } from "../../src/audit/products/index.ts";
import { markdownFile } from "./generated-file.ts";
import { catalogue, table } from "./markdown.ts";

type About = Pick<Rule, "id" | "title" | "reason" | "fix" | "attack" | "cis" | "driftCase">;

const row = ({ id, title, reason, fix, attack, cis, driftCase }: About): readonly string[] => [
  `\`${id}\``,
  title,
  reason,
  fix,
  attack.join(", "),
  cis.join(", "),
  driftCase === undefined ? "" : String(driftCase),
];

const HEADINGS = ["id", "what", "why", "instead", "ATT&CK", "CIS", "drift case"];

/** Rules on rights have the names of their edges. */
const ONLY_RULES = POSTURE_RULES.filter(({ id }) => !EDGES.some((edge) => edge.id === id));

const blocks = (): readonly string[] => [
  "# What an audit looks for",
  "`palisade audit` draws chains from the edges of this page and tells what breaks its rules; [the guide](../guides/audit.md) says how to read them. CIS numbers are of the CIS Kubernetes Benchmark v2.0.1, drift cases of [drift.md](../drift.md).",
  "## Edges",
  table(HEADINGS, EDGES.map(row)),
  "## Rules beside the chains",
  "All rules of the [pod baseline](policies.md), the rights of the edges above where nobody's chain holds them, and:",
  table(HEADINGS, ONLY_RULES.map(row)),
  "## Programs whose login is known",
  table(
    ["program", "id"],
    PRODUCTS.map(({ title, id }) => [title, `\`${id}\``]),
  ),
  "## Techniques",
  catalogue("technique", TECHNIQUES),
];

export const auditFile = markdownFile("docs/reference/audit.md", blocks);
