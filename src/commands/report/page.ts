/** The page of an audit, or of a report: the same data in the form for people who would rather look. */
import { readFileSync } from "node:fs";
import type { Audit } from "../../audit/audit.ts";
import { namedIn } from "../../audit/named.ts";
import { compared, type EarlierAnswer, earlierAnswer } from "../../report/comparison.ts";
import type { Holdings } from "../../report/model.ts";
import { reportPage } from "../../report/page.ts";
import { internetCounts, type ReachMatrix, totalOf } from "../../report/pairs.ts";
import type { Unusual } from "../../report/unusual-model.ts";
import { VERSION } from "../../version.ts";
import { ANSWER_VERSION, type Answer, couldNotLook, type Given, messageOf, wrongUse } from "../answer.ts";
import { auditData } from "../audit/model.ts";

export interface Paged {
  readonly answer: Pick<Answer, "kind" | "data">;
  readonly title: string;
  /** What was read. */
  readonly source: string;
  /** In milliseconds. */
  readonly now: number;
  readonly audit: Audit;
  readonly matrix: ReachMatrix;
  readonly holds?: Holdings;
  readonly unusual?: Unusual;
  readonly earlier: EarlierAnswer | undefined;
}

export const pageOf = ({
  answer: { kind, data },
  title,
  source,
  now,
  audit,
  matrix,
  holds,
  unusual,
  earlier,
}: Paged): string =>
  reportPage({
    title,
    source,
    made: new Date(now).toISOString(),
    version: VERSION,
    answer: { apiVersion: ANSWER_VERSION, kind, ...data },
    judgement: audit,
    matrix,
    holds,
    unusual,
    comparison: earlier === undefined ? undefined : compared(earlier, [...namedIn(audit.findings), ...audit.leftOut]),
  });

/** What a report answers, in every form of it. */
export const reportData = ({
  audit,
  matrix,
  holds,
  unusual,
  now,
}: Pick<Required<Paged>, "audit" | "matrix" | "holds" | "unusual" | "now">) => ({
  made: new Date(now).toISOString(),
  audit: auditData(audit),
  reach: { workloads: matrix.workloads.length, ...totalOf(matrix), internet: internetCounts(matrix) },
  holds,
  unusual,
});

/** What `flag` names: an answer of an audit or a report, made with `-o json`. */
export function earlierIn(
  { flags }: Pick<Given, "flags">,
  flag: "since" | "baseline",
  command: "audit" | "report",
): EarlierAnswer | undefined {
  const path = flags[flag];
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(String(path), "utf8");
  } catch (error) {
    throw couldNotLook(messageOf(error), `palisade ${command} --help`);
  }
  const json = jsonIn(text);
  const version = versionIn(json);
  if (version?.startsWith(OURS) === true && version !== ANSWER_VERSION)
    throw wrongUse(
      `--${flag} ${String(path)}: is of ${version}, and this palisade reads ${ANSWER_VERSION}`,
      `palisade ${command} -o json > before.json`,
    );
  const parsed = earlierAnswer.safeParse(json);
  if (parsed.success) return parsed.data;
  throw wrongUse(
    `--${flag} ${String(path)}: is no answer of palisade audit or palisade report, made with -o json`,
    `palisade ${command} -o json > before.json`,
  );
}

/** The group of answers, in whichever version. */
const OURS = ANSWER_VERSION.replace(/[^/]*$/, "");

const versionIn = (json: unknown): string | undefined =>
  typeof json === "object" && json !== null && "apiVersion" in json ? String(json.apiVersion) : undefined;

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
