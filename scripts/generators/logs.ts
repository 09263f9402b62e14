/** docs/reference/logs.md: every key of a log line. */
import { LOG_KEYS } from "../../src/observability/log-keys.ts";
import { markdownFile } from "./generated-file.ts";
import { catalogue } from "./markdown.ts";

export const logsFile = markdownFile("docs/reference/logs.md", () => [
  "# Log lines",
  "Palisade writes one JSON object per line to standard output. `level` is `error`, `warn`, `info` or `debug`, `time` is ISO 8601 in UTC, and `msg` is constant; variable parts are fields. " +
    "Lines of a reconcile run have `controller`, `controllerKind`, `namespace`, `name` and `reconcileID`, as in controller-runtime. " +
    "Palisade never logs the contents of objects. [Examples](../guides/observability.md#logs).",
  "## Keys",
  catalogue("key", LOG_KEYS),
]);
