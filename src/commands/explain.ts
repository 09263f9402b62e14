/** `palisade explain WHAT`: what a name or a refusal means, and what to write. Needs no cluster. */
import { type Answer, type Given, wrongUse } from "./answer.ts";
import { countsOfKinds, namesLike, topicsCalled } from "./explain/find.ts";
import { topicsIn } from "./explain/refusal.ts";
import type { Topic } from "./explain/topic.ts";

export async function explain({ words, readInput }: Given): Promise<Answer> {
  const asked = words.join(" ").trim();
  if (asked === "") return overview();
  if (asked === "-") return explainText(await readInput());
  const found = topicsCalled(asked);
  if (found.length > 0) return explanation(asked, found);
  if (/\s/.test(asked)) return explainText(asked);
  const [first, ...others] = namesLike(asked);
  if (first === undefined) throw wrongUse(`nothing is called ${asked}`, "palisade explain");
  throw wrongUse(
    `nothing is called ${asked}; close to it: ${[first, ...others].join(", ")}`,
    `palisade explain ${first}`,
  );
}

function explainText(text: string): Answer {
  const found = topicsIn(text);
  if (found.length === 0)
    throw wrongUse("this text names no rule, field, condition, reason or policy of Palisade's", "palisade explain");
  return explanation(undefined, found);
}

function explanation(asked: string | undefined, topics: readonly Topic[]): Answer {
  const [first] = topics;
  return {
    kind: "Explanation",
    data: { ...(asked === undefined ? {} : { asked }), topics },
    text: topics.map(paragraph).join("\n\n"),
    hasFindings: false,
    ...(first === undefined ? {} : { next: `open ${first.page}` }),
  };
}

function paragraph({ kind, name, of, meaning, details }: Topic): string {
  const title = `${kind} ${name}${of === undefined ? "" : ` (${of})`}`;
  const lines = details.map(({ label, text }) => `  ${label}: ${text.replaceAll("\n", "\n    ")}`);
  return [title, `  ${meaning}`, ...lines].join("\n");
}

function overview(): Answer {
  const kinds = countsOfKinds();
  return {
    kind: "Explanation",
    data: { topics: [], kinds },
    text: kinds.map(({ kind, count }) => `${kind.padEnd(10)} ${count}`).join("\n"),
    hasFindings: false,
    next: "palisade explain non-root",
  };
}
