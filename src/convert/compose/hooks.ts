/** Commands that Compose runs when a service has started, and before it stops. */
import { defined } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { wordsIn } from "./text.ts";

type Fields = Record<string, unknown>;

export function hooksOf(service: Part, decisions: string[]): Fields | undefined {
  const fields = defined({
    postStart: hookOf(service.at("post_start"), "lifecycle.postStart", decisions),
    preStop: hookOf(service.at("pre_stop"), "lifecycle.preStop", decisions),
  });
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** One command, as the container's own user and with its own variables. */
function hookOf(part: Part, field: string, decisions: string[]): Fields | undefined {
  const [only, ...others] = part.items();
  if (only === undefined) return undefined;
  const isPlain = others.length === 0 && only.fields().every(([name]) => name === "command");
  const text = only.at("command").text();
  const command = only.at("command").texts() ?? (text === undefined ? undefined : wordsIn(text));
  if (!isPlain || command === undefined) {
    decisions.push(`${field}: was more than one plain command; write one that does it all`);
    return undefined;
  }
  part.keep(field);
  return { exec: { command } };
}
