/** Documents of other formats, by what they hold. */
import type { ForeignDocument } from "../manifests/parse.ts";
import { translateCompose } from "./compose/compose.ts";
import { withDefaults } from "./compose/text.ts";
import { translateTask } from "./ecs.ts";
import type { Ledger } from "./ledger.ts";
import type { Translation } from "./translation.ts";

export function translate(document: ForeignDocument, ledger: Ledger): Translation {
  const { value, file, lineOf } = document;
  const isCompose = "services" in value;
  return isCompose
    ? translateCompose(ledger.openDocument({ name: "Compose", value: withDefaults(value), file, lineOf }))
    : translateTask(ledger.openDocument({ name: "TaskDefinition", value, file, lineOf }));
}
