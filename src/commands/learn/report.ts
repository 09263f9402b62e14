/** What was learned, as an answer. */
import type { Finding } from "../../learn/compare.ts";
import { keyOf } from "../../learn/declared.ts";
import { editsFor, isWritable, type Write } from "../../learn/edits-for.ts";
import type { UsedRights } from "../../learn/used-rights.ts";
import type { Answer } from "../answer.ts";
import type { Drafts } from "./drafts.ts";
import type { SourceCount } from "./pipes.ts";
import { learningText } from "./print.ts";

export interface Told {
  readonly findings: readonly Finding[];
  readonly rights: UsedRights | undefined;
  readonly writes: readonly Write[];
  readonly drafts: Drafts;
  readonly namespace: string;
  /** Files that were edited. */
  readonly files: readonly string[];
  readonly sources: readonly SourceCount[];
  readonly left: readonly string[];
}

export function answerOf(told: Told): Answer {
  const { findings, rights, drafts, namespace, files, sources, left } = told;
  const decisions = drafts.workloads.flatMap((workload) =>
    editsFor(workload, told).questions.map((decision) => ({ workload: keyOf(workload), decision })),
  );
  const writes = told.writes.map((write) => ({ ...write, declared: isDeclared(write, drafts) }));
  const verdicts = [...findings, ...(rights?.findings ?? [])].map(({ verdict }) => verdict);
  const isUndeclared = verdicts.includes("SeenNotDeclared") || writes.some(({ declared }) => !declared);
  const broken = sources.filter((source) => source.broken > 0);
  const refused = sources.filter((source) => source.refused > 0);
  return {
    kind: "Learning",
    data: {
      edges: findings,
      permissions: rights?.findings ?? [],
      unused: rights?.unused ?? [],
      writes,
      decisions,
      sources,
      left,
      files,
    },
    text: learningText({ findings, rights, writes, namespace }),
    hasFindings: isUndeclared || decisions.length + broken.length + drafts.unread.length > 0,
    talk: [
      ...drafts.unread,
      ...broken.map(sayBroken),
      ...refused.map(({ source, refused: count }) => `${source}: ${count} lines tell of what was refused`),
      ...left.map((line) => `not seen: ${line}`),
      ...decisions.map(({ workload, decision }) => `decide: ${workload}: ${decision}`),
      ...files.map((file) => `edited: ${file}`),
    ],
    next: nextOf(told),
  };
}

const isDeclared = (write: Write, { workloads }: Drafts): boolean =>
  workloads.some((workload) => keyOf(workload) === write.workload && isWritable(workload, write.directory));

const sayBroken = ({ source, broken, lines, brokenAt }: SourceCount): string =>
  `${source}: ${broken} of ${lines} lines cannot be read, the first is line ${brokenAt}`;

/** Without a draft there is one to be made. */
function nextOf({ drafts: { texts }, files, namespace }: Told): string {
  const [file = texts[0]?.file] = files;
  return file === undefined
    ? `palisade convert --from-cluster -n ${namespace} --into converted`
    : `palisade render -f ${file}`;
}
