/** docs/reference/logs.md: every key, and one real line for each level. */
import type { Logger } from "../../src/kopf/log-fields.ts";
import { failureFields } from "../../src/kopf/log-fields.ts";
import { createLogger } from "../../src/kopf/logger.ts";
import { inPass, type Pass } from "../../src/kopf/pass.ts";
import { NO_SPAN } from "../../src/kopf/tracing.ts";
import { LOG_KEYS } from "../../src/observability/log-keys.ts";
import { catalogue, GENERATED_MARK } from "./markdown.ts";

const PASS: Pass = {
  controller: "secureworkload",
  about: { kind: "SecureWorkload", namespace: "shop", name: "web" },
  reconcileID: "6f1f5c52-3c53-4a05-9d0e-2f6a34c2a0b1",
  span: NO_SPAN,
};

const EXAMPLES: Readonly<Record<string, (logger: Logger) => void>> = {
  error: (logger) =>
    inPass(PASS, () => {
      const refusal = new Error("PUT /apis/apps/v1/namespaces/shop/deployments/web: no answer before the deadline");
      logger.error({ delayMs: 40, ...failureFields({ isLevelEnabled: () => false }, refusal) }, "reconcile failed");
    }),
  warn: (logger) =>
    inPass(PASS, () =>
      logger.warn(
        {
          child: "Deployment/web",
          fields: ["spec.template.spec.hostNetwork"],
          driftCase: "4",
          manager: "kubectl-patch",
        },
        "drift corrected",
      ),
    ),
  info: (logger) => logger.info({ identity: "palisade-7c9d_0b1c" }, "leads"),
  debug: (logger) => inPass(PASS, () => logger.debug({ result: "success", durationMs: 12 }, "reconciled")),
};

/** As it is written, at a time that stays the same. */
function lineOf(log: (logger: Logger) => void): string {
  const lines: string[] = [];
  log(createLogger({ level: "trace", destination: { write: (line) => void lines.push(line) } }));
  return lines.join("").replace(/"time":"[^"]+"/, '"time":"2026-01-15T09:30:00.000Z"');
}

export const logsFile = {
  path: "docs/reference/logs.md",
  render: (): string =>
    [
      GENERATED_MARK,
      "# Log lines",
      "One JSON object a line, on standard output. `level` is `error`, `warn`, `info` or `debug`, `time` is ISO 8601 in UTC, and `msg` is constant: what varies is a field. " +
        "A line of a pass says which: `controller`, `controllerKind`, `namespace`, `name` and `reconcileID`, as controller-runtime names them. " +
        "Contents of objects are never logged.",
      "## Keys",
      catalogue("key", LOG_KEYS),
      "## An example of each level",
      ["```json", ...Object.values(EXAMPLES).map((log) => lineOf(log).trim()), "```"].join("\n"),
      "",
    ].join("\n\n"),
};
