/** What the runbooks, and the guide to watching Palisade, tell a person on call to ask is asked of an installation that runs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { allPages, MIGRATION, RUNBOOKS } from "../docs/pages.ts";
import { Reader, readPage } from "../docs/reader.ts";
import { kubectl, sharedCluster } from "./support/e2e.ts";

const folder = mkdtempSync(join(tmpdir(), "palisade-runbooks-"));
let reader: Reader;

/** A question may have no answer, as grep has none where nothing is wrong; it may not be one that cannot be asked. */
const CANNOT_BE_ASKED = /^(error|Error|bash|jq|curl|promtool)\b.*:.*$/m;
/** Of a container that never ended. */
const NOTHING_BEFORE = /^Error from server \(BadRequest\): previous terminated container .* not found$/gm;

beforeAll(async () => {
  const cluster = await sharedCluster();
  const baseline = {
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecurityBaseline",
    metadata: { name: "cluster" },
    spec: {},
  };
  await kubectl(cluster, ["apply", "-f", "-"], { input: baseline });
  reader = new Reader({ cluster, folder, programs: { kubectl: cluster.description?.kubectl ?? "" } });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PAGES = allPages()
  .map((path) => {
    const commands = readPage(path).filter((step) => step.kind === "commands");
    const isAsked = path !== MIGRATION;
    return { path, questions: commands.filter(({ onNode }) => isAsked && (onNode || RUNBOOKS.test(path))) };
  })
  .filter(({ questions }) => questions.length > 0);

describe.each(PAGES)("$path", ({ questions }) => {
  test.each(questions)(
    "$place",
    async (commands) => {
      const { output } = await reader.ask(commands);
      expect(output.replace(NOTHING_BEFORE, "")).not.toMatch(CANNOT_BE_ASKED);
    },
    120_000,
  );
});
