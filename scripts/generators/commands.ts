import { ANSWER_VERSION } from "../../src/commands/answer.ts";
import { ANSWERS } from "../../src/commands/answer-schemas.ts";
import { COMMANDS, type CommandEntry } from "../../src/commands/table.ts";
import { markdownFile } from "./generated-file.ts";
import { table } from "./markdown.ts";

const KINDS: Readonly<Record<CommandEntry["kind"], string>> = {
  offline: "Needs no cluster.",
  online: "Asks a cluster, with your own rights.",
  daemon: "Runs until it is stopped.",
};

/** Some read either files or a cluster. */
const needs = ({ kind, flags }: CommandEntry): string =>
  kind === "offline" && flags.some(({ form }) => form.startsWith("--kubeconfig"))
    ? "Reads files without a cluster, and a cluster with your own rights."
    : KINDS[kind];

const section = (entry: CommandEntry): string => {
  const { name, words, about, flags, examples } = entry;
  return [
    `## palisade ${name}${words === undefined ? "" : ` ${words}`}`,
    `Palisade ${name}: ${about}. ${needs(entry)}`,
    table(
      ["flag", "meaning"],
      flags.map(({ form, about: meaning }) => [`\`${form}\``, meaning]),
    ),
    `\`\`\`text\n${examples.join("\n")}\n\`\`\``,
  ].join("\n\n");
};

const blocks = (): readonly string[] => [
  "# The command line",
  "One program, `palisade`; as `kubectl-palisade` on the path it is `kubectl palisade` too. Data goes to standard output, everything else to standard error. It prints no colours.",
  "Exit codes are the same for every command and format:",
  table(
    ["code", "meaning"],
    [
      ["0", "clean"],
      ["1", "findings, or differences"],
      ["2", "wrong use: the message says what to type"],
      ["3", "could not look: a file or cluster cannot be read"],
      ["124", "time-out"],
    ],
  ),
  `With \`-o json\` and \`-o yaml\` an answer has the \`apiVersion\` \`${ANSWER_VERSION}\` and one of the kinds ${Object.keys(ANSWERS).join(", ")}; \`config/schemas/\` has their JSON Schema. A field that goes or changes its meaning makes a new version.`,
  ...COMMANDS.map(section),
];

export const commandsFile = markdownFile("docs/reference/commands.md", blocks);
