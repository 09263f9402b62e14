/** `palisade completion SHELL`: from the table of commands, so that it knows every flag. */
import { type Answer, type Given, wrongUse } from "./answer.ts";
import { COMMANDS, type CommandEntry, type Flag } from "./table.ts";

interface Long {
  readonly name: string;
  readonly short?: string;
  readonly flag: Flag;
}

/** `-n, --namespace NAME`. */
function longOf(flag: Flag): Long {
  const [, short, name = ""] = /^(?:-(\w), )?--([\w-]+)/.exec(flag.form) ?? [];
  return { name, flag, ...(short === undefined ? {} : { short }) };
}

const flagsOf = ({ flags }: CommandEntry): readonly string[] => [
  ...flags.map((flag) => `--${longOf(flag).name}`),
  "--help",
];

const formatsOf = ({ flags }: CommandEntry): readonly string[] =>
  flags.find(({ form }) => form.includes("--output"))?.choices ?? [];

/** Flags of any command that take a file or a folder. */
function fileFlags(): string {
  const takers = COMMANDS.flatMap(({ flags }: CommandEntry) => flags).filter(({ form }) =>
    / (FILES?|PATH|FOLDER)$/.test(form),
  );
  const words = takers
    .map(longOf)
    .flatMap(({ name, short }) => [...(short === undefined ? [] : [`-${short}`]), `--${name}`]);
  return [...new Set(words)].join("|");
}

function bash(): string {
  const cases = COMMANDS.map(
    (entry) => `    ${entry.name}) words="${flagsOf(entry).join(" ")}" formats="${formatsOf(entry).join(" ")}" ;;`,
  );
  return `_palisade() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words="" formats=""
  case "$previous" in
    ${fileFlags()}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${COMMANDS.map(({ name }) => name).join(" ")}" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  case "$previous" in
    -o|--output) words="$formats" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _palisade palisade`;
}

const quoted = (text: string): string =>
  text.replaceAll("'", "").replaceAll("[", "(").replaceAll("]", ")").replaceAll(":", "");

function zsh(): string {
  const names = COMMANDS.map(({ name, about }) => `    '${name}:${quoted(about)}'`);
  const cases = COMMANDS.map((entry: CommandEntry) => {
    const flags = entry.flags.map((flag) => {
      const { name } = longOf(flag);
      const takes = / [A-Z]/.test(flag.form)
        ? `:value:${flag.choices === undefined ? "_files" : `(${flag.choices.join(" ")})`}`
        : "";
      return `'--${name}[${quoted(flag.about)}]${takes}'`;
    });
    return `    ${entry.name}) _arguments '--help[print this]' ${flags.join(" ")} '*:file:_files' ;;`;
  });
  return `#compdef palisade
_palisade() {
  local -a commands
  commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${cases.join("\n")}
  esac
}
compdef _palisade palisade`;
}

function fish(): string {
  const named = COMMANDS.map(
    ({ name, about }) => `complete -c palisade -n __fish_use_subcommand -f -a ${name} -d '${quoted(about)}'`,
  );
  const flags = COMMANDS.flatMap((entry: CommandEntry) =>
    entry.flags.map((flag) => {
      const { name, short } = longOf(flag);
      const letter = short === undefined ? "" : ` -s ${short}`;
      const takes = / [A-Z]/.test(flag.form) ? " -r" : "";
      const choices = flag.choices === undefined ? "" : ` -f -a '${flag.choices.join(" ")}'`;
      return `complete -c palisade -n '__fish_seen_subcommand_from ${entry.name}' -l ${name}${letter}${takes}${choices} -d '${quoted(flag.about)}'`;
    }),
  );
  return [...named, ...flags].join("\n");
}

const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

export async function completion({ words: [shell = ""] }: Given): Promise<Answer> {
  const script = SHELLS[shell]?.();
  if (script === undefined)
    throw wrongUse(`${shell}: completion is there for ${Object.keys(SHELLS).join(", ")}`, "palisade completion bash");
  return { kind: "Completion", data: { shell, script }, text: script, hasFindings: false };
}
