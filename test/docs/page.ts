/**
 * The commands of a page of documentation, in the order in which a reader meets them. A fence of `sh` holds commands; one of `console` holds
 * commands behind `$ ` and what they print. A comment before a fence says how it is run, and a comment that begins with `run` holds what a reader does
 * not need to see: what the page takes for given.
 */

export interface Commands {
  readonly kind: "commands";
  /** Of the fence, for people: `docs/guides/roles.md:17`. */
  readonly place: string;
  readonly script: string;
  /** Who types them; the platform team unless the page says otherwise. */
  readonly user: string;
  /** Whether they need what only a real node has: pods that run. */
  readonly onNode: boolean;
  /** What the last command is refused with; it must succeed where this is undefined. */
  readonly refusedWith: string | undefined;
}

export interface Manifest {
  readonly kind: "manifest";
  readonly place: string;
  readonly yaml: string;
}

/** Commands that cannot run here, and why. */
export interface Elsewhere {
  readonly kind: "elsewhere";
  readonly place: string;
  readonly script: string;
  readonly reason: string;
}

export type Step = Commands | Manifest | Elsewhere;

const FENCE = /^( *)```(\S*)\s*$/;
const DIRECTIVE = /^<!-- commands: (.*) -->$/;

/** Of programs that a reader would type; a fence that holds one must say that it is `sh` or `console`. */
const PROGRAMS =
  /^(\$ )?(kubectl|helm|make|npm|npx|node|git|docker|crane|ctr|flux|argocd|kustomize|sudo|curl|promtool) /;

/** Throws where a fence holds commands that nothing would run. */
export function stepsOf(path: string, text: string): readonly Step[] {
  const lines = text.split("\n");
  const steps: Step[] = [];
  let directive: string | undefined;
  for (let at = 0; at < lines.length; ) {
    const block = blockAt(lines, at, `${path}:${at + 1}`);
    const line = lines[at]?.trim() ?? "";
    const step = block?.step(directive);
    if (step !== undefined) steps.push(step);
    // A comment counts for the fence that follows it, blank lines or none between them.
    if (line !== "") directive = DIRECTIVE.exec(line)?.[1];
    at = (block?.end ?? at) + 1;
  }
  return steps;
}

interface Block {
  /** The line that closes it. */
  readonly end: number;
  readonly step: (directive: string | undefined) => Step | undefined;
}

function blockAt(lines: readonly string[], at: number, place: string): Block | undefined {
  const line = lines[at] ?? "";
  if (line.trim() === "<!-- run") {
    const end = closing(lines, at, "-->", place);
    return { end, step: () => ({ ...PLAIN, place, script: lines.slice(at + 1, end).join("\n") }) };
  }
  const [, indent, language] = FENCE.exec(line) ?? [];
  if (indent === undefined || language === undefined) return undefined;
  const end = closing(lines, at, `${indent}\`\`\``, place);
  const body = lines.slice(at + 1, end).map((inner) => inner.slice(indent.length));
  return { end, step: (directive) => stepOf(place, language, body, directive) };
}

function closing(lines: readonly string[], at: number, mark: string, place: string): number {
  const end = lines.indexOf(mark, at + 1);
  if (end < 0) throw new Error(`${place}: what begins here does not end`);
  return end;
}

const PLAIN = { kind: "commands", user: "platform", onNode: false, refusedWith: undefined } as const;

function stepOf(
  place: string,
  language: string,
  body: readonly string[],
  directive: string | undefined,
): Step | undefined {
  if (language === "yaml") {
    const yaml = body.join("\n");
    return /^apiVersion: palisade\.dev\//m.test(yaml) ? { kind: "manifest", place, yaml } : undefined;
  }
  if (language !== "sh" && language !== "console") {
    if (body.some((line) => PROGRAMS.test(line))) throw new Error(`${place}: commands want a fence of sh or console`);
    return undefined;
  }
  const script = (language === "sh" ? body : typed(body)).join("\n");
  if (directive === undefined) return { ...PLAIN, place, script };
  const [, reason] = /^elsewhere, (.*)$/.exec(directive) ?? [];
  if (reason !== undefined) return { kind: "elsewhere", place, script, reason };
  const [, node, , user, , refusal] = HOW.exec(`${directive}, `) ?? [];
  if ((node ?? user ?? refusal) === undefined) throw new Error(`${place}: "${directive}" is not known`);
  const how = { onNode: node !== undefined, user: user ?? PLAIN.user, refusedWith: refusal };
  return { ...PLAIN, place, script, ...how };
}

/** `on a node, as alice, refused with WORDS`: each may be left out. */
const HOW = /^(on a node, )?(as (\S+), )?(refused with (.+), )?$/;

/** What stands behind the prompts, with the lines that go on after a backslash. */
function typed(body: readonly string[]): readonly string[] {
  let goesOn = false;
  return body.flatMap((line) => {
    const isTyped = goesOn || line.startsWith("$ ");
    const text = goesOn ? line : line.slice(2);
    goesOn = isTyped && line.endsWith("\\");
    return isTyped ? [text] : [];
  });
}
