import { expect, test } from "@jest/globals";
import { failureFields, type Logger } from "./log-fields.ts";
import { createLogger } from "./logger.ts";
import { inRun, outsideRun } from "./reconcile-run.ts";
import { NO_SPAN } from "./tracing.ts";

function logged(level: "debug" | "info", log: (logger: Logger) => unknown): Record<string, unknown> {
  const lines: string[] = [];
  log(createLogger({ level, destination: { write: (line) => void lines.push(line) } }));
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
}

const PASS = {
  controller: "greeter",
  about: { kind: "ConfigMap", namespace: "shop", name: "web" },
  reconcileID: "one",
  span: NO_SPAN,
};

test("a line has an ISO time, its level as a word, and nothing of the machine", () => {
  const { time, ...rest } = logged("info", (logger) => logger.info({ resource: "pods" }, "watched"));
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(rest).toEqual({ level: "info", resource: "pods", msg: "watched" });
});

test("a line says which pass it belongs to, however deep it was written", async () => {
  const line = await inRun(PASS, async () => {
    await Promise.resolve();
    return logged("info", (logger) => logger.warn("stands"));
  });
  expect(line).toMatchObject({
    controller: "greeter",
    controllerKind: "ConfigMap",
    namespace: "shop",
    name: "web",
    reconcileID: "one",
  });
});

test("what a pass only starts is not its own", () => {
  const line = inRun(PASS, () => outsideRun(() => logged("info", (logger) => logger.info("drains"))));
  expect(line).not.toHaveProperty("reconcileID");
});

test("a failure is its message; its stack too at debug", () => {
  const failure = new Error("no answer");
  const write = (logger: Logger) => logger.error(failureFields(logger, failure), "failed");
  expect(logged("info", write)).not.toHaveProperty("stack");
  expect(logged("info", write)["error"]).toBe("no answer");
  expect(logged("debug", write)["stack"]).toContain("logger.test");
});

test("the compiler refuses a key that is not listed, and a Secret's content is left out should it get past", () => {
  const line = logged("info", (logger) =>
    // @ts-expect-error: `data` is no key
    logger.info({ data: { password: "hunter2" } }, "leaks"),
  );
  expect(JSON.stringify(line)).not.toContain("hunter2");
});

test("the content of a Secret is left out wherever it hangs", () => {
  const secret = { kind: "Secret", stringData: { password: "hunter2" }, data: { key: "aHVudGVyMg==" } };
  const line = logged("info", (logger) =>
    logger.info({ resource: secret } as unknown as { readonly resource: string }, "leaks"),
  );
  expect(JSON.stringify(line)).not.toMatch(/hunter2|aHVudGVyMg/);
});
